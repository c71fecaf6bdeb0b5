"""The central directory of a ZIP (PKWARE APPNOTE 6.3, sections 4.3.6-4.3.16).

We parse it ourselves because `zipfile` in the Pythons that we support accepts overlapping members
(CVE-2024-0450), rejects
the whole archive over one bad name, and loads a directory of any size into memory before anyone can check it.
"""

import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from oer.backends.extraction.encodings import decode_vietnamese

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_LONGEST_COMMENT = 0xFFFF
_SEE_64, _SEE_64_SHORT = 0xFFFFFFFF, 0xFFFF
MOST_DIRECTORY_BYTES = 8 * 1024 * 1024


class ArchiveError(Exception):
    """We do not open this archive; the text says why, for the log."""


class ArchiveDamaged(ArchiveError):
    """It is not a ZIP, or it is incomplete."""


class ArchiveLimit(ArchiveError):
    """It has too many members, or would become too large."""


class ArchiveUnsafe(ArchiveError):
    """Unpacking it would write outside the target folder."""


@dataclass(frozen=True)
class ZipEntry:
    """A member as the central directory describes it. `offset` is where its local header begins in the file."""

    name: str
    size: int
    compressed_size: int
    method: int
    crc: int
    offset: int
    encrypted: bool
    mode: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.name.endswith("/")

    @property
    def is_regular(self) -> bool:
        """Whether it is a regular file or a folder, not a link or device."""
        kind = stat.S_IFMT(self.mode)
        return kind in {0, stat.S_IFREG, stat.S_IFDIR}


@dataclass(frozen=True)
class ZipDirectory:
    """Where the central directory is in the file: the members end where it starts."""

    start: int
    size: int
    shift: int
    """How many bytes were put in front of the archive, to be added to every offset."""


def read_entries(file: BinaryIO, most: int) -> list[ZipEntry]:
    """Return the members of the ZIP in `file`, in the directory's order.

    Raises ArchiveDamaged, and ArchiveLimit if there are more than `most`.
    """
    directory = find_directory(file)
    if directory.size > MOST_DIRECTORY_BYTES:
        raise ArchiveLimit(f"a directory of {directory.size} bytes")
    file.seek(directory.start)
    entries: list[ZipEntry] = []
    for entry in _entries(file.read(directory.size), directory.shift):
        entries.append(entry)
        if len(entries) > most:
            raise ArchiveLimit(f"more than {most} members")
    return entries


def find_directory(file: BinaryIO) -> ZipDirectory:
    """Locate the central directory. Raises ArchiveDamaged."""
    length = file.seek(0, 2)
    tail_start = max(0, length - _END.size - _LONGEST_COMMENT)
    file.seek(tail_start)
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        raise ArchiveDamaged("no end of central directory")
    end = tail_start + place
    _, _, _, _, count, size, start, _ = _END.unpack_from(tail, place)
    if _SEE_64 in {size, start} or count == _SEE_64_SHORT:
        end, size, start = _find_64(file, end, size, start)
    shift = end - size - start
    if shift < 0:
        raise ArchiveDamaged("the directory is outside the file")
    return ZipDirectory(start + shift, size, shift)


def _find_64(file: BinaryIO, end: int, size: int, start: int) -> tuple[int, int, int]:
    if end < _LOCATOR_64.size:
        return end, size, start
    file.seek(end - _LOCATOR_64.size)
    signature, _, place, _ = _LOCATOR_64.unpack(file.read(_LOCATOR_64.size))
    if signature != b"PK\x06\x07":
        return end, size, start
    # Bytes in front of the archive move this record too; then it is right before its locator.
    for candidate in (place, end - _LOCATOR_64.size - _END_64.size):
        if not 0 <= candidate <= end - _END_64.size:
            continue
        file.seek(candidate)
        record = _END_64.unpack(file.read(_END_64.size))
        if record[0] == b"PK\x06\x06":
            return candidate, record[8], record[9]
    raise ArchiveDamaged("no ZIP64 end of central directory")


def _entries(directory: bytes, shift: int) -> Iterator[ZipEntry]:
    place = 0
    while place < len(directory):
        if len(directory) - place < _CENTRAL.size:
            raise ArchiveDamaged("a truncated directory")
        fields = _CENTRAL.unpack_from(directory, place)
        if fields[0] != b"PK\x01\x02":
            raise ArchiveDamaged("an unexpected record in the directory")
        name_start = place + _CENTRAL.size
        extra_start = name_start + fields[12]
        place = extra_start + fields[13] + fields[14]
        if place > len(directory):
            raise ArchiveDamaged("a truncated directory")
        yield _entry(
            fields, directory[name_start:extra_start], directory[extra_start : extra_start + fields[13]], shift
        )


def _entry(fields: tuple[int, ...], raw_name: bytes, extra: bytes, shift: int) -> ZipEntry:
    flags = fields[5]
    size, compressed_size, offset = _wide(extra, fields[11], fields[10], fields[18])
    return ZipEntry(
        _name(raw_name, utf8=bool(flags & 0x800)),
        size,
        compressed_size,
        fields[6],
        fields[9],
        offset + shift,
        bool(flags & 1),
        fields[17] >> 16,
    )


def _wide(extra: bytes, size: int, compressed_size: int, offset: int) -> tuple[int, int, int]:
    # The ZIP64 field holds, in this order, only the values whose short form is all ones (4.5.3).
    values = [size, compressed_size, offset]
    wanted = [index for index, value in enumerate(values) if value == _SEE_64]
    place = 0
    while wanted and place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == 1:
            if length < 8 * len(wanted) or place + 4 + length > len(extra):
                raise ArchiveDamaged("a truncated ZIP64 field")
            for position, index in enumerate(wanted):
                (values[index],) = struct.unpack_from("<Q", extra, place + 4 + 8 * position)
            break
        place += 4 + length
    return values[0], values[1], values[2]


def _name(raw: bytes, *, utf8: bool) -> str:
    """Decode a name: UTF-8 if flagged or valid (many programs do not set the flag), else code page 437 (D.1).

    What was packed on a Vietnamese Windows, or before Unicode, is in none of them: it is told by its words.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace") if utf8 else _vietnamese(raw) or raw.decode("cp437")


def _vietnamese(raw: bytes) -> str:
    """Return a name of before Unicode, "" if it would have signs among its letters: then it is of another language."""
    text = decode_vietnamese(raw)
    return text if all(letter.isascii() or letter.isalpha() for letter in text) else ""
