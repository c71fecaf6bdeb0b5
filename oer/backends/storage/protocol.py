"""The protocol of file stores, and their errors."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from oer.backends.storage.spool import Arriving

BLOCK_BYTES = 256 * 1024


class StorageError(Exception):
    """The store cannot do what was asked."""


class NoSpace(StorageError):
    """The store, or the folder for uploads, is full."""


class TooLarge(StorageError):
    """The stream is longer than the caller's limit."""


class Truncated(StorageError):
    """The stream does not have the announced length."""


class Missing(StorageError):
    """The store has no such content."""


class ForeignStore(StorageError):
    """The store belongs to another database, or to nobody while it is not empty."""


class StoreFailed(StorageError):
    """fsync failed, so it is not known what is on the disk; the store accepts nothing until the process restarts."""


class StoreUnavailable(StorageError):
    """The store does not answer, has no such bucket or does not let us in: the message says which, for operators."""


class Readable(Protocol):
    """A stream of bytes: an open file, the body of a request."""

    def read(self, size: int = ..., /) -> bytes:
        """Return up to `size` bytes, none at the end."""


@dataclass(frozen=True)
class Incoming:
    """Bytes that were received completely and are on the disk, under a temporary name."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class Stored:
    """Content in the store, by its hash."""

    sha256: str
    size: int
    modified_at: datetime


class Storage(Protocol):
    """Stores content under its SHA-256 (64 lower-case hex digits). Memory use does not depend on the size."""

    def receive(self, stream: Readable, limit: int, expected: int | None = None) -> Incoming:
        """Write a stream to a temporary file while hashing it, and sync it to the disk.

        Raises TooLarge past `limit` bytes, Truncated if not exactly `expected` bytes came, NoSpace, StoreFailed.
        After any error, also one of the stream itself, nothing is left behind.
        """

    def arriving(self, *, hashed: bool = True) -> "Arriving":
        """Return a temporary file for a stream that comes in pieces. Raises NoSpace.

        `receive` takes it over as it is if it was hashed on the way, which a form with files need not be.
        """

    def keep(self, incoming: Incoming, *, replace: bool = False) -> None:
        """Store received bytes under their hash, durably. The temporary file stays until `discard`.

        If content of that size is there already, it is left alone unless `replace`. Raises NoSpace, StoreFailed.
        """

    def discard(self, incoming: Incoming) -> None:
        """Remove the temporary file, if it is still there."""

    def size(self, sha256: str) -> int | None:
        """Return the number of bytes stored under a hash, None if there is nothing."""

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Give up to `length` bytes from `start`, in blocks. Raises Missing before the first block."""

    def local_path(self, sha256: str) -> Path | None:
        """Return the path from which a web server can send the content itself, None if it is not on this machine."""

    def address(self, sha256: str, *, media_type: str, disposition: str, seconds: int) -> str | None:
        """Return a URL from which the content can be fetched for some seconds, None if the store has no such URLs."""

    def as_file(self, sha256: str) -> AbstractContextManager[Path]:
        """Give the path of a file with the content, which must not be changed. Raises Missing."""

    def delete(self, sha256: str) -> None:
        """Delete the content; if there is none, nothing happens."""

    def contents(self) -> Iterator[Stored]:
        """Give everything that is stored under a hash, ordered by hash."""

    def orphans(self) -> Iterator[str]:
        """Give the names of files in the store that do not belong to it."""

    def sweep(self, older_than: timedelta) -> int:
        """Delete what uploads that died left behind at least that long ago; return how many."""

    def has_failed(self) -> bool:
        """Tell whether this process could not write safely (StoreFailed), and takes no more files until a restart."""

    def owner(self) -> str | None:
        """Return the id of the database that the store belongs to, None if it has none yet."""

    def adopt(self, database_id: str) -> None:
        """Mark the store as a database's own."""
