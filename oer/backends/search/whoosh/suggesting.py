"""Suggestions while typing: names that begin with what is typed, found by scanning one string per segment."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, TypeAlias

import numpy as np

from oer.backends.search.protocol import Suggestion
from oer.backends.search.whoosh.rows import SUGGESTION_SEPARATOR
from oer.backends.search.whoosh.segment import NamesText, Numbers, Offsets, SuggestionNames
from oer.backends.search.whoosh.snapshot import Mask, Snapshot
from oer.vietnamese.beginnings import Fit, fit_of, letters_and_tone

# Names are sorted by how many bear them, so the best are among the first that begin so.
_MOST_NAMES_TAKEN, _MOST_NAMES_LOOKED_AT = 40, 300
# Once some are spelled as typed, others are only a supplement.
_ENOUGH_AS_SPELLED, _MOST_OTHERS_LOOKED_AT = 8, 60


class _Place(IntEnum):
    """Where a name has what is typed: the smaller, the better."""

    NAME_BEGINS = 0
    WHOLE_WORD = 1
    WORD_BEGINS = 2


# What is looked for: before the words that were typed, after them, and where that is. What is rarer comes first, so
# that "lua" finds "lừa đảo" however many names have "luật".
_LOOKED_FOR = (
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

    @property
    def exact_letters(self) -> bytes:
        """The exact keys joined by spaces, the last one, which is unfinished, without its tone."""
        *whole, last = self.spelled
        return " ".join([*whole, letters_and_tone(last)[0]]).encode()


class _Name(NamedTuple):
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


_Found: TypeAlias = tuple[int, _Name, tuple[Fit, _Place]]


def _names_with(names: SuggestionNames, typed: Beginning) -> Iterator[_Found]:
    """Return names of the kinds that are asked for, with a word that begins so: number, name, rank."""
    found: dict[int, _Found] = {}
    if typed.spelled:
        # Names spelled exactly so are few: they are found first, however many others begin like them without marks.
        for before, place in ((b"\n", _Place.NAME_BEGINS), (b" ", _Place.WHOLE_WORD)):
            _scan(names, names.spelled, before + typed.exact_letters, typed, place, found)
    as_spelled = sum(fit is Fit.SPELLED for _, _, (fit, _) in found.values())
    most = _MOST_OTHERS_LOOKED_AT if as_spelled else _MOST_NAMES_LOOKED_AT
    if as_spelled < _ENOUGH_AS_SPELLED:
        for before, after, place in _LOOKED_FOR:
            taken = _scan(names, names.folded, before + typed.folded + after, typed, place, found, most)
            if taken == _MOST_NAMES_TAKEN:
                break  # more than are ever shown, and all others rank behind them
    yield from found.values()


def _scan(
    names: SuggestionNames,
    text: NamesText,
    looked_for: bytes,
    typed: Beginning,
    place: _Place,
    found: dict[int, _Found],
    most: int = _MOST_NAMES_LOOKED_AT,
) -> int:
    """Add to `found` the names that have what is looked for; return how many are spelled as typed, as far as known."""
    position, looked_at, taken = text.content.find(looked_for), 0, 0
    while position >= 0 and looked_at < most and taken < _MOST_NAMES_TAKEN:
        number = text.at(position)
        if number not in found or found[number][2][0] is Fit.OTHERWISE:
            _, kind, name, code, *spelled = names.line(number).split(SUGGESTION_SEPARATOR)
            if not typed.kinds or kind in typed.kinds:
                fit = _fit(typed, spelled, text.words_before(number, position))
                taken += fit is not Fit.OTHERWISE
                if number not in found or fit is not Fit.OTHERWISE:
                    found[number] = number, _Name(kind, name, code), (fit, place)
        looked_at += 1
        position = text.content.find(looked_for, position + 1)
    return taken


def _fit(typed: Beginning, spelled: list[str], word: int) -> Fit:
    """Return how a name is spelled from its `word`th word on; without exact keys it has no marks to tell by."""
    if not typed.spelled:
        return Fit.SPELLED
    words = spelled[0].split() if spelled else []
    return fit_of(typed.spelled, tuple(words[word : word + len(typed.spelled)])) if words else Fit.UNMARKED


def _bearers(snapshot: Snapshot, base: int, rows: Offsets, live: Mask) -> Numbers:
    materials = snapshot.material_of[rows + base]
    return materials[live[materials]]
