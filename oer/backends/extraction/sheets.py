"""Tables of any length, as pages of a readable one."""

from collections.abc import Iterable
from html import escape
from itertools import chain, islice

from oer.backends.extraction.findings import Findings
from oer.backends.extraction.flow import paragraph, table
from oer.backends.extraction.protocol import LimitReached

ROWS_A_PAGE = 200
MOST_COLUMNS = 100
_LONGEST_CELL = 2000
_LOOKED_AT = 10


class SheetNotes:
    """Notes the sheets of one file; all of them together have a limit of rows."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._left = findings.limits.sheet_rows
        self._above: list[list[str]] = []

    def sheet(self, name: str, rows: Iterable[list[str]]) -> None:
        """Note a sheet. What heads its columns is on each of its pages; titles above that stand on the first alone.

        Raises LimitReached.
        """
        filled = (cells for row in rows if (cells := _trimmed(row)))
        first_rows = list(islice(filled, _LOOKED_AT))
        above = _rows_above(first_rows)
        self._above = first_rows[:above]
        head: list[str] = []
        page: list[list[str]] = []
        first = 1
        for place, cells in enumerate(chain(first_rows, filled)):
            self._take_one(name, head, page, first)
            if place < above:
                continue
            head = head or cells
            page.append(cells)
            if len(page) == ROWS_A_PAGE:
                self._note(name, head, page, first)
                first, page = first + len(page), []
        if page:
            self._note(name, head, page, first)

    def _take_one(self, name: str, head: list[str], page: list[list[str]], first: int) -> None:
        self._left -= 1
        if self._left < 0:
            if page:
                self._note(name, head, page, first)
            raise LimitReached("more rows than are read")

    def _note(self, name: str, head: list[str], page: list[list[str]], first: int) -> None:
        label = name if first == 1 else f"{name} ({first}-{first + len(page) - 1})"
        shown = page if first == 1 else [head, *page]
        title = f"<h2>{escape(label)}</h2>" if label else ""
        above = [" ".join(cells) for cells in self._above] if first == 1 else []
        html = title + "".join(paragraph(each).html for each in above) + table(shown, head=1).html
        self._findings.page("\n".join([label, *above, table(page).text]), label, html)


def _rows_above(rows: list[list[str]]) -> int:
    """Return how many of the first rows stand above the table: a title in a cell, rows not half as wide as it."""
    widest = max(map(len, rows), default=0)
    wide = (len(row) * 2 >= widest and (len(row) > 1 or widest == 1) for row in rows)
    return next((place for place, is_wide in enumerate(wide) if is_wide), 0)


def _trimmed(row: list[str]) -> list[str]:
    cells = [cell.strip()[:_LONGEST_CELL] for cell in row[:MOST_COLUMNS]]
    while cells and not cells[-1]:
        cells.pop()
    return cells
