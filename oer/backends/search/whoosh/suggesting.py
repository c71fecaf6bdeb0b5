"""Suggestions while typing: names that begin with what is typed, found by scanning one string per segment."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from oer.backends.search.protocol import Suggestion
from oer.backends.search.whoosh.rows import SUGGESTION_SEPARATOR
from oer.backends.search.whoosh.segment import Numbers, Offsets, SuggestionNames
from oer.backends.search.whoosh.snapshot import Mask, Snapshot
from oer.vietnamese.beginnings import Fit, fit_of

# Names are sorted by how many bear them, so the best are among the first that begin so. Marks leave few of them.
_MOST_NAMES_TAKEN, _MOST_NAMES_LOOKED_AT = 40, 300


class _Place(IntEnum):
    """Where a name has what is typed: the smaller, the better."""

    NAME_BEGINS = 0
    WHOLE_WORD = 1
    WORD_BEGINS = 2


# What is looked for: before the words that were typed, after them, and where that is. What is rarer comes first, so
# that "lua" finds "lừa đảo" however many names have "luật".
_LOOKED_FOR = (
    (b"\n", b" ", _Place.NAME_BEGINS),
    (b"\n", b"\n", _Place.NAME_BEGINS),
    (b"\n", b"", _Place.NAME_BEGINS),
    (b" ", b" ", _Place.WHOLE_WORD),
    (b" ", b"\n", _Place.WHOLE_WORD),
    (b" ", b"", _Place.WORD_BEGINS),
)


@dataclass(frozen=True)
class Beginning:
    """What is being typed: folded, its exact keys if it has marks, and the kinds of names that are asked for."""

    folded: bytes
    spelled: tuple[str, ...]
    kinds: Set[str]


@dataclass(frozen=True)
class _Name:
    """A name as a segment has it."""

    kind: str
    text: str
    code: str


def suggestions(snapshot: Snapshot, typed: Beginning, limit: int, excluded: Set[str]) -> list[Suggestion]:
    """Return the names that fit best; only those that a document bears which may be shown."""
    live = snapshot.live
    if excluded:
        live = live.copy()
        live[snapshot.find(excluded)] = False
    suggested: list[Suggestion] = []
    best_fit: Fit | None = None
    for name, fit, places in _ranked_names(snapshot, typed) if typed.folded else ():
        if fit is Fit.OTHERWISE and best_fit not in (None, fit):
            break
        bearers = np.concatenate([_bearers(snapshot, base, rows, live) for base, rows in places.items()])
        if len(bearers):
            best_fit = fit if best_fit is None else best_fit
            suggested.append(Suggestion(name.kind, name.text, snapshot.key(int(bearers[0])), name.code, len(bearers)))
        if len(suggested) == limit:
            break
    return suggested


def _ranked_names(snapshot: Snapshot, typed: Beginning) -> list[tuple[_Name, Fit, dict[int, Offsets]]]:
    """Return the names that fit, the best first, and who bears each: first row of a segment, rows in there."""
    found: dict[_Name, dict[int, Offsets]] = {}
    ranks: dict[_Name, tuple[Fit, _Place]] = {}
    for base, segment in snapshot.based():
        names = segment.suggestion_names
        for number, name, rank in _names_with(names, typed):
            found.setdefault(name, {}).setdefault(base, names.rows(number))
            ranks[name] = min(rank, ranks.get(name, rank))

    def order(name: _Name) -> tuple[tuple[Fit, _Place], int, int, str, str]:
        return ranks[name], -sum(len(rows) for rows in found[name].values()), len(name.text), name.text, name.kind

    return [(name, ranks[name][0], found[name]) for name in sorted(found, key=order)]


def _names_with(names: SuggestionNames, typed: Beginning) -> Iterator[tuple[int, _Name, tuple[Fit, _Place]]]:
    """Return names of the kinds that are asked for, for each word that begins so: number, name, rank."""
    fits: dict[int, Fit] = {}
    for before, after, place in _LOOKED_FOR:
        looked_for = before + typed.folded + after
        position, looked_at, taken = names.folded.find(looked_for), 0, 0
        while position >= 0 and looked_at < _MOST_NAMES_LOOKED_AT and taken < _MOST_NAMES_TAKEN:
            number = names.at(position)
            if fits.get(number, Fit.OTHERWISE) is Fit.OTHERWISE:
                _, kind, text, code, *spelled = names.line(number).split(SUGGESTION_SEPARATOR)
                if not typed.kinds or kind in typed.kinds:
                    fit = _fit(typed, spelled, names.words_before(number, position))
                    taken += fit is not Fit.OTHERWISE
                    fits[number] = fit
                    yield number, _Name(kind, text, code), (fit, place)
            looked_at += 1
            position = names.folded.find(looked_for, position + 1)


def _fit(typed: Beginning, spelled: list[str], word: int) -> Fit:
    """Return how a name is spelled from its `word`th word on; without exact keys it has no marks to tell by."""
    if not typed.spelled:
        return Fit.SPELLED
    words = spelled[0].split() if spelled else []
    return fit_of(typed.spelled, tuple(words[word : word + len(typed.spelled)])) if words else Fit.UNMARKED


def _bearers(snapshot: Snapshot, base: int, rows: Offsets, live: Mask) -> Numbers:
    materials = snapshot.material_of[rows + base]
    return materials[live[materials]]
