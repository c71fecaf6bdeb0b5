"""Cleaning of names and texts that people type: one place, one answer."""

import re
import unicodedata

MOST_BYTES = 255
_LONGEST_ENDING = 20
_NAMELESS = "tep"
_DRIVE = re.compile("[A-Za-z]:")
# Direction marks can make "gpj.exe" look like "exe.jpg"; marks of no width make two names look the same.
_INVISIBLE = frozenset("\u061c\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad\u180e")
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSHOWN = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})


def clean_file_name(given: str, ending: str = "") -> str:
    """Return the name that a file is shown and downloaded under: composed (NFC), no path, at most 255 bytes.

    Control, direction, zero-width and surrogate characters are left out. Where nothing is left the name is "tep"
    (file) with `ending`, as in "pdf".
    """
    last = given.replace("\\", "/").split("/")[-1]
    name = unicodedata.normalize("NFC", "".join(filter(_is_shown, last))).strip()
    while _DRIVE.match(name):
        name = name[2:].strip()
    if not name.strip("."):
        return f"{_NAMELESS}.{ending}" if ending else _NAMELESS
    return _shortened(name)


def _is_shown(letter: str) -> bool:
    return letter not in _INVISIBLE and letter not in _DIRECTIONS and unicodedata.category(letter) not in _UNSHOWN


def _shortened(name: str) -> str:
    if len(name.encode()) <= MOST_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = MOST_BYTES - len((dot + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip() + dot + ending
