"""File stores: content under its hash, in a folder (`file:`) or in an S3-compatible bucket (`s3:`)."""

from importlib import import_module
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from oer.backends.storage.folder import FolderStorage
from oer.backends.storage.protocol import (
    ForeignStore,
    Incoming,
    Missing,
    NoSpace,
    Readable,
    Storage,
    StorageError,
    Stored,
    StoreFailed,
    StoreUnavailable,
    TooLarge,
    Truncated,
)
from oer.backends.storage.spool import Arriving

__all__ = [
    "Arriving",
    "ForeignStore",
    "Incoming",
    "Missing",
    "NoSpace",
    "Readable",
    "Storage",
    "StorageError",
    "StoreFailed",
    "StoreUnavailable",
    "Stored",
    "TooLarge",
    "Truncated",
    "open_storage",
]


def open_storage(url: str) -> Storage:
    """Return the store at `url`; nothing is created until something is stored.

    `file:PATH`, or `s3://BUCKET[/PREFIX][?endpoint=URL&region=NAME&addressing=path&spool=PATH]`, where `spool` is the
    local folder in which uploads arrive. Raises ValueError for anything else, and StoreUnavailable without boto3.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "file" and rest:
        return FolderStorage(Path(unquote(rest.removeprefix("//"))))
    if scheme == "s3":
        return _open_bucket(url)
    raise ValueError(f"no file store is known for {scheme}:")


def _open_bucket(url: str) -> Storage:
    # Imported only when used: boto3 is an optional extra, and takes half a second to import.
    try:
        bucket = import_module("oer.backends.storage.bucket")
    except ModuleNotFoundError as error:
        raise StoreUnavailable("A store in S3 needs the library boto3: pip install 'hoclieumo-oer[s3]'") from error
    parts, options = urlsplit(url), dict(parse_qsl(urlsplit(url).query))
    spool = options.get("spool")
    storage: Storage = bucket.BucketStorage(
        parts.netloc,
        prefix=parts.path,
        endpoint=options.get("endpoint"),
        region=options.get("region"),
        addressing=options.get("addressing", "path"),
        spool=Path(spool) if spool else None,
    )
    return storage
