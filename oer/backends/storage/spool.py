"""The folder in which uploads arrive, as temporary files that are hashed while they are written."""

import errno
import hashlib
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from oer.backends.storage.protocol import (
    BLOCK_BYTES,
    Incoming,
    NoSpace,
    Readable,
    StoreFailed,
    TooLarge,
    Truncated,
)
from oer.failpoints import fail_point

log = logging.getLogger(__name__)
_FULL = {errno.ENOSPC, errno.EDQUOT}
READ_ONLY = 0o444  # content never changes once it is stored


@contextmanager
def full_disk_is_no_space() -> Iterator[None]:
    """Turn the system's "no space left" and "quota exceeded" into NoSpace."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpace(str(error)) from error
        raise


class Arriving:
    """A temporary file into which a stream is written piece by piece. Then it is read like a stream.

    Where it was hashed on the way, `Spool.receive` takes it over as it is, without a copy. Whoever made it calls
    `discard` at the end.
    """

    def __init__(self, folder: Path, *, hashed: bool = True) -> None:
        with full_disk_is_no_space():
            folder.mkdir(parents=True, exist_ok=True)
            self.path = folder / secrets.token_hex(16)
            self._file = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, READ_ONLY)
        self._digest = hashlib.sha256() if hashed else None
        self._read_to, self._taken = 0, False
        self.size = 0

    def write(self, block: bytes) -> None:
        """Add a piece. Raises NoSpace."""
        if self._digest is not None:
            self._digest.update(block)
        with full_disk_is_no_space():
            _write_all(self._file, block)
        self.size += len(block)

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        wanted = self.size - self._read_to if size is None or size < 0 else size
        block = os.pread(self._file, wanted, self._read_to)
        self._read_to += len(block)
        return block

    def take(self, sync: Callable[[int], None]) -> Incoming | None:
        """Return the whole as received, on the disk; it is not discarded then. None if it was not hashed, or read."""
        if self._digest is None or self._read_to:
            return None
        sync(self._file)
        self._taken = True
        return Incoming(self.path, self._digest.hexdigest(), self.size)

    def discard(self) -> None:
        """Close the file, and remove it unless it was taken over."""
        os.close(self._file)
        if not self._taken:
            self.path.unlink(missing_ok=True)


class Spool:
    """A folder that receives streams. After a failed fsync it refuses more: what the kernel dropped is unknown."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._failed = False

    def receive(self, stream: Readable, limit: int, expected: int | None = None) -> Incoming:
        """See `Storage.receive`."""
        if self._failed:
            raise StoreFailed("an earlier write did not reach the disk")
        if isinstance(stream, Arriving):
            _check_size(stream.size, limit, expected)
            if taken := stream.take(self.sync):
                return taken
        with full_disk_is_no_space():
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / secrets.token_hex(16)
            try:
                return self._write(path, stream, limit, expected)
            except BaseException:
                path.unlink(missing_ok=True)
                raise

    def has_failed(self) -> bool:
        """See `Storage.has_failed`."""
        return self._failed

    def arriving(self, *, hashed: bool = True) -> Arriving:
        """See `Storage.arriving`."""
        return Arriving(self.folder, hashed=hashed)

    def _write(self, path: Path, stream: Readable, limit: int, expected: int | None) -> Incoming:
        digest, size = hashlib.sha256(), 0
        target = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, READ_ONLY)
        try:
            while block := stream.read(BLOCK_BYTES):
                size += len(block)
                _check_size(size, limit)
                fail_point("upload.receiving")
                digest.update(block)
                _write_all(target, block)
            _check_size(size, limit, expected)
            self.sync(target)
            fail_point("upload.received")
        finally:
            os.close(target)
        return Incoming(path, digest.hexdigest(), size)

    def sync(self, descriptor: int) -> None:
        """Sync a file or folder to the disk. Raises NoSpace, StoreFailed."""
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno in _FULL:
                raise NoSpace(str(error)) from error
            self._failed = True
            log.critical("fsync failed: no more files are taken until a restart", exc_info=True)
            raise StoreFailed(str(error)) from error

    def sync_folder(self, folder: Path) -> None:
        """Sync the names in a folder to the disk. Raises NoSpace, StoreFailed."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)

    def sweep(self, older_than: timedelta) -> int:
        """Delete files that were not written to for that long; return how many."""
        latest, count = time.time() - older_than.total_seconds(), 0
        for path in self.folder.glob("*"):
            try:
                if path.stat().st_mtime <= latest:
                    path.unlink()
                    count += 1
            except FileNotFoundError:
                continue  # its upload has just ended
        return count


def _check_size(size: int, limit: int, expected: int | None = None) -> None:
    if size > limit:
        raise TooLarge(f"more than {limit} bytes")
    if expected is not None and size != expected:
        raise Truncated(f"{size} bytes came, {expected} were announced")


def _write_all(target: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(target, rest) :]
