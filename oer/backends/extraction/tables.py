"""Tables: every row covers the same columns, headers are headers, numbers stand at the right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

MOST_SPANNED = 200
_FIGURE = re.compile(r"[-+−]?(?:0|[1-9]\d{0,2}(?:[. \u00a0]\d{3})+|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*|0(?=[.,]))"
                     r"(?:[.,]\d+)?\s?(?:%|₫|đ|VND|VNĐ)?")  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A cell with its text, its HTML, and how many columns and rows it covers."""

    text: str
    html: str
    columns: int = 1
    rows: int = 1


def plain_cell(text: str) -> Cell:
    """Return a text as a cell."""
    return Cell(text, escape(text).replace("\n", "<br>"))


def is_figure(text: str) -> bool:
    """Whether a text is a number to be set at the right: "1.234,5", "12%"; a telephone number is none."""
    return len(text) < 30 and _FIGURE.fullmatch(text.strip()) is not None


def table_html(rows: Sequence[Sequence[Cell]], head: int = 0) -> str:
    """Return a table whose first `head` rows are column headers; short rows are filled with empty cells."""
    missing = missing_cells([[(cell.columns, cell.rows) for cell in row] for row in rows])
    lines = [
        f"<tr>{''.join(_cell(cell, 'th' if number < head else 'td') for cell in row)}"
        f"{('<th></th>' if number < head else '<td></td>') * missing[number]}</tr>"
        for number, row in enumerate(rows)
    ]
    parts = f"<thead>{''.join(lines[:head])}</thead>" if head else ""
    return f"<table>{parts}<tbody>{''.join(lines[head:])}</tbody></table>"


def _cell(cell: Cell, tag: str) -> str:
    marks = ' scope="col"' if tag == "th" else ' class="figure"' if is_figure(cell.text) else ""
    for name, count in (("colspan", cell.columns), ("rowspan", cell.rows)):
        marks += f' {name}="{count}"' if count > 1 else ""
    return f"<{tag}{marks}>{cell.html}</{tag}>"


def missing_cells(rows: Sequence[Sequence[tuple[int, int]]]) -> list[int]:
    """Return by how many cells each row is too short; of each cell (columns, rows) that it covers are given."""
    reaching: list[tuple[int, int]] = []  # (columns, rows left) of cells that reach down from above
    widths = []
    for row in rows:
        widths.append(sum(columns for columns, _ in row) + sum(columns for columns, _ in reaching))
        reaching = [(columns, left - 1) for columns, left in [*reaching, *row] if left > 1]
    widest = max(widths, default=0)
    return [widest - width for width in widths]
