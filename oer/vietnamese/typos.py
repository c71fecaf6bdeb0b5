"""What a mistyped word may have been meant to be: Telex that was not converted, and words one edit away."""

import re
from collections.abc import Iterator
from functools import lru_cache

from oer.vietnamese.keys import keys_of
from oer.vietnamese.syllables import is_toneless_syllable, with_tone

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
            if is_toneless_syllable(syllable) and (mark in "\u0301\u0323" or not _STOPPED.search(syllable)):
                found.append(with_tone(syllable, mark))
    plain = _letters(typed)
    if plain != typed and is_toneless_syllable(plain):
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
    if is_toneless_syllable(token) and not _RARE_RIME.search(token):
        return None
    readings = _readings(token)
    return readings[0] if len(readings) == 1 else None


# One slip of the finger: words that differ from a mistyped one by one letter.

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST, _LONGEST = 3, 24
_key = keys_of.__wrapped__  # hundreds of words that nobody wrote would push real ones out of the cache


def typo_candidates(token: str) -> Iterator[tuple[str, str]]:
    """Return the folded key and the spelling of each word that `token` may be a slip for, the likeliest slips first.

    Two letters that changed places, one too many, one too few, one that is another (Damerau 1964). Marks that were
    typed are kept, so "tíhc" gives "tích". Words of less than three letters give nothing.
    """
    if not _SHORTEST <= len(token) <= _LONGEST:
        return
    for spelled in _edits(token):
        folded = _key(spelled).folded
        # What has marks is no English word: "gảning" is no form of "gan", and nobody meant it.
        if spelled != token and (spelled.isascii() or len(folded) == len(spelled)):
            yield folded, spelled


def _edits(word: str) -> Iterator[str]:
    places = range(len(word))
    yield from (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places[:-1])
    yield from (word[:at] + word[at + 1 :] for at in places)
    yield from (word[:at] + letter + word[at:] for at in range(len(word) + 1) for letter in _LETTERS)
    yield from (word[:at] + letter + word[at + 1 :] for at in places for letter in _LETTERS)
