"""The names of a segment, laid out for scanning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from oer.backends.search.documents import Document
from oer.backends.search.whoosh.columns import BytesColumn

NAME_FIELDS_SEPARATOR = "\x02"


def name_lines(document: Document) -> bytes:
    """Return what a document lets be suggested, a line each, the folded text in front."""
    lines = []
    for name in document.names:
        shown = (name.kind, " ".join(name.text.split()), name.code)
        lines.append(f"{name.folded}{NAME_FIELDS_SEPARATOR}{NAME_FIELDS_SEPARATOR.join(shown)}")
    return "\n".join(dict.fromkeys(lines)).encode()


@dataclass(frozen=True)
class Names:
    """The different names of a segment: their folded texts in one string, what is shown, the rows that bear each."""

    folded: bytes
    starts: Sequence[int]
    shown: Sequence[str]
    rows: Sequence[Sequence[int]]


def _lines(column: BytesColumn) -> Iterator[tuple[str, int]]:
    for row in np.flatnonzero(column.lengths()).tolist():
        for line in column[row].decode().split("\n"):
            yield line, row


def read_names(column: BytesColumn) -> Names:
    """Return the names in a column of lines."""
    bearers: dict[str, list[int]] = {}
    for line, row in _lines(column):
        bearers.setdefault(line, []).append(row)
    starts, parts, place = [], [], 0
    for line in bearers:
        folded = b"\n" + line.partition(NAME_FIELDS_SEPARATOR)[0].encode()
        starts.append(place)
        parts.append(folded)
        place += len(folded)
    return Names(b"".join(parts), starts, list(bearers), list(bearers.values()))
