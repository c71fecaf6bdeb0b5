"""Letters of PDF files that lie in the private use area, for their font says no better."""

import re

from oer.vietnamese.syllables import is_syllable

# What Distiller and PScript5 make of letters that are not in Windows-1252, in their order. Only what was seen in files.
_DISTILLER = {
    "\uf037": "đ",
    "\uf038": "Đ",
    "\uf039": "ơ",
    "\uf03b": "ư",
    "\uf03c": "Ư",
    "\uf03d": "ă",
    "\uf047": "ả",
    "\uf049": "ạ",
    "\uf051": "ẻ",
    "\uf052": "ẽ",
    "\uf053": "ẹ",
}
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_WORD = re.compile(r"(?:[^\W\d_]|[\ue000-\uf8ff])+")
_TABLE = str.maketrans(_DISTILLER)
_MOST_UNKNOWN = 0.25  # of the words; every other Vietnamese word has a letter that Windows-1252 lacks


def from_private_use(text: str) -> str:
    """Replace private letters where a Vietnamese word comes out: in symbol fonts the same codes are signs."""
    return _WORD.sub(_mapped, text) if _PRIVATE.search(text) else text


def _mapped(found: re.Match[str]) -> str:
    word = found[0].translate(_TABLE)
    return word if len(word) > 1 and is_syllable(word.lower()) else found[0]


def is_unusable(text: str) -> bool:
    """Whether so many words of a page have private letters that nobody could read or find it."""
    if not _PRIVATE.search(text):
        return False
    words = [word for word in _WORD.findall(text) if len(word) > 1]
    return sum(_PRIVATE.search(word) is not None for word in words) > _MOST_UNKNOWN * len(words)
