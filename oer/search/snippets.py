"""The sentence that matched, in the text's own spelling, with the words that were asked for told apart."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from oer.backends.search import Word
from oer.core.vietnamese import keys_of
from oer.core.vietnamese.keys import TOKEN

_TOKEN = re.compile(TOKEN.pattern, re.IGNORECASE)
_STRIDE = 64
# So many words at once, for a page of a book has hundreds before the one that matched. Possessive: no word is split.
_WORDS = re.compile(rf"[\W_]*+(?:(?>{TOKEN.pattern})[\W_]*+){{{_STRIDE}}}+", re.IGNORECASE)
_LENGTH = 220
# How many words before the place that was found a sentence may have begun.
_WORDS_BEFORE = 12
_WORDS_LOOKED_AT = 60
# A line ends where the page was full; only an empty line ends a paragraph.
_SENTENCE_END = re.compile(r"[.!?…:;]\s+|\n\s*\n")
_SPACE = re.compile(r"\s+")


class Piece(NamedTuple):
    """A stretch of text; `marked` if it is a word that was asked for."""

    text: str
    marked: bool


@dataclass(frozen=True)
class Marks:
    """What is marked: words by their keys."""

    exact: frozenset[str]
    folded: frozenset[str]

    @classmethod
    def of(cls, words: Iterable[Word]) -> "Marks":
        """Return what is marked for a query's words: typed marks first, else any spelling."""
        exact: set[str] = set()
        folded: set[str] = set()
        for word in words:
            folded.add(word.folded)
            exact.update((word.exact, *word.compatible) if word.exact else ())
        return cls(frozenset(exact), frozenset(folded))


def _matches(text: str, marks: Marks, start: int, tokens: int) -> list[re.Match[str]]:
    """Return the words of a part of a text that are asked for: in the spelling that was typed, if any is there so."""
    found = []
    spelled = set()
    for token in islice(_TOKEN.finditer(text, start), tokens):
        keys = keys_of(token[0].lower())
        if keys.folded in marks.folded:
            right = keys.exact in marks.exact
            spelled |= {keys.folded} if right else set()
            found.append((token, keys.folded, right))
    return [token for token, folded, right in found if right or folded not in spelled]


def _pieces(text: str, matches: Sequence[re.Match[str]], start: int, end: int) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    at = start
    for match in matches:
        if match.start() < at or match.end() > end:
            continue
        between = text[at : match.start()]
        # Neighbours that both match are one mark: "thủy lợi", not "thủy" "lợi".
        if pieces and pieces[-1].marked and between.strip() == "" and "\n" not in between:
            pieces[-1] = Piece(pieces[-1].text + between + match[0], True)
        else:
            pieces += [Piece(between, False), Piece(match[0], True)]
        at = match.end()
    pieces.append(Piece(text[at:end], False))
    return tuple(Piece(_SPACE.sub(" ", piece.text), piece.marked) for piece in pieces if piece.text)


def mark(text: str, marks: Marks) -> tuple[Piece, ...]:
    """Return a whole text, a title say, with the words that were asked for marked."""
    text = unicodedata.normalize("NFC", text)
    return _pieces(text, _matches(text, marks, 0, len(text)), 0, len(text))


def snippet(text: str, marks: Marks, word: int = 0, *, length: int = _LENGTH) -> tuple[Piece, ...]:
    """Return about `length` characters of a text from its `word`th word on, the words that were asked for marked.

    It begins with the sentence, if that began shortly before; "…" stands where text is left out. A text without any
    of the words gives its beginning.
    """
    text = unicodedata.normalize("NFC", text)
    places = _places(text, max(0, word - _WORDS_BEFORE), word)
    first = places[0] if places else 0
    matches = _matches(text, marks, first, _WORDS_LOOKED_AT)
    if not matches:
        matches = _matches(text, marks, 0, len(text))[:20]
        first = _shortly_before(text, matches[0].start()) if matches else 0
        places = [matches[0].start()] if matches else [0]
    start = _sentence_start(text, first, min(places[-1] if places else 0, matches[0].start() if matches else 0))
    end = _word_end(text, start + length)
    pieces = _pieces(text, matches, start, end)
    left = (Piece("… ", False),) if text[:start].strip() else ()
    right = (Piece(" …", False),) if text[end:].strip() else ()
    return left + pieces + right


def _places(text: str, first: int, last: int) -> list[int]:
    """Return where the words from the `first`th to the `last`th begin, counted from 0; fewer where there are fewer."""
    passed, at = 0, 0
    while passed + _STRIDE <= first and (words := _WORDS.match(text, at)):
        passed, at = passed + _STRIDE, words.end()
    return [word.start() for word in islice(_TOKEN.finditer(text, at), first - passed, last - passed + 1)]


def _shortly_before(text: str, place: int) -> int:
    return max(0, text.rfind(" ", 0, max(0, place - 60)) + 1)


def _sentence_start(text: str, first: int, match: int) -> int:
    """Return where to begin: with the last sentence that begins between `first` and the match, else at `first`."""
    if match <= first:
        return first
    ends = [found.end() for found in _SENTENCE_END.finditer(text, first, match)]
    return ends[-1] if ends else first + len(text[first:]) - len(text[first:].lstrip())


def _word_end(text: str, end: int) -> int:
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", 0, end)
    return space if space > end - 40 else end


def as_text(pieces: Iterable[Piece]) -> str:
    """Return what a snippet says, without its marks."""
    return "".join(piece.text for piece in pieces)
