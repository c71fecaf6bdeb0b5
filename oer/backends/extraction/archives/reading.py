"""A ZIP that has been checked, open for reading."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from oer.backends.extraction.archives.directory import ArchiveLimit, Entry
from oer.backends.extraction.archives.members import open_member
from oer.backends.extraction.archives.safety import FOUND_SAFE, ArchiveLimits, check_archive


class Archive:
    """The members of a ZIP, by name."""

    def __init__(self, file: BinaryIO, entries: list[Entry]) -> None:
        self._file = file
        self.entries = entries
        self._by_name = {entry.name: entry for entry in entries}

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Entry:
        return self._by_name[name]

    def open(self, name: str) -> io.BufferedReader:
        """Return a stream of a member. Raises KeyError, ArchiveDamaged."""
        return open_member(self._file, self._by_name[name])

    def read(self, name: str, most: int) -> bytes:
        """Return a member whole. Raises KeyError, ArchiveDamaged, and ArchiveLimit if it has more than `most` bytes."""
        if self._by_name[name].size > most:
            raise ArchiveLimit(f"{name!r} has more than {most} bytes")
        with self.open(name) as stream:
            return stream.read()


@contextmanager
def open_archive(path: Path, limits: ArchiveLimits = FOUND_SAFE) -> Iterator[Archive]:
    """Check a ZIP and give it open. Raises ArchiveDamaged, ArchiveLimit, ArchiveUnsafe."""
    with path.open("rb") as file:
        yield Archive(file, check_archive(file, limits))
