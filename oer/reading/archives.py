"""All files of a material in one ZIP, written while it is sent: it is never complete in memory or on disk.

Nothing is compressed: most files are already, and so the archive's length is known before its first byte.
"""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from oer.core.clock import city_time

# Below this size no entry of the central directory needs ZIP64 fields, so the length can be computed.
_KNOWN_LENGTH = 2**31 - 1
_EARLIEST = 1980


@dataclass(frozen=True)
class ArchiveFile:
    """A file in the archive: its name, its size, and a function that returns its bytes."""

    name: str
    size: int
    read: Callable[[], Iterable[bytes]]


class _Outlet(io.RawIOBase):
    """A file for `zipfile` to write to, from which each block is taken as soon as it is written."""

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self.length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._written.append(bytes(data))
        self.length += len(data)
        return len(data)

    def take(self) -> Iterator[bytes]:
        written, self._written = self._written, []
        yield from written


def unique_names(names: Iterable[str]) -> list[str]:
    """Return the names with duplicates (ignoring case) numbered: `a.pdf`, `a (2).pdf`."""
    seen: set[str] = set()
    result = []
    for name in names:
        stem, dot, ending = name.rpartition(".") if "." in name[1:] else (name, "", "")
        number, unlike = 1, name
        while unlike.casefold() in seen:
            number += 1
            unlike = f"{stem} ({number}){dot}{ending}"
        seen.add(unlike.casefold())
        result.append(unlike)
    return result


def archive_length(entries: Iterable[ArchiveFile]) -> int | None:
    """Return the number of bytes that `archive_blocks` yields, None from 2 GiB on."""
    entries = list(entries)
    contents = sum(entry.size for entry in entries)
    empty = [ArchiveFile(entry.name, 0, lambda: ()) for entry in entries]
    frame = sum(len(block) for block in archive_blocks(empty, datetime(_EARLIEST, 1, 1)))
    return contents + frame if contents + frame < _KNOWN_LENGTH else None


def archive_blocks(entries: Iterable[ArchiveFile], changed: datetime) -> Iterator[bytes]:
    """Yield a ZIP archive of the entries block by block; `changed` is the modification time of each.

    Raises ValueError in the midst of it where an entry does not have the length that it promised.
    """
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            yield from _entry_blocks(archive, outlet, entry, changed)
    yield from outlet.take()


def _entry_blocks(archive: zipfile.ZipFile, outlet: _Outlet, entry: ArchiveFile, changed: datetime) -> Iterator[bytes]:
    shown = city_time(changed) if changed.tzinfo else changed
    info = zipfile.ZipInfo(entry.name, max(shown.timetuple()[:6], (_EARLIEST, 1, 1, 0, 0, 0)))
    info.external_attr = 0o644 << 16
    length = 0
    with archive.open(info, "w", force_zip64=True) as target:
        blocks = iter(entry.read())
        try:
            for block in blocks:
                length += len(block)
                target.write(block)
                yield from outlet.take()
        finally:
            if hasattr(blocks, "close"):
                blocks.close()
    if length != entry.size:
        raise ValueError("a file has another length than was promised")
    yield from outlet.take()
