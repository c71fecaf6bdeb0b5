"""Whether a ZIP may be opened at all: asked before anything is inflated."""

import io
import re
import tempfile
import unicodedata
from dataclasses import dataclass
from typing import BinaryIO, cast

from oer.backends.extraction.archives.directory import (
    ArchiveDamaged,
    ArchiveLimit,
    ArchiveUnsafe,
    Entry,
    find_directory,
    read_entries,
)
from oer.backends.extraction.archives.members import BLOCK_BYTES, data_start, open_member

_DRIVE = re.compile(r"[A-Za-z]:")
_ARCHIVE_NAMES = (".zip", ".jar", ".epub", ".docx", ".pptx", ".xlsx", ".odt", ".odp", ".ods", ".h5p")


@dataclass(frozen=True)
class ArchiveLimits:
    """How much a ZIP may hold, the ZIPs in it included.

    A ratio says little about something small, so it counts only from `ratio_from` bytes on.
    """

    entries: int = 20_000
    total_bytes: int = 8 * 1024**3
    ratio: int = 100
    ratio_from: int = 50 * 1024**2
    depth: int = 3
    nested_bytes: int = 64 * 1024**2
    looks_inside: bool = True


SAFE = ArchiveLimits()
FOUND_SAFE = ArchiveLimits(looks_inside=False)
"""For files that were found safe when they came: the ZIPs in them need not be looked into again."""


def check_archive(file: BinaryIO, limits: ArchiveLimits = SAFE) -> list[Entry]:
    """Return the members of a ZIP that is safe to open and to hand out.

    Raises ArchiveDamaged; ArchiveLimit where it holds too much, or members that share bytes; ArchiveUnsafe where
    names lead elsewhere, name something twice, or are links.
    """
    return _Check(limits).look_at(file, depth=1)


class _Check:
    """One archive with all that is in it: what was counted so far."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self._limits = limits
        self._entries = self._bytes = self._inflated = 0
        self._packed = 0

    def look_at(self, file: BinaryIO, depth: int) -> list[Entry]:
        if depth > self._limits.depth:
            raise ArchiveLimit(f"archives {depth} deep in each other")
        entries = read_entries(file, self._limits.entries - self._entries)
        self._packed = self._packed or sum(entry.packed for entry in entries)
        self._count(entries)
        _check_names(entries)
        _check_places(file, entries)
        for entry in entries if self._limits.looks_inside else ():
            if entry.name.lower().endswith(_ARCHIVE_NAMES) and not entry.encrypted:
                self._look_into(file, entry, depth + 1)
        return entries

    def _count(self, entries: list[Entry]) -> None:
        self._entries += len(entries)
        self._bytes += sum(entry.size for entry in entries)
        if self._bytes > self._limits.total_bytes:
            raise ArchiveLimit(f"{self._bytes} bytes")
        if self._bytes > self._limits.ratio_from and self._bytes > self._limits.ratio * max(self._packed, 1):
            raise ArchiveLimit(f"{self._bytes} bytes out of {self._packed}")

    def _look_into(self, file: BinaryIO, entry: Entry, depth: int) -> None:
        if entry.method == 0 and entry.size == entry.packed:
            self._look_at_nested(cast(BinaryIO, _Window(file, data_start(file, entry), entry.size)), depth)
            return
        self._inflated += entry.size
        if self._inflated > self._limits.nested_bytes:
            raise ArchiveLimit("archives in the archive are too large to look into")
        with tempfile.TemporaryFile() as copy, open_member(file, entry) as stream:
            while block := stream.read(BLOCK_BYTES):
                copy.write(block)
            self._look_at_nested(cast(BinaryIO, copy), depth)

    def _look_at_nested(self, file: BinaryIO, depth: int) -> None:
        try:
            self.look_at(file, depth)
        except ArchiveDamaged:
            return  # it is only called like an archive


def _check_names(entries: list[Entry]) -> None:
    seen = set()
    for entry in entries:
        if not is_safe_name(entry.name):
            raise ArchiveUnsafe(f"the name {entry.name!r}")
        if not entry.is_plain:
            raise ArchiveUnsafe(f"{entry.name!r} is a link or device")
        if entry.name in seen:
            raise ArchiveUnsafe(f"the name {entry.name!r} twice")
        seen.add(entry.name)


def is_safe_name(name: str) -> bool:
    """Tell whether a member's name stays inside the folder that an archive is unpacked into, on any system."""
    parts = name.replace("\\", "/").split("/")
    return not (
        name.startswith(("/", "\\"))
        or _DRIVE.match(name)
        or ".." in parts
        or any(unicodedata.category(letter) == "Cc" for letter in name)
    )


def _check_places(file: BinaryIO, entries: list[Entry]) -> None:
    # Members that share bytes make a small file inflate to a huge one, each of them within its own ratio.
    end = 0
    for entry in sorted(entries, key=lambda each: each.offset):
        if entry.offset < end:
            raise ArchiveLimit("members that overlap")
        end = data_start(file, entry) + entry.packed
    if end > find_directory(file).start:
        raise ArchiveLimit("members that overlap the directory")


class _Window(io.RawIOBase):
    """A part of a file, as a file."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._start, self._size, self._place = file, start, size, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._place = max(0, (0, self._place, self._size)[whence] + offset)
        return self._place

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._size - self._place)
        self._file.seek(self._start + self._place)
        block = self._file.read(left if size is None or size < 0 else min(size, left))
        self._place += len(block)
        return block
