"""Reading one member of a ZIP: streamed, never more than was declared, checked at the end."""

import io
import struct
import zlib
from typing import BinaryIO

from oer.backends.extraction.archives.directory import ArchiveDamaged, ArchiveLimit, Entry

_STORED, _DEFLATED = 0, 8
_LOCAL = struct.Struct("<4s5H3L2H")
BLOCK_BYTES = 64 * 1024


class ArchiveUnreadable(ArchiveDamaged):
    """The member is encrypted, or packed in a way that hardly anyone uses."""


class MemberStream(io.RawIOBase):
    """The bytes of one member."""

    def __init__(self, file: BinaryIO, entry: Entry) -> None:
        if entry.encrypted or entry.method not in {_STORED, _DEFLATED}:
            raise ArchiveUnreadable(f"method {entry.method}, encrypted: {entry.encrypted}")
        self._file = file
        self._place = data_start(file, entry)
        self._left = entry.packed
        self._due = entry.size
        self._crc, self._expected = 0, entry.crc
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == _DEFLATED else None

    def readable(self) -> bool:
        """Say that one can read here."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer`; 0 at the end. Raises ArchiveDamaged, ArchiveLimit."""
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
                packed = self._inflater.unconsumed_tail or self._packed(BLOCK_BYTES)
                block = self._inflater.decompress(packed, most)
                if block or not packed:
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


def data_start(file: BinaryIO, entry: Entry) -> int:
    """Return where a member's bytes begin: behind its local header, whose own lengths count. Raises ArchiveDamaged."""
    file.seek(entry.offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        raise ArchiveDamaged("no member where the directory says")
    fields = _LOCAL.unpack(header)
    return entry.offset + _LOCAL.size + int(fields[9]) + int(fields[10])


def open_member(file: BinaryIO, entry: Entry) -> io.BufferedReader:
    """Return a stream of a member's bytes. Raises ArchiveUnreadable, ArchiveDamaged."""
    return io.BufferedReader(MemberStream(file, entry), BLOCK_BYTES)
