"""What a text that is still being typed may go on as: how well a name fits it, and what it means in Telex."""

from enum import IntEnum
from functools import lru_cache

from oer.vietnamese.keys import analyse, tokens
from oer.vietnamese.marks import LETTER_CHOICES, fold, has_marks
from oer.vietnamese.syllables import is_toneless_syllable
from oer.vietnamese.typos import telex_letters, telex_reading

# With one of these any beginning of a syllable is one: the vowel of "đ", the end of "ngươ".
_ENDINGS = ("a", "i", "n", "ng", "c", "t", "u", "e", "ê", "ơn")


class Fit(IntEnum):
    """How the words of a name are spelled, beside the marks that were typed: the smaller, the better."""

    SPELLED = 0
    """As typed; marks may have been left out."""
    UNMARKED = 1
    """Without any marks, so nothing can be told."""
    OTHERWISE = 2


def typed_spelling(text: str) -> str:
    """Return the exact keys of what was typed, joined by spaces; "" for what has no marks to go by."""
    return " ".join(analyse(text).exact) if any(map(has_marks, tokens(text))) else ""


@lru_cache(maxsize=4096)
def fit_of(typed: tuple[str, ...], spelled: tuple[str, ...]) -> Fit:
    """Return how well words fit what is typed, both as exact keys and equal when folded; the last is unfinished."""
    if len(typed) != len(spelled):
        return Fit.OTHERWISE
    *whole, last = zip(typed, spelled, strict=True)
    fits = [_word_fit(word, name, unfinished=False) for word, name in whole]
    return max(*fits, _word_fit(*last, unfinished=True), Fit.SPELLED)


def _word_fit(typed: str, spelled: str, *, unfinished: bool) -> Fit:
    letters, tone = letters_and_tone(
        typed.lower()
    )  # "AI" is known by its capitals; who is typing may not have come to them
    name_letters, name_tone = letters_and_tone(spelled.lower())
    begins = len(letters) <= len(name_letters) if unfinished else len(letters) == len(name_letters)
    if begins and tone in ("", name_tone) and all(map(_may_become, letters, name_letters)):
        return Fit.SPELLED
    return Fit.OTHERWISE if name_tone or fold(name_letters) != name_letters else Fit.UNMARKED


def letters_and_tone(exact: str) -> tuple[str, str]:
    """Return the letters of an exact key and its tone."""
    has_tone = exact[-1:].isdigit() and exact[:-1].isalpha()
    return (exact[:-1], exact[-1]) if has_tone else (exact, "")


def _may_become(typed: str, letter: str) -> bool:
    return letter in LETTER_CHOICES.get(typed, typed)


def telex_text(text: str) -> str | None:
    """Return a text that is being typed with its words read as Telex, the last one unfinished; None if none is Telex.

    English words can look like Telex, so use the reading only where the text as it stands leads nowhere.
    """
    *whole, last = tokens(text) or [""]
    readings = [*map(telex_reading, whole), telex_reading(last) or _telex_beginning(last)]
    if not any(readings):
        return None
    return " ".join(reading or word for reading, word in zip(readings, [*whole, last], strict=True))


def _telex_beginning(typed: str) -> str | None:
    """Return the beginning of a syllable that an unfinished word spells: "dd" is "đ", "nguow" is "ngươ"."""
    if not typed.isascii() or not typed.isalpha():
        return None
    read = telex_letters(typed)
    begins = read != typed and any(is_toneless_syllable(read + ending) for ending in _ENDINGS)
    return read if begins else None
