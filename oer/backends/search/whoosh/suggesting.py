"""Names that begin with what is being typed, found by scanning one string per segment."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence, Set

import numpy as np

from oer.backends.search.questions import Suggestion
from oer.backends.search.whoosh.names import NAME_FIELDS_SEPARATOR, Names
from oer.backends.search.whoosh.snapshot import Mask, Numbers, Snapshot

# More names than this share a beginning only when hardly anything is typed yet.
_MOST_LOOKED_AT = 300
_NAME, _WORD = b"\n", b" "


def _found(known: Names, beginning: bytes) -> Iterator[tuple[int, bool]]:
    """Return the places of names with a word that begins so, and whether it is the first word."""
    seen = set()
    for before in (_NAME, _WORD):
        place, looked = known.folded.find(before + beginning), 0
        while place >= 0 and looked < _MOST_LOOKED_AT:
            name = bisect_right(known.starts, place) - 1
            if name not in seen:
                seen.add(name)
                yield name, before == _NAME
            looked += 1
            place = known.folded.find(before + beginning, place + 1)


def _bearers(snapshot: Snapshot, base: int, rows: Sequence[int], live: Mask) -> Numbers:
    materials = snapshot.material_of[np.array(rows, np.int64) + base]
    return materials[live[materials]]


def _ranked(snapshot: Snapshot, typed: bytes, kinds: Set[str]) -> list[tuple[str, list[tuple[int, Sequence[int]]]]]:
    """Return the names that fit, the best first, and who bears each: first row of a segment, rows in there."""
    found: dict[str, list[tuple[int, Sequence[int]]]] = {}
    begins: set[str] = set()
    for base, segment in zip(snapshot.bases.tolist(), snapshot.segments, strict=False):
        known = segment.known_names
        for name, first in _found(known, typed):
            line = known.shown[name]
            if not kinds or line.split(NAME_FIELDS_SEPARATOR)[1] in kinds:
                found.setdefault(line, []).append((base, known.rows[name]))
                if first:
                    begins.add(line)

    def place(line: str) -> tuple[bool, int, int, str]:
        return line not in begins, -sum(len(rows) for _, rows in found[line]), len(line), line

    return [(line, found[line]) for line in sorted(found, key=place)]


def suggestions(snapshot: Snapshot, beginning: str, limit: int, kinds: Set[str], masked: Set[str]) -> list[Suggestion]:
    """Return the names that fit best; only those that a document bears which may be shown."""
    live = snapshot.live
    if masked:
        live = live.copy()
        live[snapshot.find(masked)] = False
    typed = " ".join(beginning.split()).encode()
    suggested: list[Suggestion] = []
    for line, places in _ranked(snapshot, typed, kinds) if typed else ():
        bearers = np.concatenate([_bearers(snapshot, base, rows, live) for base, rows in places])
        if len(bearers):
            _, kind, text, code = line.split(NAME_FIELDS_SEPARATOR)
            suggested.append(Suggestion(kind, text, snapshot.key(int(bearers[0])), code, len(bearers)))
        if len(suggested) == limit:
            break
    return suggested
