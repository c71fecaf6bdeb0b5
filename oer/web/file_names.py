"""File names in headers: whatever a person called the file, in a form that no header can be broken out of."""

import unicodedata
from urllib.parse import quote

UNNAMED = "tep"
_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
_FOLDERS = str.maketrans({"/": "_", "\\": "_"})
MAX_LETTERS = 180


def file_name(name: str) -> str:
    """Return `name` without controls, surrogates, signs that turn the direction of writing, folders; never empty."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFC", name)
        if unicodedata.category(letter) not in {"Cc", "Cs", "Zl", "Zp"} and letter not in _DIRECTIONS
    )
    plain = " ".join(plain.translate(_FOLDERS).split()).strip(". ")
    return _shortened(plain) or UNNAMED


def _shortened(name: str) -> str:
    if len(name) <= MAX_LETTERS:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:MAX_LETTERS]
    return f"{stem[: MAX_LETTERS - len(ending) - 1]}.{ending}"


def ascii_name(name: str) -> str:
    """Return a cleaned name in ASCII letters, for programs that read nothing else: `Đề thi.pdf` is `De thi.pdf`."""
    apart = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D"))
    letters = (letter for letter in apart if not unicodedata.combining(letter))
    return "".join(letter if " " <= letter <= "~" and letter not in '"\\%' else "_" for letter in letters)


def content_disposition(kind: str, name: str) -> str:
    """Return a Content-Disposition header (RFC 6266) with the name as RFC 8187 (once 5987) writes it, and in ASCII."""
    clean = file_name(name)
    return f"{kind}; filename=\"{ascii_name(clean)}\"; filename*=UTF-8''{quote(clean, safe='')}"
