"""Names of files in an archive that can be unpacked anywhere: on Windows, on a Mac, on Linux."""

import re
import unicodedata
from collections.abc import Iterable

from oer.core.text import shorten_file_name
from oer.web.file_responses import UNNAMED, safe_file_name

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: in any case, and with any ending.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=[ .]*(?:\.|$))", re.IGNORECASE)
_REFUSED = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_"))
# Linux takes 255 bytes; the number of a name that was there already needs some.
_MOST_BYTES = 240


def portable_name(name: str) -> str:
    """Return a file name that Windows, too, takes: its characters, its reserved names, its ends, not too long."""
    clean = safe_file_name(unicodedata.normalize("NFC", name.translate(_REFUSED))).rstrip(". ")
    clean = f"_{clean}" if _RESERVED.match(clean) else clean
    return shorten_file_name(clean, _MOST_BYTES) or UNNAMED


def with_ending(title: str, ending: str) -> str:
    """Return a title as a file name with an ending (".pdf", or ".vi.vtt" of captions), unless it has that already."""
    has_it = ending and title.casefold().endswith(ending.casefold())
    name = title[: -len(ending)] if has_it else title
    # The name is shortened here and not by its last dot: what goes must be of the title.
    return shorten_file_name(name, _MOST_BYTES - len(ending.encode())).rstrip(". ") + ending


def unique_names(names: Iterable[str]) -> list[str]:
    """Return the names with duplicates (ignoring case) numbered: `a.pdf`, `a (2).pdf`."""
    seen: set[str] = set()
    result = []
    for name in names:
        stem, dot, ending = name.rpartition(".") if "." in name[1:] else (name, "", "")
        number, unlike = 1, name
        while _same(unlike) in seen:
            number += 1
            unlike = f"{stem} ({number}){dot}{ending}"
        seen.add(_same(unlike))
        result.append(unlike)
    return result


def _same(name: str) -> str:
    # Windows compares capitals, and a Mac both ways of writing a letter with marks.
    return unicodedata.normalize("NFC", name.casefold()).upper()
