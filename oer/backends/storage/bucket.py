"""A store in an S3-compatible bucket. Uploads are spooled locally: their key, the hash, is known only at the end."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error, S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError
from urllib3.exceptions import HTTPError

from oer.backends.outages import Part
from oer.backends.storage.protocol import (
    BLOCK_BYTES,
    ForeignStore,
    Incoming,
    Missing,
    NoSpace,
    Readable,
    StorageError,
    Stored,
    StoreUnavailable,
)
from oer.backends.storage.spool import Arriving, Spool

MARKER = ".oer-store"
_FULL = {"507", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull"}
_REFUSED = {
    *("403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"),
    *("AuthorizationHeaderMalformed", "AllAccessDisabled"),
}
_BUSY = {"500", "502", "503", "504", "InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout"}
_NOTHING = {"404", "NoSuchKey", "NotFound"}


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _says_nothing_there(error: ClientError) -> bool:
    return _code(error) in _NOTHING


class BucketStorage:
    """A bucket, or the part of it under `prefix`. Credentials are found as AWS clients do (environment, files)."""

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str,
        endpoint: str | None,
        region: str | None,
        addressing: str = "path",
        spool: Path | None,
    ) -> None:
        self._bucket = bucket
        self._part = Part("file store")
        self._where = f"the bucket {bucket} at {endpoint or 'Amazon S3'}"
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        settings = Config(
            signature_version="s3v4",
            s3={"addressing_style": addressing},
            retries={"max_attempts": 4, "mode": "standard"},
            connect_timeout=5,
            read_timeout=30,
            # Other stores than Amazon's answer the newer checksum headers with errors.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        self._client: Any = boto3.Session().client(
            "s3", endpoint_url=endpoint, region_name=region or "us-east-1", config=settings
        )
        self._spool = Spool(spool or Path(tempfile.gettempdir()) / "oer-incoming")

    @contextmanager
    def _storage_errors(self) -> Iterator[None]:
        try:
            self._part.refuse_while_away()
            yield
        except (ClientError, S3UploadFailedError) as error:
            raise self._refusal(error) from error
        except (BotoCoreError, Boto3Error, HTTPError) as error:
            raise self._outage(error) from error
        self._part.worked()

    def _refusal(self, error: ClientError | S3UploadFailedError) -> StorageError:
        # An upload's error is wrapped in one that has nothing but words; its cause is the store's answer.
        cause = error if isinstance(error, ClientError) else error.__context__
        code = _code(cause) if isinstance(cause, ClientError) else ""
        if code in _FULL:
            return NoSpace(str(error))
        if code == "NoSuchBucket":
            return self._away(f"There is no bucket {self._bucket} ({self._where}): make it, or mend OER_STORAGE_URL")
        if code in _REFUSED:
            return self._away(
                f"The key for {self._where} is refused ({code}): mend AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        return self._away(f"The store of {self._where} fails ({code})") if code in _BUSY else StorageError(str(error))

    def _outage(self, error: Exception) -> StorageError:
        if isinstance(error, NoCredentialsError | PartialCredentialsError):
            return self._away(
                f"There are no credentials for {self._where}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        if isinstance(error, BotoConnectionError | HTTPClientError | HTTPError):
            return self._away(f"The store of {self._where} does not answer: is it running, is the endpoint right?")
        return StorageError(str(error))

    def _away(self, why: str) -> StoreUnavailable:
        unavailable = StoreUnavailable(why)
        self._part.failed(why, unavailable)
        return unavailable

    def _key(self, sha256: str) -> str:
        return f"{self._prefix}{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def _place(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": key}

    def receive(self, stream: Readable, limit: int, expected: int | None = None) -> Incoming:
        """See `Storage.receive`."""
        return self._spool.receive(stream, limit, expected)

    def arriving(self, *, hashed: bool = True) -> Arriving:
        """See `Storage.arriving`."""
        return self._spool.arriving(hashed=hashed)

    def keep(self, incoming: Incoming, *, replace: bool = False) -> None:
        """See `Storage.keep`: an object becomes visible when it is complete."""
        if not replace and self.size(incoming.sha256) == incoming.size:
            return
        with self._storage_errors():
            self._client.upload_file(str(incoming.path), self._bucket, self._key(incoming.sha256))

    def discard(self, incoming: Incoming) -> None:
        """See `Storage.discard`."""
        incoming.path.unlink(missing_ok=True)

    def size(self, sha256: str) -> int | None:
        """See `Storage.size`."""
        with self._storage_errors():
            try:
                return int(self._client.head_object(**self._place(self._key(sha256)))["ContentLength"])
            except ClientError as error:
                if _says_nothing_there(error):
                    return None
                raise

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See `Storage.read`."""
        whole = self.size(sha256)
        if whole is None:
            raise Missing(sha256)
        end = whole if length is None else min(whole, start + length)
        if start >= end:
            return
        with self._storage_errors():
            place = self._place(self._key(sha256))
            body = self._client.get_object(**place, Range=f"bytes={start}-{end - 1}")["Body"]
            try:
                yield from body.iter_chunks(BLOCK_BYTES)
            finally:
                body.close()

    def local_path(self, sha256: str) -> Path | None:  # noqa: ARG002
        """See `Storage.local_path`: nothing is on this machine."""
        return None

    def address(self, sha256: str, *, media_type: str, disposition: str, seconds: int) -> str | None:
        """See `Storage.address`."""
        asked = {
            **self._place(self._key(sha256)),
            "ResponseContentType": media_type,
            "ResponseContentDisposition": disposition,
        }
        with self._storage_errors():
            return str(self._client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))

    @contextmanager
    def as_file(self, sha256: str) -> Iterator[Path]:
        """See `Storage.as_file`: a copy that is deleted at the end of the block."""
        with tempfile.NamedTemporaryFile(prefix="oer-") as copy:
            for block in self.read(sha256):
                copy.write(block)
            copy.flush()
            yield Path(copy.name)

    def delete(self, sha256: str) -> None:
        """See `Storage.delete`."""
        with self._storage_errors():
            self._client.delete_object(**self._place(self._key(sha256)))

    def _objects(self) -> Iterator[dict[str, Any]]:
        with self._storage_errors():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            for page in pages:
                yield from page.get("Contents", ())

    def _is_own(self, key: str) -> bool:
        name = key.rpartition("/")[2]
        return len(name) == 64 and key == self._key(name)

    def contents(self) -> Iterator[Stored]:
        """See `Storage.contents`."""
        for each in self._objects():
            if self._is_own(each["Key"]):
                name = each["Key"].rpartition("/")[2]
                yield Stored(name, int(each["Size"]), each["LastModified"].astimezone(UTC))

    def orphans(self) -> Iterator[str]:
        """See `Storage.orphans`."""
        for each in self._objects():
            name = each["Key"].removeprefix(self._prefix)
            if not name.startswith(".") and not self._is_own(each["Key"]):
                yield name

    def sweep(self, older_than: timedelta) -> int:
        """See `Storage.sweep`: spooled files, and multipart uploads that never ended."""
        return self._spool.sweep(older_than) + self._abort_uploads(datetime.now(UTC) - older_than)

    def _abort_uploads(self, latest: datetime) -> int:
        count = 0
        with self._storage_errors():
            begun = self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=self._prefix).get("Uploads", [])
            for upload in (each for each in begun if each["Initiated"] <= latest):
                with suppress(ClientError):  # it has ended meanwhile
                    self._client.abort_multipart_upload(**self._place(upload["Key"]), UploadId=upload["UploadId"])
                    count += 1
        return count

    def has_failed(self) -> bool:
        """See `Storage.has_failed`."""
        return self._spool.has_failed()

    def owner(self) -> str | None:
        """See `Storage.owner`."""
        with self._storage_errors():
            try:
                text = self._client.get_object(**self._place(self._prefix + MARKER))["Body"].read()
            except ClientError as error:
                if _says_nothing_there(error):
                    return None
                raise
        try:
            return str(json.loads(text)["database"])
        except (ValueError, KeyError, TypeError) as error:
            raise ForeignStore("the marker of the store is damaged") from error

    def adopt(self, database_id: str) -> None:
        """See `Storage.adopt`."""
        with self._storage_errors():
            text = json.dumps({"database": database_id}).encode()
            self._client.put_object(**self._place(self._prefix + MARKER), Body=text)
