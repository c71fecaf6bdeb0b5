"""Reference tables as files: CSV or XLSX with the columns place, band, value."""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from oer.core.errors import Invalid, Unprocessable
from oer.core.i18n import N_
from oer.indicators.quantities import read_quantity

NOT_A_TABLE = N_("This is no CSV or XLSX table: %(why)s.")
NO_COLUMN = N_("The table needs the columns place, band and value; “%(column)s” is missing.")
NO_NUMBER = N_("Row %(row)s: “%(typed)s” is not a number.")
EMPTY = N_("The table has no rows.")
COLUMNS = ("place", "band", "value")
MOST_ROWS = 20_000


@dataclass(frozen=True)
class TableRow:
    """One row: where it stands in the file, the place and band as they are written, the value."""

    number: int
    place: str
    band: str
    value: Decimal


def read_table(content: bytes, language: str) -> list[TableRow]:
    """Return the rows of a CSV or XLSX file; numbers are read as `language` writes them. Raises Unprocessable."""
    rows = list(_xlsx(content) if content.startswith(b"PK\x03\x04") else _csv(content))
    if len(rows) < 2:
        raise Unprocessable(EMPTY)
    header = [str(each or "").strip().lower() for each in rows[0]]
    for column in COLUMNS:
        if column not in header:
            raise Unprocessable(NO_COLUMN, column=column)
    places = [header.index(column) for column in COLUMNS]
    return [
        _row(number, [row[at] if at < len(row) else None for at in places], language) for number, row in _filled(rows)
    ]


def _filled(rows: list[Any]) -> Iterator[tuple[int, Any]]:
    for number, row in enumerate(rows[1:], 2):
        if any(each not in (None, "") for each in row):
            yield number, row


def _row(number: int, cells: list[Any], language: str) -> TableRow:
    place, band, value = cells
    return TableRow(number, _text(place), _text(band) or "total", _number(number, value, language))


def _text(cell: Any) -> str:
    # A code that Excel took for a number comes back as 26506 or 26506.0.
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _number(row: int, cell: Any, language: str) -> Decimal:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Decimal(str(cell))
    try:
        value = read_quantity(_text(cell), language)
    except Invalid:
        value = None
    if value is None:
        raise Unprocessable(NO_NUMBER, row=row, typed=_text(cell)[:40])
    return value


def _csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unprocessable(NOT_A_TABLE, why="UTF-8") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)):
            if number < MOST_ROWS:
                yield row
    except csv.Error as error:
        raise Unprocessable(NOT_A_TABLE, why=str(error)) from None


def _xlsx(content: bytes) -> Iterator[tuple[Any, ...]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        yield from book.worksheets[0].iter_rows(values_only=True, max_row=MOST_ROWS)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError) as error:
        raise Unprocessable(NOT_A_TABLE, why=str(error)[:100]) from None
