"""Telex left in a word: "tieengs vieetj" was meant to be "tiếng việt" and the keyboard was off."""

import re
from functools import lru_cache

from oer.core.vietnamese.syllables import is_syllable, with_tone

_TONES = {"f": "\u0300", "s": "\u0301", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_STOPPED = re.compile("(?:ch|[cpt])$")
_FIRST_VOWEL = re.compile("[aeiouy]")
# "xoong", "coong", "rơ-moóc": so few that who types this most often means "xông", "công", "mốc".
_RARE_RIME = re.compile("oo(?:ng|c)$")
_DOUBLED = {"aa": "â", "ee": "ê", "oo": "ô", "dd": "đ"}


def _letters(typed: str) -> str:
    """Apply the doubled letters and the first w of Telex."""
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
    for pair, letter in _DOUBLED.items():
        typed = typed.replace(pair, letter, 1)
    return typed


def _readings(typed: str) -> list[str]:
    """Return what a word means in Telex: with one of its tone letters taken as the tone, or with none."""
    vowel = _FIRST_VOWEL.search(typed)
    if vowel is None:
        return []
    found = []
    for place in range(len(typed) - 1, vowel.start(), -1):
        mark = _TONES.get(typed[place])
        if mark:
            syllable = _letters(typed[:place] + typed[place + 1 :])
            if is_syllable(syllable) and (mark in "\u0301\u0323" or not _STOPPED.search(syllable)):
                found.append(with_tone(syllable, mark))
    plain = _letters(typed)
    if plain != typed and is_syllable(plain):
        found.append(plain)
    return found


@lru_cache(maxsize=4096)
def telex_reading(token: str) -> str | None:
    """Return the syllable that a plain lower-case word spells in Telex; None where it is no Telex, or may be either.

    A word that is a Vietnamese syllable as it stands ("toan") is left alone, but for the rarest ("coong" is nearly
    always "công"), and so is one with two readings.
    English words can look like Telex ("seen"): whoever asks takes the reading only for words that are nowhere
    else to be found.
    """
    if not (token.isascii() and token.isalpha() and 2 <= len(token) <= 10):
        return None
    if is_syllable(token) and not _RARE_RIME.search(token):
        return None
    readings = _readings(token)
    return readings[0] if len(readings) == 1 else None
