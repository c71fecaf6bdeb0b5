"""Tables of any length, as pages of a readable one."""

from collections.abc import Iterable
from html import escape

from oer.backends.extraction.findings import Findings
from oer.backends.extraction.flow import table
from oer.backends.extraction.protocol import LimitReached

ROWS_A_PAGE = 200
MOST_COLUMNS = 100
_LONGEST_CELL = 2000


class SheetNotes:
    """Notes the sheets of one file; all of them together have a limit of rows."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._left = findings.limits.sheet_rows

    def sheet(self, name: str, rows: Iterable[list[str]]) -> None:
        """Note a sheet, its first row heading the columns on each of its pages. Raises LimitReached."""
        head: list[str] = []
        page: list[list[str]] = []
        first = 1
        for row in rows:
            cells = _trimmed(row)
            if not cells:
                continue
            self._take_one(name, head, page, first)
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
        html = title + table(shown, head=1).html
        self._findings.page(f"{label}\n{table(page).text}", label, html)


def _trimmed(row: list[str]) -> list[str]:
    cells = [cell.strip()[:_LONGEST_CELL] for cell in row[:MOST_COLUMNS]]
    while cells and not cells[-1]:
        cells.pop()
    return cells
