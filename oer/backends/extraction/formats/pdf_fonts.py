"""Whether a PDF page looks like what it says: fonts of before Unicode, not embedded, come out as other letters."""

import ctypes
import re
from contextlib import closing
from typing import Any

from pypdfium2 import raw

from oer.backends.extraction.legacy_lines import looks_legacy

_LEGACY_LETTER = re.compile("[\xa1-\xff]")
# As in "ABCDEF+.VnTime" and "VNI-Times"; a subset has six letters before it (ISO 32000-1, 9.6.4).
_LEGACY_NAME = re.compile(r"(?:[A-Z]{6}\+)?(?:\.Vn|VNI)")
_MOST_DEPTH = 4


def is_drawn_wrong(page: Any, producer: str) -> bool:
    """Whether a picture of the page would show "TiÕng ViÖt".

    So it is where its letters are of before Unicode and their font is not embedded, or LibreOffice, which had not got
    that font, embedded another one in its place.
    """
    with closing(page.get_textpage()) as text_page:
        if not looks_legacy(text_page.get_text_bounded().replace("\r\n", "\n")):
            return False
        fonts = _fonts_of_legacy_letters(page, text_page)
    return any(not embedded or ("LibreOffice" in producer and not is_legacy) for embedded, is_legacy in fonts)


def _fonts_of_legacy_letters(page: Any, text_page: Any) -> set[tuple[bool, bool]]:
    """Return whether they are embedded and whether they are named as fonts of before Unicode, of all that are used."""
    found = set()
    for each in page.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT,), max_depth=_MOST_DEPTH):
        font = raw.FPDFTextObj_GetFont(each.raw)
        if font and _LEGACY_LETTER.search(_text_of(each, text_page)):
            embedded = raw.FPDFFont_GetIsEmbedded(font) == 1
            found.add((embedded, _LEGACY_NAME.match(_name_of(font)) is not None))
    return found


def _text_of(text: Any, text_page: Any) -> str:
    size = raw.FPDFTextObj_GetText(text.raw, text_page.raw, None, 0)
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    raw.FPDFTextObj_GetText(text.raw, text_page.raw, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def _name_of(font: Any) -> str:
    size = raw.FPDFFont_GetBaseFontName(font, None, 0)
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFFont_GetBaseFontName(font, buffer, size)
    return buffer.raw.decode("utf-8", "replace").rstrip("\0")
