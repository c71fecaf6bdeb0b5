"""Snippets: the sentence that matched, in the text's own spelling, with the query's words highlighted."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from oer.backends.search import Word
from oer.vietnamese.keys import keys_of, tokens_from

_LENGTH = 220
# How many words before the place that was found a sentence may have begun.
_WORDS_BEFORE = 12
_WORDS_LOOKED_AT = 60
# A line ends where the page was full; only an empty line ends a paragraph.
_SENTENCE_END = re.compile(r"[.!?…:;]\s+|\n\s*\n")
_SPACE = re.compile(r"\s+")


class Fragment(NamedTuple):
    """A stretch of text; `marked` if it is a word that was asked for."""

    text: str
    marked: bool


@dataclass(frozen=True)
class HighlightTerms:
    """What is marked: words by their keys."""

    exact: frozenset[str]
    folded: frozenset[str]

    @classmethod
    def of(cls, words: Iterable[Word]) -> "HighlightTerms":
        """Return what is marked for a query's words: typed marks first, else any spelling."""
        exact: set[str] = set()
        folded: set[str] = set()
        for word in words:
            folded.add(word.folded)
            exact.update((word.exact, *word.compatible) if word.exact else ())
        return cls(frozenset(exact), frozenset(folded))


def _matches(tokens: Sequence[re.Match[str]], marks: HighlightTerms) -> list[re.Match[str]]:
    """Return the words of a part of a text that are asked for: in the spelling that was typed, if any is there so."""
    found = []
    spelled = set()
    for token, (folded, exact) in zip(tokens, [keys_of(token[0].lower()) for token in tokens], strict=True):
        if folded in marks.folded:
            right = exact in marks.exact
            spelled |= {folded} if right else set()
            found.append((token, folded, right))
    return [token for token, folded, right in found if right or folded not in spelled]


def _fragments(text: str, matches: Sequence[re.Match[str]], start: int, end: int) -> tuple[Fragment, ...]:
    pieces: list[Fragment] = []
    at = start
    for match in matches:
        if match.start() < at or match.end() > end:
            continue
        between = text[at : match.start()]
        # Neighbours that both match are one mark: "thủy lợi", not "thủy" "lợi".
        if pieces and pieces[-1].marked and between.strip() == "" and "\n" not in between:
            pieces[-1] = Fragment(pieces[-1].text + between + match[0], True)
        else:
            pieces += [Fragment(between, False), Fragment(match[0], True)]
        at = match.end()
    pieces.append(Fragment(text[at:end], False))
    return tuple(Fragment(_on_one_line(piece.text), piece.marked) for piece in pieces if piece.text)


def _on_one_line(text: str) -> str:
    return text if text.isprintable() and "  " not in text else _SPACE.sub(" ", text)


def highlight(text: str, marks: HighlightTerms) -> tuple[Fragment, ...]:
    """Return a whole text, a title say, with the words that were asked for marked."""
    text = unicodedata.normalize("NFC", text)
    return _fragments(text, _matches(list(tokens_from(text, 0)), marks), 0, len(text))


def snippet(
    text: str, marks: HighlightTerms, word: int = 0, start: tuple[int, int] = (0, 0), *, length: int = _LENGTH
) -> tuple[Fragment, ...]:
    """Return about `length` characters of a text from its `word`th word on, the words that were asked for marked.

    `start` is a word before that, and the character that it begins with, where that is known.
    It begins with the sentence, if that began shortly before; "…" stands where text is left out, never alone on a line.
    A text without any of the words gives its beginning.
    """
    text = unicodedata.normalize("NFC", text)
    before = min(word, _WORDS_BEFORE)
    tokens = list(islice(tokens_from(text, word - before, start), _WORDS_LOOKED_AT))
    first = tokens[0].start() if tokens else 0
    at = tokens[min(before, len(tokens) - 1)].start() if tokens else 0
    matches = _matches(tokens, marks)
    if not matches:
        matches = _matches(list(tokens_from(text, 0)), marks)[:20]
        at = matches[0].start() if matches else 0
        first = _shortly_before(text, at) if matches else 0
    begin = _sentence_start(text, first, min(at, matches[0].start() if matches else 0))
    end = _word_end(text, begin + length)
    pieces = _fragments(text, matches, begin, end)
    left = (Fragment("…\u00a0", False),) if text[:begin].strip() else ()
    right = (Fragment("\u00a0…", False),) if text[end:].strip() else ()
    return left + pieces + right


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


def plain_text(pieces: Iterable[Fragment]) -> str:
    """Return what a snippet says, without its marks."""
    return "".join(piece.text for piece in pieces)
