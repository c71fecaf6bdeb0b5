"""XLS: Excel 2.1 to 2003 by xlrd; numbers are shown as their cell's format says, as in XLSX."""

import io
import struct
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import xlrd
from xlrd.biffh import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XL_CELL_NUMBER, XL_CELL_TEXT, error_text_from_code
from xlrd.compdoc import CompDocError
from xlrd.formula import FormulaError

from oer.backends.extraction.blocks import MOST_COLUMNS, SheetPages
from oer.backends.extraction.encodings import guess_language
from oer.backends.extraction.formats.compound import open_compound_file
from oer.backends.extraction.formats.xlsx import built_in_format, format_number
from oer.backends.extraction.legacy_letters import from_font
from oer.backends.extraction.protocol import Damaged, Encrypted, LimitReached
from oer.backends.extraction.result import ExtractionResult

_MOST_BYTES = 128 * 1024**2
_SAMPLE_TEXTS = 500
_OPTIONS = {"logfile": io.StringIO(), "ragged_rows": True, "ignore_workbook_corruption": True}
# What xlrd raises for broken files: it checks little of what it reads.
_BROKEN = (
    *(xlrd.XLRDError, CompDocError, struct.error, AssertionError, IndexError, KeyError, ValueError, TypeError),
    *(AttributeError, NotImplementedError, UnicodeError, FormulaError),
)


def read(path: Path, result: ExtractionResult) -> None:
    """Add every visible sheet. Raises Encrypted, Damaged, LimitReached."""
    if path.stat().st_size > _MOST_BYTES:
        raise LimitReached(f"a workbook of {path.stat().st_size} bytes")
    with open_compound_file(path) as file:
        file.read_properties(result)
    book = _opened(path.read_bytes())
    pages, cells = SheetPages(result), _Cells(book)
    for sheet in book.sheets():
        if not sheet.visibility:
            pages.sheet(sheet.name, cells.rows(sheet))


def _opened(content: bytes) -> Any:
    try:
        return xlrd.open_workbook(file_contents=content, formatting_info=True, **_OPTIONS)
    except _BROKEN as error:
        if "encrypted" in str(error).lower():
            raise Encrypted(str(error)) from error
        raise Damaged(f"{type(error).__name__}: {error}") from error


class _Cells:
    """The cells of a workbook as texts."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._language = guess_language("\n".join(islice(self._texts(), _SAMPLE_TEXTS))) or "vi"
        # Day 60 of the 1900 system is 29 February 1900, which never existed; so we count from two days earlier.
        self._epoch = datetime(1904, 1, 1) if book.datemode else datetime(1899, 12, 30)

    def _texts(self) -> Iterator[str]:
        for sheet in self._book.sheets():
            for number in range(sheet.nrows):
                yield from (self._shown(each) for each in sheet.row(number) if each.ctype == XL_CELL_TEXT)

    def rows(self, sheet: Any) -> Iterator[list[str]]:
        for number in range(sheet.nrows):
            yield [self._shown(cell) for cell in sheet.row_slice(number, 0, MOST_COLUMNS)]

    def _shown(self, cell: Any) -> str:
        if cell.ctype in {XL_CELL_NUMBER, XL_CELL_DATE}:
            return format_number(cell.value, self._format(cell), self._language, self._epoch)
        if cell.ctype == XL_CELL_BOOLEAN:
            return "TRUE" if cell.value else "FALSE"
        if cell.ctype == XL_CELL_ERROR:
            return str(error_text_from_code.get(cell.value, ""))
        return from_font(str(cell.value), self._font(cell))

    def _format(self, cell: Any) -> str:
        key = self._looks(cell).format_key
        known = self._book.format_map.get(key)
        own = built_in_format(key, self._language)
        return own if own or known is None else str(known.format_str)

    def _font(self, cell: Any) -> str:
        number = self._looks(cell).font_index
        return str(self._book.font_list[number].name) if number < len(self._book.font_list) else ""

    def _looks(self, cell: Any) -> Any:
        return self._book.xf_list[cell.xf_index or 0]
