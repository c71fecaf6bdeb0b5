"""Texts to tokens, tokens to the keys that they are indexed and found under."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from oer.core.vietnamese.english import stem
from oer.core.vietnamese.marks import exact_spelling, fold, one_i

# A number keeps its separators (1.200, 2,5): "1,2" is not "1" and "2". The names of a few programming languages
# are words too.
TOKEN = re.compile(r"c\+\+|[cf]#|[^\W_]+(?:[.,]\d+)*")
_ANY_CASE = re.compile(TOKEN.pattern, re.IGNORECASE)
_LONGEST_TOKEN = 64


class Keys(NamedTuple):
    """The two keys of one token."""

    folded: str
    exact: str


class Words(NamedTuple):
    """A text as its keys in reading order: two lists of one length."""

    folded: list[str]
    exact: list[str]


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in reading order: NFC, lower case."""
    return TOKEN.findall(unicodedata.normalize("NFC", text).lower())


@lru_cache(maxsize=1 << 17)
def keys_of(token: str) -> Keys:
    """Return the keys of one token as `tokens` gives it. A token over 64 letters is cut: no word is that long."""
    token = token[:_LONGEST_TOKEN]
    plain = fold(token)
    if not plain.isascii() and plain.isalpha():
        plain = unicodedata.normalize("NFKD", plain)  # "ﬁ" and its like, as PDF files spell fi
    plain = one_i(plain, plain)
    return Keys(stem(plain) if plain.isascii() else plain, exact_spelling(token))


@lru_cache(maxsize=8)
def _passing(words: int) -> re.Pattern[str]:
    """Return what matches so many words at once, which is much faster than one by one."""
    # Possessive: no word is split.
    return re.compile(rf"[\W_]*+(?:(?>{TOKEN.pattern})[\W_]*+){{{words}}}+", re.IGNORECASE)


def tokens_from(text: str, first: int, start: tuple[int, int] = (0, 0)) -> Iterator[re.Match[str]]:
    """Return the tokens of a text in NFC, as they are spelled, from the `first`th on, counted from 0.

    `start` is any token not after that: its number and the character that it begins with.
    """
    passed, at = start if start[0] <= first else (0, 0)
    for words in (64, 8):
        while passed + words <= first and (found := _passing(words).match(text, at)):
            passed, at = passed + words, found.end()
    return islice(_ANY_CASE.finditer(text, at), first - passed, None)


def token_starts(text: str, every: int) -> list[int]:
    """Return the characters that token 0 of a text and each `every`th from there on begin with, counted in NFC."""
    text = unicodedata.normalize("NFC", text)
    starts, found = [], _ANY_CASE.search(text)
    while found:
        starts.append(found.start())
        passed = _passing(every).match(text, found.start())
        found = _ANY_CASE.search(text, passed.end()) if passed else None
    return starts


def analyse(text: str) -> Words:
    """Return a text's keys, folded and exact, in reading order."""
    pairs = [keys_of(token) for token in tokens(text)]
    return Words([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def search_tokens(text: str) -> list[tuple[str, Keys]]:
    """Return a query's tokens as typed (NFC, lower case), each with its keys."""
    return [(token, keys_of(token)) for token in tokens(text)]


def folded_text(text: str) -> str:
    """Return a text as its folded keys, joined by spaces: one spelling for all ways of typing the same."""
    return " ".join(keys_of(token).folded for token in tokens(text))
