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
    TooLarge,
    Truncated,
)

__all__ = [
    "ForeignStore",
    "Incoming",
    "Missing",
    "NoSpace",
    "Readable",
    "Storage",
    "StorageError",
    "StoreFailed",
    "Stored",
    "TooLarge",
    "Truncated",
    "open_storage",
]


def open_storage(url: str) -> Storage:
    """Return the store at `url`; nothing is created until something is stored.

    `file:PATH`, or `s3://BUCKET[/PREFIX][?endpoint=URL&region=NAME&spool=PATH]`, where `spool` is the local folder in
    which uploads arrive. Raises ValueError for anything else.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "file" and rest:
        return FolderStorage(Path(unquote(rest.removeprefix("//"))))
    if scheme == "s3":
        return _open_bucket(url)
    raise ValueError(f"no file store is known for {scheme}:")


def _open_bucket(url: str) -> Storage:
    # Imported only when used: boto3 is an optional extra, and takes half a second to import.
    bucket = import_module("oer.backends.storage.bucket")
    parts, options = urlsplit(url), dict(parse_qsl(urlsplit(url).query))
    spool = options.get("spool")
    storage: Storage = bucket.BucketStorage(
        parts.netloc,
        prefix=parts.path,
        endpoint=options.get("endpoint"),
        region=options.get("region"),
        spool=Path(spool) if spool else None,
    )
    return storage
