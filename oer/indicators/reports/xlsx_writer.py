"""A report as a workbook: what it is on the first sheet, then its tables; figures are numbers, texts stay texts."""

import io
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import xlsxwriter

from oer.core.spreadsheets import escape_formula
from oer.indicators.reports.document import Paragraph, ReportDocument, Table, Value

LONGEST_NAME = 31
WIDTHS = (10, 60)
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))


def write_xlsx(document: ReportDocument) -> bytes:
    """Return a report as a workbook."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": document.title, "author": document.issuer})
    formats = {
        "bold": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#e8e8e8"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "number": book.add_format({"num_format": "#,##0.##", "valign": "top"}),
    }
    _about(book, document, formats)
    for name, tables in _sheets(document):
        _sheet(book.add_worksheet(name), tables, formats)
    book.close()
    return buffer.getvalue()


def _about(book: Any, document: ReportDocument, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet(_name(document.words.contents, 0))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 80)
    sheet.write_string(0, 0, escape_formula(document.title), formats["title"])
    sheet.write_string(1, 0, escape_formula(document.subtitle))
    for number, (name, value) in enumerate([(document.issuer, ""), *document.facts], 3):
        sheet.write_string(number, 0, escape_formula(name))
        sheet.write_string(number, 1, escape_formula(value), formats["text"])
    notes = [block.text for block in document.blocks if isinstance(block, Paragraph) and block.kind == "note"]
    for number, text in enumerate(dict.fromkeys(notes), 5 + len(document.facts)):
        sheet.write_string(number, 1, escape_formula(text), formats["text"])


def _sheets(document: ReportDocument) -> Iterator[tuple[str, list[Table]]]:
    """Give the sheets: tables of one name and the same header stand on one."""
    together: dict[tuple[str, tuple[str, ...]], list[Table]] = {}
    for number, table in enumerate((each.for_sheet() for each in document.tables()), 1):
        together.setdefault((table.sheet or f"{document.words.table} {number}", tuple(table.header)), []).append(table)
    numbers = count(1)
    for (name, _), tables in together.items():
        yield _name(name, next(numbers)), tables


def _name(text: str, number: int) -> str:
    # Names are unique whatever their letters: the number makes them so.
    plain = text.translate(_NOT_IN_NAMES).strip("'")
    return f"{number}. {plain}"[:LONGEST_NAME] if number else plain[:LONGEST_NAME]


def _sheet(sheet: Any, tables: list[Table], formats: dict[str, Any]) -> None:
    header = tables[0].header
    for column, words in enumerate(header):
        sheet.write_string(0, column, escape_formula(words), formats["bold"])
        part = tables[0].widths[column] if tables[0].widths else 2
        sheet.set_column(column, column, max(WIDTHS[0], min(WIDTHS[1], 7 * part)))
    sheet.freeze_panes(1, 1)
    rows = [row for table in tables for row in table.rows]
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            _write(sheet, number, column, cell, formats)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(header) - 1)


def _write(sheet: Any, row: int, column: int, cell: Value, formats: dict[str, Any]) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, escape_formula(cell), formats["text"])
    else:
        sheet.write_number(row, column, float(cell) if isinstance(cell, Decimal) else cell, formats["number"])
