"""All files of a material in one ZIP, written while it is sent: it is never complete in memory or on disk.

Nothing is compressed, since most files are already. So length and place of every byte are known before the first one is
sent, and the same files give the same bytes: a download that broke off goes on where it was. Sizes and checksums stand
before each file, not after it as `zipfile` writes to a stream: whoever reads a ZIP from the front needs them there.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from oer.core.clock import city_time

_EARLIEST = 1980
# From these on the fields of a plain ZIP are too short, and those of ZIP64 are used (APPNOTE.TXT 4.4.1.4).
_LONG, _MANY = 0xFFFF_FFFF, 0xFFFF
_PLAIN, _ZIP64 = 20, 45
_UTF8_NAMES = 0x800
_MADE_ON_UNIX = 3 << 8
_READABLE = 0o100644 << 16
# A file is read for its checksum before it is sent; what has this SHA-256 never changes, so that is once per process.
_CHECKSUMS_KEPT = 20_000
_checksums: dict[str, int] = {}


@dataclass(frozen=True)
class ArchiveFile:
    """A file in the archive: its name, size and SHA-256, and a function that returns its bytes from a place on."""

    name: str
    size: int
    sha256: str
    read: Callable[[int], Iterable[bytes]]

    @classmethod
    def of(cls, name: str, content: bytes) -> "ArchiveFile":
        """Return a file with these bytes."""
        return cls(name, len(content), sha256(content).hexdigest(), lambda start: [content[start:]])


@dataclass(frozen=True)
class _Entry:
    """A file with the place of its header in the archive."""

    file: ArchiveFile
    offset: int

    @property
    def header_length(self) -> int:
        return 30 + len(self.file.name.encode()) + (20 if self.file.size >= _LONG else 0)

    @property
    def content(self) -> int:
        return self.offset + self.header_length

    @property
    def end(self) -> int:
        return self.content + self.file.size


class Archive:
    """A ZIP archive of some files, `changed` being the modification time of each."""

    def __init__(self, files: Iterable[ArchiveFile], changed: datetime) -> None:
        shown = city_time(changed) if changed.tzinfo else changed
        year, month, day, hour, minute, second = max(shown.timetuple()[:6], (_EARLIEST, 1, 1, 0, 0, 0))
        self._time = hour << 11 | minute << 5 | second // 2, (year - _EARLIEST) << 9 | month << 5 | day
        self._entries: list[_Entry] = []
        at = 0
        for file in files:
            self._entries.append(_Entry(file, at))
            at = self._entries[-1].end
        self._directory_at = at
        self._end_at = at + sum(self._directory_length(each) for each in self._entries)
        self.length = self._end_at + len(self._end())

    @property
    def etag(self) -> str:
        """What is different for every archive that has other bytes."""
        parts = [str(self._time), *(f"{each.file.sha256} {each.file.size} {each.file.name}" for each in self._entries)]
        return sha256("\n".join(parts).encode()).hexdigest()

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`, block by block.

        Raises ValueError in the midst of it where a file does not have the length that it promised.
        """
        left = (self.length if stop is None else stop) - start
        for block in self._blocks_from(start):
            yield block[:left]
            left -= len(block)
            if left <= 0:
                return

    def _blocks_from(self, start: int) -> Iterator[bytes]:
        for entry in self._entries:
            if start < entry.content:
                yield self._local_header(entry)[max(0, start - entry.offset) :]
            if start < entry.end:
                yield from _content(entry.file, max(0, start - entry.content))
        tail = b"".join(self._directory_record(each) for each in self._entries) + self._end()
        yield tail[max(0, start - self._directory_at) :]

    def _local_header(self, entry: _Entry) -> bytes:
        file, name = entry.file, entry.file.name.encode()
        is_long = file.size >= _LONG
        size = _LONG if is_long else file.size
        extra = struct.pack("<HHQQ", 1, 16, file.size, file.size) if is_long else b""
        needed = _ZIP64 if is_long else _PLAIN
        fields = (b"PK\3\4", needed, _UTF8_NAMES, 0, *self._time, _checksum(file), size, size, len(name), len(extra))
        return struct.pack("<4sHHHHHLLLHH", *fields) + name + extra

    @staticmethod
    def _directory_extra(entry: _Entry) -> bytes:
        sizes = (entry.file.size, entry.file.size) if entry.file.size >= _LONG else ()
        values = (*sizes, entry.offset) if entry.offset >= _LONG else sizes
        return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values) if values else b""

    def _directory_length(self, entry: _Entry) -> int:
        return 46 + len(entry.file.name.encode()) + len(self._directory_extra(entry))

    def _directory_record(self, entry: _Entry) -> bytes:
        name, extra = entry.file.name.encode(), self._directory_extra(entry)
        size, offset = min(entry.file.size, _LONG), min(entry.offset, _LONG)
        needed = _ZIP64 if extra else _PLAIN
        before = (b"PK\1\2", _MADE_ON_UNIX | needed, needed, _UTF8_NAMES, 0, *self._time, _checksum(entry.file))
        after = (size, size, len(name), len(extra), 0, 0, 0, _READABLE, offset)
        return struct.pack("<4sHHHHHHLLLHHHHHLL", *before, *after) + name + extra

    def _end(self) -> bytes:
        count, length = len(self._entries), self._end_at - self._directory_at
        zip64 = b""
        if count >= _MANY or self._end_at >= _LONG:
            fields = (b"PK\6\6", 44, _MADE_ON_UNIX | _ZIP64, _ZIP64, 0, 0, count, count, length, self._directory_at)
            zip64 = struct.pack("<4sQHHLLQQQQ", *fields) + struct.pack("<4sLQL", b"PK\6\7", 0, self._end_at, 1)
        short, at = min(count, _MANY), min(self._directory_at, _LONG)
        return zip64 + struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, short, short, min(length, _LONG), at, 0)


def _content(file: ArchiveFile, start: int) -> Iterator[bytes]:
    length = start
    blocks = iter(file.read(start))
    try:
        for block in blocks:
            length += len(block)
            if length > file.size:
                break
            yield block
    finally:
        if hasattr(blocks, "close"):
            blocks.close()
    if length != file.size:
        raise ValueError("a file has another length than was promised")


def _checksum(file: ArchiveFile) -> int:
    known = _checksums.get(file.sha256)
    if known is None:
        known = 0
        for block in _content(file, 0):
            known = zlib.crc32(block, known)
        while len(_checksums) >= _CHECKSUMS_KEPT:
            _checksums.pop(next(iter(_checksums)), None)
        _checksums[file.sha256] = known
    return known
