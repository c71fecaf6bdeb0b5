"""The order of Vietnamese titles: by letter, then tone, syllable by syllable, as dictionaries have it."""

import unicodedata

from oer.core.vietnamese.keys import TOKEN
from oer.core.vietnamese.marks import TONES

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
