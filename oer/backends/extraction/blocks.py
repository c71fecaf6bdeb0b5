"""Blocks (headings, paragraphs, list items, tables), and how documents, slides and sheets made of them become pages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import chain, islice

from oer.backends.extraction.protocol import LimitReached
from oer.backends.extraction.result import ExtractionResult

LONGEST_SECTION = 40_000
LONGEST_WHOLE = 10_000  # characters, about five printed pages: what is no longer is read in one go
SHORTEST_CHAPTER = 1_500  # on average: where chapters are shorter, readers would turn pages more than they read
_OUTLINE_DEPTH = 3


@dataclass(frozen=True)
class Block:
    """What is never cut in two: a heading, a paragraph, a list item, a table.

    `level` is a heading's, 0 for anything else; `depth` a list item's, counted from 1, 0 for anything else. `html` is
    a whole element, for a list item what goes into its <li>.
    """

    text: str
    html: str
    level: int = 0
    depth: int = 0
    ordered: bool = False


def heading(text: str, level: int, html: str | None = None) -> Block:
    """Return a heading; `html` is what goes into it, if more than its text."""
    level = min(max(level, 1), 6)
    return Block(text, f"<h{level}>{escape(text) if html is None else html}</h{level}>", level=level)


def paragraph(text: str, html: str | None = None) -> Block:
    """Return a paragraph; `html` is what goes into it, if more than its text."""
    return Block(text, f"<p>{escape(text) if html is None else html}</p>")


def list_item(text: str, html: str | None = None, *, depth: int = 1, ordered: bool = False) -> Block:
    """Return a list item; neighbours become one list, deeper ones a list within it."""
    return Block(text, escape(text) if html is None else html, depth=depth, ordered=ordered)


def table(rows: list[list[str]], *, head: int = 0, html: list[list[str]] | None = None) -> Block:
    """Return a table of texts, whose first `head` rows head the columns; `html` are the cells with their structure."""
    text = "\n".join("\t".join(cell.replace("\n", " ") for cell in row).strip() for row in rows)
    cells = html or [[escape(cell).replace("\n", "<br>") for cell in row] for row in rows]
    lines = [_row(row, "th" if number < head else "td") for number, row in enumerate(cells)]
    parts = f"<thead>{''.join(lines[:head])}</thead>" if head else ""
    return Block(text, f"<table>{parts}<tbody>{''.join(lines[head:])}</tbody></table>")


def _row(cells: list[str], tag: str) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    return f"<tr>{''.join(f'<{tag}{scope}>{cell}</{tag}>' for cell in cells)}</tr>"


def picture(member: str, description: str) -> str:
    """Return the HTML of a picture that is a member of the file."""
    return f'<img src="member:{escape(member)}" alt="{escape(description)}">'


def blocks_to_html(blocks: Iterable[Block]) -> str:
    """Return blocks as HTML, list items gathered into lists."""
    parts: list[str] = []
    open_lists: list[str] = []
    for block in blocks:
        _close_to(open_lists, block.depth, parts)
        if block.depth:
            _open_item(open_lists, block, parts)
        parts.append(block.html)
    _close_to(open_lists, 0, parts)
    return "".join(parts)


def _close_to(open_lists: list[str], depth: int, parts: list[str]) -> None:
    while len(open_lists) > depth:
        parts.append(f"</li></{open_lists.pop()}>")


def _open_item(open_lists: list[str], block: Block, parts: list[str]) -> None:
    if len(open_lists) == block.depth:
        parts.append("</li><li>")
        return
    kind = "ol" if block.ordered else "ul"
    while len(open_lists) < block.depth:
        parts.append(f"<{kind}><li>")
        open_lists.append(kind)


def add_sections(blocks: Iterable[Block], result: ExtractionResult) -> None:
    """Note a document as pages, one a section, with its headings as outline; the first heading titles it."""
    blocks = list(blocks)
    result.set_title(next((block.text for block in blocks if block.level), None))
    for number, (label, section) in enumerate(_sections(blocks), 1):
        for block in section:
            if 0 < block.level <= _OUTLINE_DEPTH:
                result.add_outline_entry(block.text, block.level, number)
        result.add_page("\n".join(block.text for block in section), label, blocks_to_html(section))


def _sections(blocks: list[Block]) -> Iterator[tuple[str, list[Block]]]:
    cut_at, label, section, length = _level_to_cut_at(blocks), "", list[Block](), 0
    for block in blocks:
        begins_chapter = 0 < block.level <= cut_at
        is_full = length > LONGEST_SECTION or (length > LONGEST_SECTION // 2 and block.level > 0)
        if (begins_chapter or is_full) and not _is_bare(section):
            yield label, section
            section, length = [], 0
        if begins_chapter:
            label = block.text
        section.append(block)
        length += len(block.text)
    if section:
        yield label, section


def _is_bare(section: list[Block]) -> bool:
    # A heading right above another one stays with it.
    return all(block.level for block in section)


def _level_to_cut_at(blocks: list[Block]) -> int:
    """Return the level of the chapters: the topmost that has two headings; 0 for what is short or has short ones."""
    length = sum(len(block.text) for block in blocks)
    if length <= LONGEST_WHOLE:
        return 0
    counts = (sum(0 < block.level <= level for block in blocks) for level in range(1, 4))
    level, chapters = next(((level, count) for level, count in enumerate(counts, 1) if count >= 2), (0, 1))
    return level if length >= chapters * SHORTEST_CHAPTER else 0


# Slides as pages: what stands on them, then what is said to them.


def add_slide(result: ExtractionResult, number: int, blocks: list[Block], notes: list[str]) -> None:
    """Note a slide; its heading labels it, its notes stand in an <aside>."""
    title = next((block.text for block in blocks if block.level), "")
    result.set_title(title)
    result.add_outline_entry(title, 1, number)
    html = blocks_to_html(blocks)
    if notes:
        html += f"<aside>{''.join(f'<p>{escape(text)}</p>' for text in notes)}</aside>"
    result.add_page("\n".join([*(block.text for block in blocks), *notes]), title, html)


# Tables of any length, as pages of a readable one.

ROWS_A_PAGE = 200
MOST_COLUMNS = 100
_LONGEST_CELL = 2000
_LOOKED_AT = 10


class SheetPages:
    """Notes the sheets of one file; all of them together have a limit of rows."""

    def __init__(self, result: ExtractionResult) -> None:
        self._result = result
        self._left = result.limits.sheet_rows
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
        self._result.add_page("\n".join([label, *above, table(page).text]), label, html)


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
