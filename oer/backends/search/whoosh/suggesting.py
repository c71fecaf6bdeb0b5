"""Names that begin with what is being typed, found by scanning one string per segment."""

from collections.abc import Iterator, Set

import numpy as np

from oer.backends.search.questions import Suggestion
from oer.backends.search.whoosh.names import NAME_FIELDS_SEPARATOR, Names, Places
from oer.backends.search.whoosh.snapshot import Mask, Numbers, Snapshot

# Names come in the order of how many bear them: the best are among the first that begin so.
_MOST_TAKEN, _MOST_LOOKED_AT = 40, 300
_NAME, _WORD = b"\n", b" "


def _found(known: Names, beginning: bytes, kinds: Set[str]) -> Iterator[tuple[int, str, bool]]:
    """Return names of some kinds with a word that begins so: number, line, whether it is the first word."""
    seen = set()
    for before in (_NAME, _WORD):
        place, looked, taken = known.folded.find(before + beginning), 0, 0
        while place >= 0 and looked < _MOST_LOOKED_AT and taken < _MOST_TAKEN:
            name = known.at(place)
            if name not in seen:
                seen.add(name)
                line = known.line(name)
                if not kinds or line.split(NAME_FIELDS_SEPARATOR)[1] in kinds:
                    taken += 1
                    yield name, line, before == _NAME
            looked += 1
            place = known.folded.find(before + beginning, place + 1)


def _bearers(snapshot: Snapshot, base: int, rows: Places, live: Mask) -> Numbers:
    materials = snapshot.material_of[rows + base]
    return materials[live[materials]]


def _ranked(snapshot: Snapshot, typed: bytes, kinds: Set[str]) -> list[tuple[str, list[tuple[int, Places]]]]:
    """Return the names that fit, the best first, and who bears each: first row of a segment, rows in there."""
    found: dict[str, list[tuple[int, Places]]] = {}
    begins: set[str] = set()
    for base, segment in zip(snapshot.bases.tolist(), snapshot.segments, strict=False):
        known = segment.known_names
        for name, line, first in _found(known, typed, kinds):
            found.setdefault(line, []).append((base, known.rows(name)))
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
