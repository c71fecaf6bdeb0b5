"""A query's words highlighted in a text, in the text's own spelling."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from oer.backends.search import Word
from oer.vietnamese.keys import keys_of_word, tokens_from

_LEADER = re.compile(r"\.{4,}|…{2,}|_{4,}")
_CELLS = re.compile(r"\s*\t\s*")
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
    return fragments_of(text, matches_of(tokens_from(text, 0), terms), 0, len(text))


def plain_text(fragments: Iterable[Fragment]) -> str:
    """Return a text without its highlights."""
    return "".join(fragment.text for fragment in fragments)


def matches_of(tokens: Iterable[re.Match[str]], terms: HighlightTerms) -> list[re.Match[str]]:
    """Return which tokens are words of the query: in the spelling that was typed, if any of them is spelled so."""
    asked = terms.folded
    found = [token for token in tokens if keys_of_word(token[0])[0] in asked]
    keys = [keys_of_word(token[0]) for token in found]
    spelled = {folded for folded, exact in keys if exact in terms.exact}
    return [
        token
        for token, (folded, exact) in zip(found, keys, strict=True)
        if exact in terms.exact or folded not in spelled
    ]


def fragments_of(text: str, matches: Sequence[re.Match[str]], start: int, end: int) -> tuple[Fragment, ...]:
    """Return the text between two positions on one line, those words highlighted that are among the matches."""
    fragments: list[Fragment] = []
    at = start
    for match in matches:
        if match.start() < at or match.end() > end:
            continue
        between = text[at : match.start()]
        # Neighbours that both match are one highlight: "thủy lợi", not "thủy" "lợi".
        if fragments and fragments[-1].highlighted and not between.strip():
            fragments[-1] = Fragment(fragments[-1].text + between + match[0], True)
        else:
            fragments += [Fragment(between, False), Fragment(match[0], True)]
        at = match.end()
    fragments.append(Fragment(text[at:end], False))
    return tuple(Fragment(_on_one_line(each.text), each.highlighted) for each in fragments if each.text)


def _on_one_line(text: str) -> str:
    text = _LEADER.sub("…", text)
    return text if text.isprintable() and "  " not in text else _SPACE.sub(" ", _CELLS.sub(" · ", text))
