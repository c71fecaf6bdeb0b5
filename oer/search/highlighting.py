"""Snippets: the sentence that matched, in the text's own spelling, with the query's words highlighted."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from oer.backends.search import Word
from oer.vietnamese.keys import keys_of, tokens_from

_SNIPPET_LENGTH = 220
# How many words before the location that was found its sentence may have begun.
_WORDS_BEFORE = 12
_WORDS_LOOKED_AT = 60
_MOST_HIGHLIGHTS = 20
# A line ends where the page was full; only an empty line ends a paragraph.
_SENTENCE_END = re.compile(r"[.!?…:;]\s+|\n\s*\n")
_SPACE = re.compile(r"\s+")


class Fragment(NamedTuple):
    """A part of a text; `highlighted` if it is a word of the query."""

    text: str
    highlighted: bool


@dataclass(frozen=True)
class HighlightTerms:
    """What is highlighted: words by their keys."""

    exact: frozenset[str]
    folded: frozenset[str]

    @classmethod
    def of(cls, words: Iterable[Word]) -> "HighlightTerms":
        """Return what is highlighted for a query's words: spelled as typed, if diacritics were typed, else anyhow."""
        exact: set[str] = set()
        folded: set[str] = set()
        for word in words:
            folded.add(word.folded)
            compatible = () if word.spelling_is_implied else word.compatible
            exact.update((word.exact, *compatible) if word.exact else ())
        return cls(frozenset(exact), frozenset(folded))


def highlight(text: str, terms: HighlightTerms) -> tuple[Fragment, ...]:
    """Return a whole text, a title say, with the query's words highlighted."""
    text = unicodedata.normalize("NFC", text)
    return _fragments(text, _matches(list(tokens_from(text, 0)), terms), 0, len(text))


def snippet(
    text: str, terms: HighlightTerms, word: int = 0, offset: tuple[int, int] = (0, 0), *, length: int = _SNIPPET_LENGTH
) -> tuple[Fragment, ...]:
    """Return about `length` characters of a text from its `word`th word on, the query's words highlighted.

    `offset` is a word before that and the position of its first character, if known.
    The snippet begins with the sentence, if that begins shortly before; "…" shows where text is left out, never alone
    on a line. A text without any of the words gives its beginning.
    """
    text = unicodedata.normalize("NFC", text)
    before = min(word, _WORDS_BEFORE)
    tokens = list(islice(tokens_from(text, word - before, offset), _WORDS_LOOKED_AT))
    first = tokens[0].start() if tokens else 0
    at = tokens[min(before, len(tokens) - 1)].start() if tokens else 0
    matches = _matches(tokens, terms)
    if not matches:
        matches = _matches(list(tokens_from(text, 0)), terms)[:_MOST_HIGHLIGHTS]
        at = matches[0].start() if matches else 0
        first = _shortly_before(text, at) if matches else 0
    begin = _sentence_start(text, first, min(at, matches[0].start() if matches else 0))
    end = _word_end(text, begin + length)
    fragments = _fragments(text, matches, begin, end)
    left = (Fragment("…\u00a0", False),) if text[:begin].strip() else ()
    right = (Fragment("\u00a0…", False),) if text[end:].strip() else ()
    return left + fragments + right


def plain_text(fragments: Iterable[Fragment]) -> str:
    """Return a text without its highlights."""
    return "".join(fragment.text for fragment in fragments)


def _matches(tokens: Sequence[re.Match[str]], terms: HighlightTerms) -> list[re.Match[str]]:
    """Return which tokens are words of the query: in the spelling that was typed, if any of them is spelled so."""
    found = []
    spelled = set()
    for token, (folded, exact) in zip(tokens, [keys_of(token[0].lower()) for token in tokens], strict=True):
        if folded in terms.folded:
            right = exact in terms.exact
            spelled |= {folded} if right else set()
            found.append((token, folded, right))
    return [token for token, folded, right in found if right or folded not in spelled]


def _fragments(text: str, matches: Sequence[re.Match[str]], start: int, end: int) -> tuple[Fragment, ...]:
    fragments: list[Fragment] = []
    at = start
    for match in matches:
        if match.start() < at or match.end() > end:
            continue
        between = text[at : match.start()]
        # Neighbours that both match are one highlight: "thủy lợi", not "thủy" "lợi".
        if fragments and fragments[-1].highlighted and between.strip() == "" and "\n" not in between:
            fragments[-1] = Fragment(fragments[-1].text + between + match[0], True)
        else:
            fragments += [Fragment(between, False), Fragment(match[0], True)]
        at = match.end()
    fragments.append(Fragment(text[at:end], False))
    return tuple(Fragment(_on_one_line(each.text), each.highlighted) for each in fragments if each.text)


def _on_one_line(text: str) -> str:
    return text if text.isprintable() and "  " not in text else _SPACE.sub(" ", text)


def _shortly_before(text: str, position: int) -> int:
    return max(0, text.rfind(" ", 0, max(0, position - 60)) + 1)


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
