"""The spool: where usage events wait for the database. Noting one is a single write that waits for nobody.

Each process appends to a file of its own, a new one every hour, and holds a shared lock on it from before the file
has its name until it is closed. So a reader that gets the file's lock for itself knows that nothing will ever be
added to it, and may throw the file away once it is read. Nobody locks or waits for one event.
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
from typing import NamedTuple

log = logging.getLogger(__name__)

SUFFIX = ".jsonl"
_UNNAMED = ".new"
_HOUR_NS = 3_600_000_000_000
_LONGEST_LINE = 16_384


class _Open:
    """A file that is open for appending for as long as somebody refers to it.

    Threads may still hold the old hour's file when the new one begins. If it were closed explicitly, its number could
    be another file's when they write.
    """

    __slots__ = ("descriptor", "hour")

    def __init__(self, descriptor: int, hour: int) -> None:
        self.descriptor = descriptor
        self.hour = hour

    def __del__(self) -> None:
        os.close(self.descriptor)


class Spool:
    """The writing end, one for each process and folder. Threads share it without a lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: _Open | None = None
        self._lost = 0
        self._counting = threading.Lock()  # taken only where writing failed

    @property
    def lost(self) -> int:
        """How many events could not be written since the last that could: a full or broken disk."""
        return self._lost

    def append(self, line: bytes) -> bool:
        """Append one line (with its line feed); return whether it is there. Never raises, never waits."""
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
            # The disk was full within the line. What stands there is no event; nothing may be glued to it.
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
    """A line as it lies in a spool file, without its line feed, and where the next one begins."""

    text: bytes
    end: int


class SpoolFile:
    """The reading end: one file of the spool, read on from an offset."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    def lines(self, offset: int, limit: int) -> list[SpoolLine]:
        """Return up to `limit` whole lines from `offset` on; a line that is still being written is left for later."""
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                return list(_whole_lines(file, offset, limit))
        except FileNotFoundError:
            return []

    def is_complete(self) -> bool:
        """Tell whether nobody can add to the file any more: its writer closed it, or is dead."""
        try:
            with self.path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except FileNotFoundError:
            return True
        return True

    def rest(self, offset: int) -> bytes:
        """Return what stands behind the last whole line: in a complete file, an event that was cut short."""
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(_LONGEST_LINE)

    def discard(self) -> None:
        """Throw the file away: everything in it is in the database."""
        self.path.unlink(missing_ok=True)


def _whole_lines(file: Iterator[bytes], offset: int, limit: int) -> Iterator[SpoolLine]:
    for line in file:
        if not line.endswith(b"\n") or limit <= 0:
            return
        offset += len(line)
        limit -= 1
        yield SpoolLine(line[:-1], offset)


def spool_files(folder: Path) -> list[SpoolFile]:
    """Return the files of a spool, oldest first."""
    return [SpoolFile(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def discard_unnamed(folder: Path, older_than_seconds: float = 86_400) -> None:
    """Throw away files whose writer died before it could name them: they are empty."""
    for path in folder.glob(f"*{_UNNAMED}"):
        with contextlib.suppress(FileNotFoundError):  # a living writer has just named it
            if time.time() - path.stat().st_mtime > older_than_seconds:
                path.unlink()
