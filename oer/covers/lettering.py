"""Titles in lines: as large as they go, broken between words, cut at a word where there is too much of them.

Letters are as wide as in the heading font (Alegreya 800); those that it does not have are as wide as in most fonts.
"""

import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from oer.vietnamese.compounds import NO_BREAK, with_bound_words

LEADING = 1.12
"""From line to line, in ems: stacked marks (Ỗ, ữ) need no more with so few lines."""
_FONT = Path(__file__).parent / "data" / "heading_font.json"
_ELLIPSIS = "…"
_KHMER_SUBSCRIPT, _JOINER = "\u17d2", "\u200d"
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


@cache
def _advances() -> dict[str, float]:
    """Return how wide the letters of the heading font are, in ems."""
    by_width = json.loads(_FONT.read_text(encoding="utf-8"))
    advances = {letter: int(width) / 1000 for width, letters in by_width.items() for letter in letters}
    return advances | {NO_BREAK: advances[" "]}  # which is what it is set as


def width(text: str) -> float:
    """Return how wide a text is, in ems."""
    known, total, before = _advances(), 0.0, ""
    for letter in text:
        total += known[letter] if letter in known else _usual_advance(letter, before)
        before = letter
    return total


def can_be_set(text: str) -> bool:
    """Whether the heading font has all letters of a text: pictures have no other font, as browsers do."""
    return all(letter in _advances() for letter in text)


def _usual_advance(letter: str, before: str) -> float:
    if _extends(letter, before):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT:
        return 0.55
    return 0.72 if letter.isupper() else 0.6


def _extends(letter: str, before: str) -> bool:
    """Whether a letter stands on, below or joined to the one before."""
    return unicodedata.category(letter) in {"Mn", "Me", "Cf"} or before in {_KHMER_SUBSCRIPT, _JOINER}


def is_right_to_left(text: str) -> bool:
    """Whether a text begins at the right: its first letter that has a direction says so."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return next((each for each in strong if each == "L" or each in _RIGHT_TO_LEFT), "L") != "L"


class _Piece(NamedTuple):
    """What stays on one line; whether a space comes before the next one."""

    text: str
    space: bool


def _pieces(text: str) -> list[_Piece]:
    found: list[_Piece] = []
    for word in with_bound_words(text).split(" "):
        parts = list(_ideographs_apart(word))
        found += [_Piece(part, number == len(parts)) for number, part in enumerate(parts, 1)]
    return found


def _ideographs_apart(word: str) -> Iterator[str]:
    """Yield a word in its ideographs, between which lines may end: but not before a full stop, nor after a bracket."""
    part = ""
    for letter in word:
        closes = unicodedata.category(letter) in {"Pe", "Pf", "Po", "Mn"}
        wide = unicodedata.east_asian_width(letter) in "WF" or (part and unicodedata.east_asian_width(part[-1]) in "WF")
        if part and wide and not closes and unicodedata.category(part[-1]) not in {"Ps", "Pi"}:
            yield part
            part = ""
        part += letter
    if part:
        yield part


def _clusters(text: str) -> list[str]:
    """Return a text letter by letter, each with its marks."""
    found: list[str] = []
    for letter in text:
        if found and (_extends(letter, found[-1][-1]) or unicodedata.category(letter) == "Mc"):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _broken(pieces: Sequence[_Piece], room: float) -> list[_Piece]:
    """Return pieces of which none is wider than `room` ems: what is, may be broken after each letter."""
    found: list[_Piece] = []
    for piece in pieces:
        parts = [piece.text] if width(piece.text) <= room else _clusters(piece.text)
        found += [_Piece(part, piece.space and number == len(parts)) for number, part in enumerate(parts, 1)]
    return found


class Setting(NamedTuple):
    """Lines of text and the size of their letters."""

    size: int
    lines: Sequence[str]
    is_cut: bool = False

    @property
    def height(self) -> float:
        """How high its lines are together."""
        return len(self.lines) * self.size * LEADING


@dataclass(frozen=True)
class _Measured:
    """Pieces with how far each ends from the beginning, in ems."""

    pieces: Sequence[_Piece]
    ends: Sequence[float]

    def lines(self, room: float) -> list[str] | None:
        """Return the pieces in lines of at most `room` ems that are about equally wide; None if one is wider."""
        costs, starts, space = [0.0], [0], width(" ")
        for end, last in enumerate(self.pieces, 1):
            best, start = float("inf"), -1
            for begin in range(end - 1, -1, -1):
                left = room - (self.ends[end] - self.ends[begin] - space * last.space)
                if left < 0:
                    break
                cost = costs[begin] + (left / room) ** 2 + self._fault(begin, end)
                if cost < best:
                    best, start = cost, begin
            if start < 0:
                return None
            costs.append(best)
            starts.append(start)
        return self._between(starts)

    def _fault(self, begin: int, end: int) -> float:
        """Return what a line costs: every line a little, one short word alone more; a comma is a good place to end."""
        alone = end - begin == 1 and NO_BREAK not in self.pieces[begin].text and len(self.pieces) > 2
        return 0.12 + 0.25 * alone - 0.15 * (self.pieces[end - 1].text[-1:] in ",!?")

    def _between(self, starts: Sequence[int]) -> list[str]:
        lines, end = [], len(self.pieces)
        while end:
            begin = starts[end]
            line = "".join(piece.text + " " * piece.space for piece in self.pieces[begin:end])
            lines.append(line.replace(NO_BREAK, " ").rstrip())
            end = begin
        return lines[::-1]


def _measured(pieces: Sequence[_Piece]) -> _Measured:
    ends, space = [0.0], width(" ")
    for piece in pieces:
        ends.append(ends[-1] + width(piece.text) + space * piece.space)
    return _Measured(pieces, ends)


def fit(text: str, room: float, height: float, sizes: Sequence[int]) -> Setting:
    """Return a text as large as it goes in the largest of `sizes`, which fall; where none does, it is cut at a word."""
    smallest, pieces = sizes[-1], _pieces(text)
    whole, broken = _measured(pieces), _measured(_broken(pieces, room / smallest))
    # A word that is too long for a line even in the smallest size is broken, then rather in a size that can be read.
    found = _largest(whole, room, height, sizes) or _largest(broken, room, height, sizes[len(sizes) // 2 :])
    if found:
        return found
    lines = broken.lines(room / smallest) or [text]
    most = max(1, int(height / (smallest * LEADING)))
    return Setting(smallest, [*lines[: most - 1], _cut(lines[most - 1], room / smallest)], is_cut=True)


def _largest(measured: _Measured, room: float, height: float, sizes: Sequence[int]) -> Setting | None:
    first: Setting | None = None
    for size in sizes:
        if first and size < first.size * 0.76:
            break
        if measured.ends[-1] * size / room * size * LEADING > height:
            continue  # not even if every line were full
        lines = measured.lines(room / size)
        if lines is None or len(lines) * size * LEADING > height:
            continue
        # A line of one short syllable looks lost: a calmer setting that is a little smaller is better.
        if len(lines) == 1 or all(width(line) > 1.9 for line in lines):
            return Setting(size, lines)
        first = first or Setting(size, lines)
    return first


def _cut(line: str, room: float) -> str:
    """Return a line that goes on with an ellipsis, cut at a word, or within one that is alone."""
    words = line.split(" ")
    while len(words) > 1 and width(" ".join(words) + _ELLIPSIS) > room:
        words.pop()
    letters = _clusters(" ".join(words).rstrip(",;:"))
    while len(letters) > 1 and width("".join(letters) + _ELLIPSIS) > room:
        letters.pop()
    return "".join(letters) + _ELLIPSIS
