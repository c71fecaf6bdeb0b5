"""Texts whose letters are of before Unicode although nothing says so: recognised line by line."""

import re
from collections.abc import Callable

from oer.backends.extraction.encodings import share_of_marked_syllables
from oer.backends.extraction.legacy_letters import from_tcvn3, from_vni
from oer.vietnamese.syllables import is_plain_syllable, is_syllable

_ONLY_UNICODE = re.compile("[\u1ea0-\u1ef9\u01a0\u01a1\u01af\u01b0\u0110\u0111\u0102\u0103]")
_LEGACY_LETTER = re.compile("[\xa1-\xff]")
_WORD = re.compile(r"[^\W\d_]+")
_WORD_AND_SIGNS = re.compile(r"(?:[^\W\d_]|[\xa1-\xbf])+")
_AROUND_WORDS = "«»°º·²³"
_FEWEST_WORDS = 3
"""So many different words of a line must become Vietnamese; then shorter lines beside it are believed, too."""
_LEAST_RIGHT = 0.85  # of the words with marks
_LEAST_RIGHT_OF_DAMAGED = 0.65
_LETTER = "A-Za-z\xa1-\xff"
# ư is 0xAD in TCVN3, the soft hyphen elsewhere: many programs write it as a hyphen.
_WITH_HYPHEN = re.compile(rf"(?<![{_LETTER}0-9-])([{_LETTER}]*)-([{_LETTER}]*)(?![{_LETTER}0-9-])")
# Signs that stand alone are what they look like: "© 2010", "§ 5".
_SIGNS = re.compile(r"(?<!\S)[§©®«»£¥¢¦¨¬·ª](?!\S)")


def to_unicode(text: str) -> str:
    """Convert the lines of a text that are TCVN3 or VNI; all others stay.

    A line counts if almost all its words are Vietnamese then, and were not before. One that is too short to tell is
    read like those around it.
    """
    reading = legacy_reading(text)
    if reading is None:
        return text
    return "\n".join(line_to_unicode(line, reading) for line in text.split("\n"))


def legacy_reading(text: str) -> Callable[[str], str] | None:
    """Return how to read the lines of a text that are of before Unicode; None if none is for certain."""
    if not _LEGACY_LETTER.search(text):
        return None
    words = dict.fromkeys(_READINGS, 0)
    for line in filter(_may_be_legacy, text.split("\n")):
        for reading in _READINGS:
            words[reading] += _words_gained(line, reading)
    best = max(words, key=lambda reading: words[reading])
    return best if words[best] else None


def line_to_unicode(line: str, likely: Callable[[str], str]) -> str:
    """Convert a line, or a part of one, that stands among others that `likely` reads; its ư may have been lost."""
    if not _may_be_legacy(line):
        return line
    sure = max(_READINGS, key=lambda reading: _words_gained(line, reading))
    if _words_gained(line, sure):
        return sure(line)
    converted = likely(line)
    right, right_before = share_of_marked_syllables(converted), _share_as_it_is(line)
    is_damaged_but_better = right >= _LEAST_RIGHT_OF_DAMAGED and right_before < 0.5
    return converted if is_damaged_but_better or right == 1.0 > right_before else line


def _may_be_legacy(line: str) -> bool:
    # ư, which many programs write as a hyphen, may be a short line's only letter.
    return not _ONLY_UNICODE.search(line) and ("-" in line or _LEGACY_LETTER.search(line) is not None)


def _share_as_it_is(line: str) -> float:
    """Return the share of syllables among the words with marks; a sign within a word ("§Ò") makes it none."""
    marked = [word for word in _WORD_AND_SIGNS.findall(line.lower()) if not word.isascii()]
    return sum(is_syllable(word.strip(_AROUND_WORDS)) for word in marked) / len(marked) if marked else 0.0


def looks_legacy(text: str) -> bool:
    """Whether a text is of before Unicode, even if letters were lost, as ư is where it counts as a soft hyphen."""
    lines = text.split("\n")
    return any(_words_gained(line, reading, _LEAST_RIGHT_OF_DAMAGED) for line in lines for reading in _READINGS)


def _words_gained(line: str, reading: Callable[[str], str], least: float = _LEAST_RIGHT) -> int:
    """Return how many words of a line become Vietnamese, 0 if that is not sure."""
    if not _LEGACY_LETTER.search(line) or _share_as_it_is(line) >= 0.5:
        return 0
    words = _WORD.findall(reading(line).lower())
    marked = [word for word in words if not word.isascii()]
    right = {word for word in marked if is_syllable(word)}
    if len(right) < _FEWEST_WORDS or sum(map(is_syllable, marked)) < least * len(marked):
        return 0
    plain = sum(is_plain_syllable(word) if word.isascii() else word in right for word in words)
    return len(right) if plain >= 0.6 * len(words) else 0


def _tcvn3_line(line: str) -> str:
    line = _WITH_HYPHEN.sub(_with_u_horn, line)
    parts = _SIGNS.split(line)
    signs = [*_SIGNS.findall(line), ""]
    return "".join(from_tcvn3(part) + sign for part, sign in zip(parts, signs, strict=True))


def _with_u_horn(found: re.Match[str]) -> str:
    before, after = found.groups()
    word = from_tcvn3(f"{before}\xad{after}").lower()
    apart = [from_tcvn3(part).lower() for part in (before, after) if part]
    is_two_words = all(map(is_syllable, apart)) and (before != "" or found.start() == 0)
    return f"{before}\xad{after}" if apart and is_syllable(word) and not is_two_words else found[0]


_READINGS: tuple[Callable[[str], str], ...] = (_tcvn3_line, from_vni)
