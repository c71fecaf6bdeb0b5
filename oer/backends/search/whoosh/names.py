"""The names of a segment, laid out for scanning."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from oer.backends.search.documents import Document
from oer.backends.search.whoosh.columns import BytesColumn

NAME_FIELDS_SEPARATOR = "\x02"
Places = npt.NDArray[np.int32]


def name_lines(document: Document) -> bytes:
    """Return what a document lets be suggested, a line each, the folded text in front."""
    lines = []
    for name in document.names:
        shown = (name.kind, " ".join(name.text.split()), name.code)
        lines.append(f"{name.folded}{NAME_FIELDS_SEPARATOR}{NAME_FIELDS_SEPARATOR.join(shown)}")
    return "\n".join(dict.fromkeys(lines)).encode(errors="replace")


@dataclass(frozen=True)
class _Lists:
    """Many short lists, one after the other in one sequence: a tenth of the memory that as many objects take."""

    content: bytes | Places
    starts: Places
    """Where each list begins, and where the last one ends."""

    def __getitem__(self, number: int) -> bytes | Places:
        return self.content[self.starts[number] : self.starts[number + 1]]


@dataclass(frozen=True)
class Names:
    """The different names of a segment: those that most rows bear first, then the short ones."""

    folded: bytes
    """Their folded texts, a line break before each."""
    _starts: Places
    _lines: _Lists
    _rows: _Lists

    def at(self, place: int) -> int:
        """Return the number of the name that a place in `folded` belongs to."""
        return bisect_right(self._starts, place) - 1

    def line(self, name: int) -> str:
        """Return all that is known of a name, its fields separated."""
        return bytes(self._lines[name]).decode()

    def rows(self, name: int) -> Places:
        """Return the rows that bear a name."""
        return np.asarray(self._rows[name], np.int32)


def _all_lines(column: BytesColumn) -> Iterator[tuple[bytes, int]]:
    for row in np.flatnonzero(column.lengths()).tolist():
        for line in column[row].split(b"\n"):
            yield line, row


def _starts(lengths: Sequence[int]) -> Places:
    return np.cumsum([0, *lengths], dtype=np.int32)


def read_names(column: BytesColumn) -> Names:
    """Return the names in a column of lines."""
    bearers: dict[bytes, list[int]] = {}
    for line, row in _all_lines(column):
        bearers.setdefault(line, []).append(row)
    lines = sorted(bearers, key=lambda line: (-len(bearers[line]), len(line), line))
    folded = [b"\n" + line.partition(NAME_FIELDS_SEPARATOR.encode())[0] for line in lines]
    rows = [bearers[line] for line in lines]
    return Names(
        b"".join(folded),
        _starts([len(each) for each in folded]),
        _Lists(b"".join(lines), _starts([len(line) for line in lines])),
        _Lists(np.array([row for each in rows for row in each], np.int32), _starts([len(each) for each in rows])),
    )
