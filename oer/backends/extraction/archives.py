"""ZIP archives and the formats built on them: checked before anything is inflated, then read member by member."""

import io
import re
import struct
import tempfile
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from oer.backends.extraction.zip_directory import (
    ArchiveDamaged,
    ArchiveLimit,
    ArchiveUnsafe,
    ZipEntry,
    find_directory,
    read_entries,
)

_STORED, _DEFLATED = 0, 8
_LOCAL = struct.Struct("<4s5H3L2H")
BLOCK_BYTES = 64 * 1024


MOST_PARSED_BYTES = 16 * 1024**2
"""The largest member that is read or parsed as a whole; larger ones are streamed."""


class ArchiveUnreadable(ArchiveDamaged):
    """The member is encrypted or uses a rare compression method."""


class MemberStream(io.RawIOBase):
    """The bytes of one member."""

    def __init__(self, file: BinaryIO, entry: ZipEntry) -> None:
        if entry.encrypted or entry.method not in {_STORED, _DEFLATED}:
            raise ArchiveUnreadable(f"method {entry.method}, encrypted: {entry.encrypted}")
        self._file = file
        self._place = data_start(file, entry)
        self._left = entry.compressed_size
        self._due = entry.size
        self._crc, self._expected = 0, entry.crc
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == _DEFLATED else None

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` and return the number of bytes, 0 at the end. Raises ArchiveDamaged, ArchiveLimit."""
        block = self._next(len(buffer))
        if len(block) > self._due:
            raise ArchiveLimit("a member is larger than it says")
        self._due -= len(block)
        self._crc = zlib.crc32(block, self._crc)
        if not block and len(buffer):
            self._check_end()
        buffer[: len(block)] = block
        return len(block)

    def _next(self, most: int) -> bytes:
        if self._inflater is None:
            return self._packed(most)
        try:
            while not self._inflater.eof:
                compressed_size = self._inflater.unconsumed_tail or self._packed(BLOCK_BYTES)
                block = self._inflater.decompress(compressed_size, most)
                if block or not compressed_size:
                    return block
        except zlib.error as error:
            raise ArchiveDamaged(str(error)) from error
        return b""

    def _packed(self, most: int) -> bytes:
        self._file.seek(self._place)
        block = self._file.read(min(most, self._left))
        self._place += len(block)
        self._left -= len(block)
        return block

    def _check_end(self) -> None:
        if self._due or self._crc != self._expected:
            raise ArchiveDamaged("a member is cut off or changed")


def data_start(file: BinaryIO, entry: ZipEntry) -> int:
    """Return where a member's bytes begin, by the lengths in its local header. Raises ArchiveDamaged."""
    file.seek(entry.offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        raise ArchiveDamaged("no member where the directory says")
    fields = _LOCAL.unpack(header)
    return entry.offset + _LOCAL.size + int(fields[9]) + int(fields[10])


def open_member(file: BinaryIO, entry: ZipEntry) -> io.BufferedReader:
    """Return a stream of a member's bytes. Raises ArchiveUnreadable, ArchiveDamaged."""
    return io.BufferedReader(MemberStream(file, entry), BLOCK_BYTES)


_DRIVE = re.compile(r"[A-Za-z]:")
_ARCHIVE_NAMES = (".zip", ".jar", ".epub", ".docx", ".pptx", ".xlsx", ".odt", ".odp", ".ods", ".h5p")


@dataclass(frozen=True)
class ArchiveLimits:
    """How much a ZIP may hold, including ZIPs inside it.

    `ratio` (inflated to compressed size) is not checked below `ratio_from_bytes`: it says little about small archives.
    """

    entries: int = 20_000
    total_bytes: int = 8 * 1024**3
    ratio: int = 100
    ratio_from_bytes: int = 50 * 1024**2
    depth: int = 3
    nested_bytes: int = 64 * 1024**2
    checks_nested: bool = True


UPLOAD_LIMITS = ArchiveLimits()
READ_LIMITS = ArchiveLimits(checks_nested=False)
"""For stored files: they passed `UPLOAD_LIMITS`, so ZIPs inside them are not checked again."""


def check_archive(file: BinaryIO, limits: ArchiveLimits = UPLOAD_LIMITS) -> list[ZipEntry]:
    """Return the members of a ZIP that is safe to open and to hand out.

    Raises ArchiveDamaged; ArchiveLimit if it holds too much or its members overlap; ArchiveUnsafe for duplicate names,
    links, and names that lead outside of the target folder.
    """
    return _Check(limits).check(file, depth=1)


class _Check:
    """Running totals for one archive and the archives inside it."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self._limits = limits
        self._entries = self._bytes = self._inflated = 0
        self._packed = 0

    def check(self, file: BinaryIO, depth: int) -> list[ZipEntry]:
        if depth > self._limits.depth:
            raise ArchiveLimit(f"archives {depth} deep in each other")
        entries = read_entries(file, self._limits.entries - self._entries)
        self._packed = self._packed or sum(entry.compressed_size for entry in entries)
        self._count(entries)
        _check_names(entries)
        _check_places(file, entries)
        for entry in entries if self._limits.checks_nested else ():
            if entry.name.lower().endswith(_ARCHIVE_NAMES) and not entry.encrypted:
                self._check_member(file, entry, depth + 1)
        return entries

    def _count(self, entries: list[ZipEntry]) -> None:
        self._entries += len(entries)
        self._bytes += sum(entry.size for entry in entries)
        if self._bytes > self._limits.total_bytes:
            raise ArchiveLimit(f"{self._bytes} bytes")
        if self._bytes > self._limits.ratio_from_bytes and self._bytes > self._limits.ratio * max(self._packed, 1):
            raise ArchiveLimit(f"{self._bytes} bytes out of {self._packed}")

    def _check_member(self, file: BinaryIO, entry: ZipEntry, depth: int) -> None:
        if entry.method == 0 and entry.size == entry.compressed_size:
            self._check_nested(cast(BinaryIO, _Window(file, data_start(file, entry), entry.size)), depth)
            return
        self._inflated += entry.size
        if self._inflated > self._limits.nested_bytes:
            raise ArchiveLimit("archives in the archive are too large to look into")
        with tempfile.TemporaryFile() as copy, open_member(file, entry) as stream:
            while block := stream.read(BLOCK_BYTES):
                copy.write(block)
            self._check_nested(cast(BinaryIO, copy), depth)

    def _check_nested(self, file: BinaryIO, depth: int) -> None:
        try:
            self.check(file, depth)
        except ArchiveDamaged:
            return  # it has the name of an archive but is none


def _check_names(entries: list[ZipEntry]) -> None:
    seen = set()
    for entry in entries:
        if not is_safe_name(entry.name):
            raise ArchiveUnsafe(f"the name {entry.name!r}")
        if not entry.is_regular:
            raise ArchiveUnsafe(f"{entry.name!r} is a link or device")
        if entry.name in seen:
            raise ArchiveUnsafe(f"the name {entry.name!r} twice")
        seen.add(entry.name)


def is_safe_name(name: str) -> bool:
    """Whether a member's name stays inside the target folder when unpacked, on any operating system."""
    parts = name.replace("\\", "/").split("/")
    return not (
        name.startswith(("/", "\\"))
        or _DRIVE.match(name)
        or ".." in parts
        or any(unicodedata.category(letter) == "Cc" for letter in name)
    )


_LEFT_BY_SYSTEMS = frozenset({".ds_store", "thumbs.db", "desktop.ini", "__macosx"})


def is_left_by_system(path: str) -> bool:
    """Tell whether a file is none of somebody's, but what a Mac or Windows leaves in folders and ZIPs."""
    parts = path.replace("\\", "/").casefold().split("/")
    return any(part in _LEFT_BY_SYSTEMS for part in parts) or parts[-1].startswith("._")


def _check_places(file: BinaryIO, entries: list[ZipEntry]) -> None:
    # Overlapping members let a small file inflate to a huge one while each member keeps within the ratio.
    end = 0
    for entry in sorted(entries, key=lambda each: each.offset):
        if entry.offset < end:
            raise ArchiveLimit("members that overlap")
        end = data_start(file, entry) + entry.compressed_size
    if end > find_directory(file).start:
        raise ArchiveLimit("members that overlap the directory")


class _Window(io.RawIOBase):
    """A byte range of a file, as a file of its own."""

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


class Archive:
    """The members of a ZIP, by name."""

    def __init__(self, file: BinaryIO, entries: list[ZipEntry]) -> None:
        self._file = file
        self.entries = entries
        self._by_name = {entry.name: entry for entry in entries}

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> ZipEntry:
        return self._by_name[name]

    def open(self, name: str) -> io.BufferedReader:
        """Return a stream of a member. Raises KeyError, ArchiveDamaged."""
        return open_member(self._file, self._by_name[name])

    def read(self, name: str, most: int) -> bytes:
        """Return all bytes of a member. Raises KeyError, ArchiveDamaged, ArchiveLimit if there are more than `most`."""
        if self._by_name[name].size > most:
            raise ArchiveLimit(f"{name!r} has more than {most} bytes")
        with self.open(name) as stream:
            return stream.read()


@contextmanager
def open_archive(path: Path, limits: ArchiveLimits = READ_LIMITS) -> Iterator[Archive]:
    """Check a ZIP and yield it open for reading. Raises ArchiveDamaged, ArchiveLimit, ArchiveUnsafe."""
    with path.open("rb") as file:
        yield Archive(file, check_archive(file, limits))
