"""What a file store promises, whatever it is made of."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

BLOCK_BYTES = 256 * 1024


class StorageError(Exception):
    """The store cannot do what was asked."""


class NoSpace(StorageError):
    """The store, or the folder for what is being received, is full."""


class TooLarge(StorageError):
    """More bytes came than the caller's limit allows."""


class Truncated(StorageError):
    """The stream ended before or after the length that was announced for it."""


class Missing(StorageError):
    """The store has no such content."""


class ForeignStore(StorageError):
    """The store belongs to another database, or to nobody while it is not empty."""


class StoreFailed(StorageError):
    """The store could not make sure that bytes are on the disk; it takes no more until the process starts anew."""


class Readable(Protocol):
    """Whatever gives bytes: an open file, the body of a request."""

    def read(self, size: int = ..., /) -> bytes:
        """Return up to `size` bytes, none at the end."""


@dataclass(frozen=True)
class Incoming:
    """Bytes that were received whole and are on the disk, under a temporary name."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class Stored:
    """What the store holds under a hash."""

    sha256: str
    size: int
    modified_at: datetime


class Storage(Protocol):
    """Content under its SHA-256 (64 lower-case hex digits), with memory use that does not depend on its size."""

    def receive(self, stream: Readable, limit: int, expected: int | None = None) -> Incoming:
        """Write a stream to a temporary file while hashing it, and make sure that it is on the disk.

        Raises TooLarge past `limit` bytes, Truncated if not exactly `expected` bytes came, NoSpace, StoreFailed;
        whatever is raised, also by the stream itself, nothing is left behind.
        """

    def keep(self, incoming: Incoming, *, replace: bool = False) -> None:
        """Put received bytes under their hash, durably; the temporary file stays until `discard`.

        Content of that size which is there already is left alone unless `replace`. Raises NoSpace, StoreFailed.
        """

    def discard(self, incoming: Incoming) -> None:
        """Remove the temporary file, if it is still there."""

    def size(self, sha256: str) -> int | None:
        """Return how many bytes are stored under a hash, None if there is nothing."""

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Give the bytes from `start`, in blocks, up to `length` of them. Raises Missing before the first block."""

    def local_path(self, sha256: str) -> Path | None:
        """Return where a web server may read the content by itself, None if it is not on this machine."""

    def address(self, sha256: str, *, media_type: str, disposition: str, seconds: int) -> str | None:
        """Return an address that lets its holder fetch the content for a while, None if the store has no such thing."""

    def as_file(self, sha256: str) -> AbstractContextManager[Path]:
        """Give a file with the content, for programs that read files; it must not be changed. Raises Missing."""

    def delete(self, sha256: str) -> None:
        """Throw the content away; none there is no error."""

    def contents(self) -> Iterator[Stored]:
        """Give all that is stored under a hash, ordered by hash."""

    def strays(self) -> Iterator[str]:
        """Give the names of what lies in the store and is not its own."""

    def sweep(self, older_than: timedelta) -> int:
        """Remove what dead uploads left behind that long ago; return how many things went."""

    def owner(self) -> str | None:
        """Return the id of the database that the store belongs to, None if it has none yet."""

    def adopt(self, database_id: str) -> None:
        """Say that the store belongs to a database from now on."""
