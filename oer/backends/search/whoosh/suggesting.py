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


def suggestions(snapshot: Snapshot, beginning: str, limit: int, kinds: Set[str], masked: Set[str]) -> list[Suggestion]:
    """Return the names that fit best."""
    live = snapshot.live
    if masked:
        live = live.copy()
        live[snapshot.find(masked)] = False
    typed = " ".join(beginning.split()).encode()
    if not typed:
        return []
    found: dict[tuple[str, str, str], tuple[bool, int, int]] = {}
    for base, segment in zip(snapshot.bases.tolist(), snapshot.segments, strict=False):
        known = segment.known_names
        for name, first in _found(known, typed):
            _, kind, text, code = known.shown[name].split(NAME_FIELDS_SEPARATOR)
            bearers = _bearers(snapshot, base, known.rows[name], live)
            if len(bearers) and (not kinds or kind in kinds):
                _, count, material = found.get((kind, text, code), (first, 0, int(bearers[0])))
                found[kind, text, code] = (first, count + len(bearers), material)
    best = sorted(found.items(), key=lambda item: (not item[1][0], -item[1][1], len(item[0][1]), item[0][1]))
    return [
        Suggestion(kind, text, snapshot.key(material), code, count)
        for (kind, text, code), (_, count, material) in best[:limit]
    ]
