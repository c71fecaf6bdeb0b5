"""From a text to its tokens, and from a token to its search keys and its place in the alphabet."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from oer.vietnamese.marks import TONES, exact_spelling, fold, unify_final_y
from oer.vietnamese.syllables import is_plain_syllable

_VOWEL = re.compile("[aeiouy]")
_PLURAL_STAYS = ("us", "ss", "is")
_DOUBLED = re.compile(r"([bdfgmnprt])\1$")


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(_PLURAL_STAYS):
        return word[:-1]
    return word


def _infinitive(word: str) -> str:
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 3 and _VOWEL.search(root):
            return _DOUBLED.sub(r"\1", root) if len(root) > 3 else root  # "planning" is of "plan", "adding" of "add"
    return word


def stem(word: str) -> str:
    """Return the stem of a lower-case ASCII word: learning, learned, learns and learn are one."""
    if len(word) < 4 or is_plain_syllable(word):
        return word
    root = _infinitive(_singular(word))
    if len(root) > 3 and root.endswith("e"):
        return root[:-1]
    # "trays" is more than one "tray", and that may be a Vietnamese syllable.
    ends_in_i = len(root) > 3 and root.endswith("y") and not is_plain_syllable(root)
    return root[:-1] + "i" if ends_in_i else root


# Texts to tokens, tokens to the keys that they are indexed and found under.

# A number keeps its separators (1.200, 2,5): "1,2" is not "1" and "2". The names of a few programming languages
# are words too.
TOKEN = re.compile(r"c\+\+|[cf]#|[^\W_]+(?:[.,]\d+)*")
_ANY_CASE = re.compile(TOKEN.pattern, re.IGNORECASE)
_LONGEST_TOKEN = 64


class TokenKeys(NamedTuple):
    """The two keys of one token."""

    folded: str
    exact: str


class TextKeys(NamedTuple):
    """A text as its keys in reading order: two lists of one length."""

    folded: list[str]
    exact: list[str]


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in reading order: NFC, lower case."""
    return TOKEN.findall(unicodedata.normalize("NFC", text).lower())


@lru_cache(maxsize=1 << 17)
def keys_of(token: str) -> TokenKeys:
    """Return the keys of one token as `tokens` gives it. A token over 64 letters is cut: no word is that long."""
    token = token[:_LONGEST_TOKEN]
    plain = fold(token)
    if not plain.isascii() and plain.isalpha():
        plain = unicodedata.normalize("NFKD", plain)  # "ﬁ" and its like, as PDF files spell fi
    plain = unify_final_y(plain, plain)
    return TokenKeys(stem(plain) if plain.isascii() else plain, exact_spelling(token))


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


def token_offsets(text: str, every: int) -> list[int]:
    """Return the characters that token 0 of a text and each `every`th from there on begin with, counted in NFC."""
    text = unicodedata.normalize("NFC", text)
    starts, found = [], _ANY_CASE.search(text)
    while found:
        starts.append(found.start())
        passed = _passing(every).match(text, found.start())
        found = _ANY_CASE.search(text, passed.end()) if passed else None
    return starts


def analyse(text: str) -> TextKeys:
    """Return a text's keys, folded and exact, in reading order."""
    pairs = [keys_of(token) for token in tokens(text)]
    return TextKeys([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def search_tokens(text: str) -> list[tuple[str, TokenKeys]]:
    """Return a query's tokens as typed (NFC, lower case), each with its keys."""
    return [(token, keys_of(token)) for token in tokens(text)]


def folded_text(text: str) -> str:
    """Return a text as its folded keys, joined by spaces: one spelling for all ways of typing the same."""
    return " ".join(keys_of(token).folded for token in tokens(text))


# The order of Vietnamese titles: by letter, then tone, syllable by syllable, as dictionaries have it.

# TCVN 5712 / dictionary order of letters; f, j, w, z stand where the Latin alphabet has them.
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER = {letter: chr(0x100 + 2 * place) for place, letter in enumerate(_ALPHABET)}
# Order of tones: ngang, huyền, hỏi, ngã, sắc, nặng.
_TONE = {"1": "1", "3": "2", "4": "3", "2": "4", "5": "5"}


def _syllable(token: str) -> str:
    if token.isdecimal():
        # "Lớp 2" before "Lớp 10": a longer number is a larger one, once its zeros are gone.
        digits = token.lstrip("0")
        return "!" + chr(0x30 + min(len(digits), 70)) + digits
    tone = "0"
    letters = []
    for part in unicodedata.normalize("NFD", token):
        if part in TONES:
            tone = _TONE[TONES[part]]
        else:
            letters.append(part)
    word = unicodedata.normalize("NFC", "".join(letters))
    return "".join(_LETTER.get(letter, letter) for letter in word) + " " + tone


def collation_key(text: str) -> str:
    """Return a key such that comparing keys (as text or as UTF-8) orders texts as a Vietnamese dictionary does.

    Letter case and punctuation do not count; numbers come first, in their numeric order.
    """
    lowered = unicodedata.normalize("NFC", text).lower()
    return " ".join(_syllable(token) for token in TOKEN.findall(lowered))
