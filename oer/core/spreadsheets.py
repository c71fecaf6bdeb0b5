"""Tables as files: CSV, TSV and XLSX. A text that a spreadsheet would run as a formula is escaped where it is written.

What is read was made by somebody else: `read_xlsx` bounds what a file may unpack to before anything of it is parsed.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel does not read a CSV as UTF-8."""

LONGEST_SHEET_NAME = 31  # Excel's limit
LONGEST_TEXT = 32_767  # Excel's limit for one cell
_BEGINS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_ESCAPE = "'"
_NOT_IN_SHEET_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))
_BOOK_OPTIONS = {
    "in_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}

Cell = str | int | float | Decimal | date | None


def escape_formula(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula, whatever letters (full-width ones too) begin it.

    Different texts stay different: one that looks escaped already gets another apostrophe.
    """
    return f"{_ESCAPE}{text}" if text.lstrip(_ESCAPE).startswith(_BEGINS_FORMULA) else text


def write_csv(rows: Iterable[Sequence[Cell]], *, byte_order_mark: bool = True) -> bytes:
    """Return rows as CSV in UTF-8; programs (and CSVW) want it without a byte order mark."""
    text = io.StringIO()
    csv.writer(text).writerows([_safe_text(cell) for cell in row] for row in rows)
    return ((BYTE_ORDER_MARK if byte_order_mark else "") + text.getvalue()).encode()


def write_tsv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as tab-separated values in UTF-8 with a byte order mark; nothing is quoted, so white space is one."""
    lines = ("\t".join(_safe_text(_one_line(cell)) for cell in row) for row in rows)
    return (BYTE_ORDER_MARK + "".join(f"{line}\r\n" for line in lines)).encode()


def _one_line(cell: Cell) -> Cell:
    return " ".join(cell.split()) if isinstance(cell, str) else cell


def _safe_text(cell: Cell) -> str:
    return escape_formula(cell) if isinstance(cell, str) else _text(cell)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook.

    `title` stands above everything in large letters; `header` is bold and stays in sight. `widths` are in characters,
    and texts are wrapped where they are given; without them columns are as wide as their contents. `plain` is for
    readers that are programs: no styles at all. `escape=False` is for workbooks that we read back ourselves.
    """

    name: str
    rows: Iterable[Sequence[Cell]]
    header: Sequence[str] = ()
    title: str = ""
    widths: Sequence[int] = ()
    filtered: bool = False
    plain: bool = False
    escape: bool = True


def write_xlsx(sheets: Iterable[Sheet], *, title: str = "", author: str = "") -> bytes:
    """Return a workbook. Numbers stay numbers, dates become ISO texts, names of sheets are made valid and unique."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, _BOOK_OPTIONS)
    book.set_properties({"title": title, "author": author})
    styles = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "header": book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#e8e8e8"}
        ),
        "wrapped": book.add_format({"text_wrap": True, "valign": "top"}),
        "whole": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "decimal": book.add_format({"num_format": "#,##0.0#", "valign": "top"}),
    }
    names: set[str] = set()
    for sheet in sheets:
        _SheetWriter(book.add_worksheet(_sheet_name(sheet.name, names)), sheet, styles).write()
    book.close()
    return buffer.getvalue()


def _sheet_name(text: str, taken: set[str]) -> str:
    """Return a name that Excel takes and that no other sheet has, whatever its case; add it to `taken`."""
    plain = text.translate(_NOT_IN_SHEET_NAMES).strip("' ")[:LONGEST_SHEET_NAME].strip("' ") or "Sheet"
    name, number = plain, 2
    while name.casefold() in taken:
        ending = f" {number}"
        name, number = plain[: LONGEST_SHEET_NAME - len(ending)] + ending, number + 1
    taken.add(name.casefold())
    return name


class _SheetWriter:
    def __init__(self, target: Any, sheet: Sheet, styles: dict[str, Any]) -> None:
        self._target = target
        self._sheet = sheet
        self._styles: dict[str, Any] = {} if sheet.plain else styles

    def write(self) -> None:
        sheet, target, row = self._sheet, self._target, 0
        if sheet.title:
            self._write_cell(row, 0, sheet.title, "title")
            row += 1
        if sheet.header:
            for column, heading in enumerate(sheet.header):
                self._write_cell(row, column, heading, "header")
            row += 1
            target.freeze_panes(row, 1)
        first = row
        for cells in sheet.rows:
            for column, cell in enumerate(cells):
                self._write_cell(row, column, cell, "wrapped" if sheet.widths else "")
            row += 1
        if sheet.filtered and sheet.header and row > first:
            target.autofilter(first - 1, 0, row - 1, len(sheet.header) - 1)
        self._set_widths()

    def _set_widths(self) -> None:
        for column, width in enumerate(self._sheet.widths):
            self._target.set_column(column, column, width)
        if not self._sheet.widths and not self._sheet.plain:
            self._target.autofit()

    def _write_cell(self, row: int, column: int, cell: Cell, style: str) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
            whole = cell == int(cell)
            self._target.write_number(row, column, float(cell), self._styles.get("whole" if whole else "decimal"))
            return
        text = _safe_text(cell) if self._sheet.escape else _text(cell)
        self._target.write_string(row, column, text[:LONGEST_TEXT], self._styles.get(style))


# Reading.

MIB = 1024**2
MOST_UNPACKED, MOST_OF_A_PART, MOST_PARTS, MOST_SHEETS = 32 * MIB, 4 * MIB, 500, 20
_ROWS_AND_TEXTS = ("xl/worksheets/", "xl/sharedStrings")
_TROUBLES = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, ArithmeticError, AttributeError, EOFError, LookupError,
    NotImplementedError, OSError, SyntaxError, TypeError, ValueError,
)  # fmt: skip
"""What openpyxl raises for files that are none: it believes what they say of themselves."""


class UnreadableWorkbook(ValueError):
    """A file is no XLSX workbook, or unpacks to more than is read; the message says what is wrong with it."""


def read_xlsx(
    content: bytes, *, most_rows: int, most_columns: int = 200, computed: bool = True, values_only: bool = True
) -> dict[str, list[tuple[Any, ...]]]:
    """Return the first rows of each sheet of a workbook, by the sheet's name: values, or openpyxl's cells.

    A formula is the value that the program which saved the file has computed (None if it has not), or, with
    `computed=False`, its text. Raises UnreadableWorkbook.
    """
    try:
        _require_moderate(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=computed)
        return {
            sheet.title: list(sheet.iter_rows(max_row=most_rows, max_col=most_columns, values_only=values_only))
            for sheet in book.worksheets[:MOST_SHEETS]
        }
    except _TROUBLES as error:
        raise UnreadableWorkbook(str(error)[:100] or type(error).__name__) from None


def _require_moderate(content: bytes) -> None:
    """Raise ValueError for what would unpack to too much. A part never gives more than the directory says it has."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
    whole = sum(part.file_size for part in parts)
    other = max((part.file_size for part in parts if not part.filename.startswith(_ROWS_AND_TEXTS)), default=0)
    if len(parts) > MOST_PARTS or whole > MOST_UNPACKED or other > MOST_OF_A_PART:
        raise ValueError(f"it unpacks to {whole} bytes in {len(parts)} parts")
