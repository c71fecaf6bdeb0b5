"""Texts to tokens, tokens to the keys that they are indexed and found under."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from oer.core.vietnamese.english import stem
from oer.core.vietnamese.marks import exact_spelling, fold, one_i

# A number keeps its separators (1.200, 2,5): "1,2" is not "1" and "2". The names of a few programming languages
# are words too.
TOKEN = re.compile(r"c\+\+|[cf]#|[^\W_]+(?:[.,]\d+)*")
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
