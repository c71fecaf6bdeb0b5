"""Which language a text is in: Vietnamese, English, or one of neither."""

import re

from oer.backends.extraction.vietnamese import is_syllable

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH_WORDS = """
the of and to in a is that for it as with was on are this be by an or from at which you we not have can
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_FEWEST_WORDS = 5


def guess_language(text: str) -> str:
    """Return "vi", "en", or "" where neither is likely."""
    words = _WORD.findall(text.lower())
    if len(words) < _FEWEST_WORDS:
        return ""
    marked = sum(not word.isascii() and is_syllable(word) for word in words)
    if marked > 0.2 * len(words):
        return "vi"
    return "en" if sum(word in _ENGLISH for word in words) > 0.12 * len(words) else ""
