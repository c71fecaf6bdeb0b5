"""What a mistyped word may have been meant to be: Telex that was not converted, and words one edit away."""

import re
from collections.abc import Iterator
from functools import lru_cache

from oer.vietnamese.keys import keys_of
from oer.vietnamese.syllables import is_toneless_syllable, takes_tone, with_tone

_TELEX_TONES = {"f": "\u0300", "s": "\u0301", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_TELEX_LETTERS = {"aa": "â", "ee": "ê", "oo": "ô", "dd": "đ"}
_FIRST_VOWEL = re.compile("[aeiouy]")
# "xoong", "coong", "rơ-moóc" are so few that whoever types this most often means "xông", "công", "mốc".
_RARE_RIME = re.compile("oo(?:ng|c)$")

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST, _LONGEST = 3, 24
_key = keys_of.__wrapped__  # hundreds of words that nobody wrote would push real ones out of the cache


@lru_cache(maxsize=4096)
def telex_reading(token: str) -> str | None:
    """Return the syllable that a plain lower-case word spells in Telex ("tieengs": "tiếng"); None if it is no Telex.

    A word that is a Vietnamese syllable as it stands ("toan") is left alone, except for the rarest ("coong" is nearly
    always "công"), and so is one with two readings.
    English words can look like Telex ("seen"), so use the reading only for words that are found nowhere else.
    """
    if not (token.isascii() and token.isalpha() and 2 <= len(token) <= 10):
        return None
    if is_toneless_syllable(token) and not _RARE_RIME.search(token):
        return None
    readings = _telex_readings(token)
    return readings[0] if len(readings) == 1 else None


def _telex_readings(typed: str) -> list[str]:
    """Return what a word means in Telex: with one of its tone letters taken as the tone, or with none."""
    vowel = _FIRST_VOWEL.search(typed)
    if vowel is None:
        return []
    found = []
    for place in range(len(typed) - 1, vowel.start(), -1):
        mark = _TELEX_TONES.get(typed[place])
        if mark:
            syllable = telex_letters(typed[:place] + typed[place + 1 :])
            if is_toneless_syllable(syllable) and takes_tone(syllable, mark):
                found.append(with_tone(syllable, mark))
    plain = telex_letters(typed)
    if plain != typed and is_toneless_syllable(plain):
        found.append(plain)
    return found


def telex_letters(typed: str) -> str:
    """Return a word with the doubled letters and the first w of Telex applied; "uwow" is one of both letters, too."""
    typed = typed.replace("uwow", "uow", 1)
    if "w" in typed:
        before, after = typed.split("w", 1)
        if "uo" in before:
            before = before.replace("uo", "ươ", 1)
        else:
            place = max(before.rfind(vowel) for vowel in "aou")
            if place < 0:
                return typed
            before = before[:place] + {"a": "ă", "o": "ơ", "u": "ư"}[before[place]] + before[place + 1 :]
        typed = before + after
        typed = typed.replace("uơ", "ươ", 1) if re.search("uơ.", typed) else typed
    for pair, letter in _TELEX_LETTERS.items():
        typed = typed.replace(pair, letter, 1)
    return typed


def typo_candidates(token: str) -> Iterator[tuple[str, str]]:
    """Return the folded key and the spelling of each word that `token` may be a typo of, the likeliest typos first.

    One edit away (Damerau 1964): two letters swapped, one too many, one missing, one replaced. Diacritics that were
    typed are kept, so "tíhc" gives "tích". Words of less than three letters give nothing, and neither does what has a
    digit: whoever typed one meant it.
    """
    if not _SHORTEST <= len(token) <= _LONGEST or any(letter.isdecimal() for letter in token):
        return
    for spelled in _edits(token):
        folded = _key(spelled).folded
        # What has diacritics is no English word: "gảning" is no form of "gan", and nobody meant it.
        if spelled != token and (spelled.isascii() or len(folded) == len(spelled)):
            yield folded, spelled


def _edits(word: str) -> Iterator[str]:
    places = range(len(word))
    yield from (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places[:-1])
    yield from (word[:at] + word[at + 1 :] for at in places)
    yield from (word[:at] + letter + word[at:] for at in range(len(word) + 1) for letter in _LETTERS)
    yield from (word[:at] + letter + word[at + 1 :] for at in places for letter in _LETTERS)
