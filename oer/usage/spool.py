"""The spool: where usage events wait for the database. Recording one is a single write that never blocks.

Each process appends to its own file, a new one every hour, and holds a shared lock on it from before the file gets its
final name until it is closed. A reader that obtains the exclusive lock therefore knows that the file is complete, and
that it can be deleted once it is read. No lock is taken per event.
"""

import contextlib
import fcntl
import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from oer.core.replaceable import put_aside

log = logging.getLogger(__name__)

SUFFIX = ".jsonl"
_UNNAMED = ".new"
_HOUR_NS = 3_600_000_000_000
_LONGEST_LINE = 16_384


class _Open:
    """A file open for appending, closed when the last reference to it goes.

    Threads may still hold the last hour's file when the next one begins. If it were closed explicitly, its descriptor
    could already belong to another file when they write.
    """

    __slots__ = ("descriptor", "hour")

    def __init__(self, descriptor: int, hour: int) -> None:
        self.descriptor = descriptor
        self.hour = hour

    def __del__(self) -> None:
        os.close(self.descriptor)


class Spool:
    """The writing end: one per process and folder, shared by its threads without a lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: _Open | None = None
        self._lost = 0
        self._counting = threading.Lock()  # taken only after a failed write

    @property
    def lost(self) -> int:
        """How many events could not be written since the last successful write (the disk is full or broken)."""
        return self._lost

    def append(self, line: bytes) -> bool:
        """Append one line (with its line feed); return whether it was written. Never raises, never waits."""
        try:
            self._write(line)
        except OSError as error:
            self._count_lost(1, error)
            return False
        if self._lost:
            self._tell_lost()
        return True

    def _write(self, line: bytes) -> None:
        file = self._file
        if file is None or file.hour != time.time_ns() // _HOUR_NS:
            file = self._file = self._open_next()
        written = os.write(file.descriptor, line)
        if written != len(line):
            # The disk filled up within the line: end it, so that the next event does not continue it.
            self._file = None
            with contextlib.suppress(OSError):
                os.write(file.descriptor, b"\n")
            raise OSError("the event was cut short")

    def _open_next(self) -> _Open:
        self._folder.mkdir(parents=True, exist_ok=True)
        hour = time.time_ns() // _HOUR_NS
        name = f"{time.strftime('%Y%m%dT%H', time.gmtime(hour * 3600))}-{secrets.token_hex(8)}"
        unnamed = self._folder / f"{name}{_UNNAMED}"
        descriptor = os.open(unnamed, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        file = _Open(descriptor, hour)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        unnamed.rename(self._folder / f"{name}{SUFFIX}")
        _sync_folder(self._folder)
        return file

    def _count_lost(self, number: int, error: OSError) -> None:
        with self._counting:
            if self._lost == 0:
                log.error("usage events are being lost: %s", error.strerror or error)
            self._lost += number

    def _tell_lost(self) -> None:
        with self._counting:
            number, self._lost = self._lost, 0
        line = json.dumps({"t": time.time_ns() // 1000, "k": "lost", "n": number}).encode() + b"\n"
        try:
            self._write(line)
        except OSError as error:
            self._count_lost(number, error)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class SpoolLine(NamedTuple):
    """A line of a spool file, without its line feed, and the offset of the next one."""

    text: bytes
    end: int


class SpoolFile:
    """The reading end: one spool file, read from an offset."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    def lines(self, offset: int, limit: int) -> list[SpoolLine]:
        """Return up to `limit` complete lines from `offset` on."""
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                return list(_whole_lines(file, offset, limit))
        except FileNotFoundError:
            return []

    def is_complete(self) -> bool:
        """Tell whether nothing can be added to the file any more: its writer closed it, or is dead."""
        try:
            with self.path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except FileNotFoundError:
            return True
        return True

    def rest(self, offset: int) -> bytes:
        """Return what follows the last complete line: in a complete file, an event that was cut short."""
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(_LONGEST_LINE)

    def put_aside(self, why: str) -> None:
        """Rename a file that cannot be read, so that it is not read again; see docs/operations.md for the way back."""
        try:
            put_aside(self.path, why)
        except OSError:
            log.exception("spool file %s can neither be read nor put aside", self.name)

    def discard(self) -> None:
        """Delete the file, once everything in it is in the database."""
        self.path.unlink(missing_ok=True)


def _whole_lines(file: BinaryIO, offset: int, limit: int) -> Iterator[SpoolLine]:
    """Give whole lines; of one that is too long to be an event only its end, however many bytes a damaged file has."""
    while limit > 0:
        line = b""
        while not line.endswith(b"\n"):
            block = file.readline(_LONGEST_LINE)
            if not block:
                return
            offset += len(block)
            line = (line + block)[-_LONGEST_LINE:]
        limit -= 1
        # A power cut leaves zeros where a block was not written; what comes after them may be whole.
        yield SpoolLine(line[:-1].lstrip(b"\0"), offset)


def spool_files(folder: Path) -> list[SpoolFile]:
    """Return the files of a spool, oldest first."""
    return [SpoolFile(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def files_put_aside(folder: Path) -> int:
    """Return how many files could not be read and still lie in the spool."""
    return sum(1 for _ in folder.glob(f"*{SUFFIX}.*"))


def discard_unnamed(folder: Path, older_than_seconds: float = 86_400) -> None:
    """Delete files whose writer died before naming them: they are empty."""
    for path in folder.glob(f"*{_UNNAMED}"):
        with contextlib.suppress(FileNotFoundError):  # its writer has just named it
            if time.time() - path.stat().st_mtime > older_than_seconds:
                path.unlink()
