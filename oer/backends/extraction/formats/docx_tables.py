"""Tables of a DOCX (ECMA-376 part 1, 17.4): header rows, and cells that cover several columns or rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oer.backends.extraction.formats.docx_lists import child_of, w_val
from oer.backends.extraction.markup import Element
from oer.backends.extraction.tables import MOST_SPANNED, Cell


@dataclass(frozen=True)
class TableRow:
    """A w:tr with its cells."""

    element: Element
    cells: list[Element]


def header_rows(rows: Sequence[Element]) -> int:
    """Return how many of the first rows are marked as headers; not all of them, for then none would be."""
    count = 0
    for row in rows:
        mark = child_of(child_of(row, "trPr"), "tblHeader")
        if mark is None or w_val(mark) in {"0", "false", "off"}:
            break
        count += 1
    return count if count < len(rows) else 0


def rows_of_cells(rows: Sequence[TableRow], read: Callable[[Element], tuple[str, str]]) -> list[list[Cell]]:
    """Return the cells of each row; what continues a cell of the row above is part of that cell."""
    places = [_places(row) for row in rows]
    made: list[list[Cell]] = []
    for number, row in enumerate(places):
        cells = [Cell("", "") for _ in range(_skipped(rows[number]))]
        for column, (cell, columns, merge) in row.items():
            if merge == "continue" and number and _merge_at(places[number - 1], column):
                continue
            reach = 1
            while merge and number + reach < len(places) and _merge_at(places[number + reach], column) == "continue":
                reach += 1
            text, html = read(cell)
            cells.append(Cell(text, html, columns, reach))
        made.append(cells)
    return made


def _places(row: TableRow) -> dict[int, tuple[Element, int, str]]:
    """Return the cells of a row by column, with the columns that they cover and how they are merged downwards."""
    column, places = _skipped(row), dict[int, tuple[Element, int, str]]()
    for cell in row.cells:
        properties = child_of(cell, "tcPr")
        span, merged = w_val(child_of(properties, "gridSpan")), child_of(properties, "vMerge")
        columns = min(int(span), MOST_SPANNED) if span.isdecimal() and int(span) else 1
        merge = "" if merged is None else w_val(merged) or "continue"
        places[column] = (cell, columns, merge)
        column += columns
    return places


def _merge_at(places: dict[int, tuple[Element, int, str]], column: int) -> str:
    found = places.get(column)
    return found[2] if found else ""


def _skipped(row: TableRow) -> int:
    before = w_val(child_of(child_of(row.element, "trPr"), "gridBefore"))
    return min(int(before), MOST_SPANNED) if before.isdecimal() else 0
