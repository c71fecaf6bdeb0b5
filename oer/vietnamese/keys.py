"""From a text to its tokens, and from a token to the keys that it is found and sorted by."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from oer.vietnamese.marks import TONES, exact_spelling, fold, unify_final_y, usual_letters, with_usual_d
from oer.vietnamese.syllables import is_plain_syllable

# A number keeps its separators (1.200, 2,5): "1,2" is not "1" and "2". Letters before a number are a word of their
# own, because people type "lop7" and texts have "lớp 7"; "h2o" and "7a" stay whole. The names of a few programming
# languages are words too.
_TOKEN = re.compile(r"c\+\+|[cf]#|[^\W\d_]{2,}+|[^\W_]+(?:[.,]\d+)*")
TOKEN = re.compile(_TOKEN.pattern, re.IGNORECASE)
"""One token of a text in NFC, in any case."""
_LONGEST_TOKEN = 64
# "AI" is an abbreviation (trí tuệ nhân tạo), "ai" means who: capitals are one of its spellings, as diacritics are.
CAPITALS = "AI"
_CAPITALS = re.compile(rf"(?<![^\W_]){CAPITALS}(?![^\W_])")

# TCVN 5712 / dictionary order of letters; f, j, w, z stand where the Latin alphabet has them.
ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_ORDER = {letter: chr(0x100 + 2 * place) for place, letter in enumerate(ALPHABET)}
# Order of tones: ngang, huyền, hỏi, ngã, sắc, nặng.
_TONE_ORDER = {"1": "1", "3": "2", "4": "3", "2": "4", "5": "5"}

_VOWEL = re.compile("[aeiouy]")
_PLURAL_STAYS = ("us", "ss", "is")
_DOUBLED = re.compile(r"([bdfgmnprt])\1$")


class TokenKeys(NamedTuple):
    """The two keys of one token."""

    folded: str
    exact: str


class TextKeys(NamedTuple):
    """The keys of a text's tokens in reading order: two lists of one length.

    `folded` finds a word however its diacritics were typed, `exact` tells its spellings apart; equal exact keys always
    have equal folded keys.
    """

    folded: Sequence[str] = ()
    exact: Sequence[str] = ()


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in reading order: usual letters, NFC, lower case, but "AI" where it is written so."""
    text = with_usual_d(usual_letters(text))
    return _TOKEN.findall("\n".join(map(_in_small_letters, text.split("\n"))) if CAPITALS in text else text.lower())


def _in_small_letters(line: str) -> str:
    """Return a line in lower case, but "AI" as it is, if not all of the line is in capitals."""
    *parts, last = _CAPITALS.split(line)
    if not parts or (line.isupper() and any(letter.isalpha() for part in (*parts, last) for letter in part)):
        return line.lower()
    return CAPITALS.join(part.lower() for part in (*parts, last))


def as_token(word: str) -> str:
    """Return one word of a text as `tokens` gives it, of which it is not known whether its line is in capitals."""
    return word if word == CAPITALS else word.lower()


@lru_cache(maxsize=1 << 17)
def keys_of(token: str) -> TokenKeys:
    """Return the keys of one token as `tokens` gives it. A token over 64 letters is cut: no word is that long."""
    token = with_usual_d(token[:_LONGEST_TOKEN])
    plain = fold(token)
    if not plain.isascii() and plain.isalpha():
        plain = unicodedata.normalize("NFKD", plain)  # "ﬁ" and its like, as PDF files spell fi
    plain = unify_final_y(plain, plain)
    return TokenKeys(stem(plain) if plain.isascii() else plain, exact_spelling(token))


@lru_cache(maxsize=1 << 16)
def keys_of_word(word: str) -> TokenKeys:
    """Return the keys of one word as it stands in a text: a page of results looks up two thousand."""
    return keys_of(as_token(word))


def analyse(text: str) -> TextKeys:
    """Return the keys of a text's tokens."""
    pairs = [keys_of(token) for token in tokens(text)]
    return TextKeys([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def folded_text(text: str) -> str:
    """Return a text as its folded keys, joined by spaces: the same for all ways of typing the same."""
    return " ".join(keys_of(token).folded for token in tokens(text))


# Positions of tokens


@lru_cache(maxsize=8)
def _run_of(count: int) -> re.Pattern[str]:
    """Return a pattern that matches so many tokens at once, which is much faster than one by one."""
    # Possessive, so that no token is split.
    return re.compile(rf"[\W_]*+(?:(?>{_TOKEN.pattern})[\W_]*+){{{count}}}+", re.IGNORECASE)


def tokens_from(text: str, first: int, start: tuple[int, int] = (0, 0)) -> Iterator[re.Match[str]]:
    """Return the tokens of a text in NFC, as they are spelled, from the `first`th on, counted from 0.

    `start` is any token not after that: its number and the position of its first character.
    """
    passed, at = start if start[0] <= first else (0, 0)
    for count in (64, 8):
        while passed + count <= first and (found := _run_of(count).match(text, at)):
            passed, at = passed + count, found.end()
    return islice(TOKEN.finditer(text, at), first - passed, None)


def token_offsets(text: str, every: int) -> list[int]:
    """Return where token 0 of a text and each `every`th one from there on begins, in characters of its NFC form."""
    text = unicodedata.normalize("NFC", text)
    offsets, found = [], TOKEN.search(text)
    while found:
        offsets.append(found.start())
        passed = _run_of(every).match(text, found.start())
        found = TOKEN.search(text, passed.end()) if passed else None
    return offsets


# English: light stemming that leaves alone whatever may be a Vietnamese syllable. No syllable ends in -s, -ed or -ing,
# so these endings can be removed without knowing the language of a word. (Harman 1991, "How effective is suffixing?",
# plus -ed, -ing and a silent -e.)


def stem(word: str) -> str:
    """Return the stem of a lower-case ASCII word: learning, learned, learns and learn have the same."""
    if len(word) < 4 or is_plain_syllable(word):
        return word
    root = _infinitive(_singular(word))
    if len(root) > 3 and root.endswith("e"):
        return root[:-1]
    # "trays" is the plural of "tray", and that may be a Vietnamese syllable.
    ends_in_i = len(root) > 3 and root.endswith("y") and not is_plain_syllable(root)
    return root[:-1] + "i" if ends_in_i else root


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
            return _DOUBLED.sub(r"\1", root) if len(root) > 3 else root  # "planning": "plan", but "adding": "add"
    return word


# Order


def collation_key(text: str) -> str:
    """Return a key such that comparing keys (as text or as UTF-8) orders texts as a Vietnamese dictionary does.

    By letter, then by tone, syllable by syllable. Case and punctuation do not count; numbers come first, in their
    numeric order.
    """
    return " ".join(map(_order_of, tokens(text)))


def order_of_letter(letter: str) -> str:
    """Return the character with which the collation keys of texts begin whose first letter is this, of the alphabet."""
    return _LETTER_ORDER[letter]


def _order_of(token: str) -> str:
    token = token.lower()
    if token.isdecimal():
        # "Lớp 2" before "Lớp 10": of two numbers without leading zeros, the longer one is larger.
        digits = token.lstrip("0")
        return "!" + chr(0x30 + min(len(digits), 70)) + digits
    tone = "0"
    letters = []
    for part in unicodedata.normalize("NFD", token):
        if part in TONES:
            tone = _TONE_ORDER[TONES[part]]
        else:
            letters.append(part)
    word = unicodedata.normalize("NFC", "".join(letters))
    return "".join(_LETTER_ORDER.get(letter, letter) for letter in word) + " " + tone
