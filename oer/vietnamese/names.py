"""One form of a person's name, by which people are told apart."""

import re
import unicodedata

from oer.vietnamese.marks import TONES, usual_letters, with_usual_d

# The two places of a tone at the end of a word: hoà and hòa, khoẻ and khỏe, thuỷ and thủy. "Quý" has only one.
_LATER_TONE = re.compile(f"(?<!q)(o)([ae])([{''.join(TONES)}])|(?<!q)(u)(y)([{''.join(TONES)}])")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc`\u00b4"), "'")
_PART_OF_WORD = "-'+#&"


def name_key(name: str) -> str:
    """Return a name in one form: lower case, tones at one place, words and the signs within them; "" for signs alone.

    Marks, hyphens and final y tell people apart (Hoa, Hòa and Hóa are three); case, the place of a tone, dots and
    commas do not. What is returned can be one step of an address.
    """
    text = with_usual_d(usual_letters(name)).translate(_DASHES | _APOSTROPHES).lower()
    text = "".join(letter if _belongs_to_word(letter) else " " for letter in unicodedata.normalize("NFC", text))
    words = (word.strip("-'") for word in text.split())
    return " ".join(_with_tone_at_one_place(word) for word in words if any(map(str.isalnum, word)))


def _belongs_to_word(letter: str) -> bool:
    return letter.isalnum() or letter in _PART_OF_WORD or unicodedata.category(letter)[0] == "M"


def _with_tone_at_one_place(word: str) -> str:
    if word.isascii():
        return word
    return "-".join(map(_part_with_tone, word.split("-")))


def _part_with_tone(part: str) -> str:
    apart = unicodedata.normalize("NFD", part)
    found = _LATER_TONE.search(apart)
    if found and found.end() == len(apart):
        first, second, tone = (group for group in found.groups() if group)
        apart = apart[: found.start()] + first + tone + second
    return unicodedata.normalize("NFC", apart)
