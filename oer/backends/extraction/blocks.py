"""Blocks (headings, paragraphs, list items, tables), and how documents, slides and sheets made of them become pages."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain, islice

from oer.backends.extraction.protocol import LimitReached
from oer.backends.extraction.result import ExtractionResult
from oer.backends.extraction.tables import Cell, plain_cell, table_html

LONGEST_SECTION = 40_000
LONGEST_WHOLE = 10_000  # characters, about five printed pages: up to here a document is one page
SHORTEST_CHAPTER = 1_500  # characters on average; below, readers would turn pages more than they read
_OUTLINE_DEPTH = 3
# A line shorter than this share of the longest ends a paragraph, or is a heading or a line of a poem.
_FULL_LINE = 0.72
_ITEM = re.compile(r"\s*(?:[-–—•▪◦●○■□✓➢*+]|\(?\d{1,3}[.)]|\(?[a-zđ][.)])\s", re.IGNORECASE)
_PICTURE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".gif", ".webp")


@dataclass(frozen=True)
class Block:
    """A unit that is never split: a heading, a paragraph, a list item, a table.

    `level` is that of a heading (1 to 6), `depth` that of a list item (from 1); 0 for anything else. `html` is a whole
    element, for a list item the content of its <li>; `kind` is the numbering of its list as in HTML (1, a, A, i, I), ""
    for bullets, and `value` its own number if that is known.
    """

    text: str
    html: str
    level: int = 0
    depth: int = 0
    kind: str = ""
    value: int | None = None


def heading(text: str, level: int, html: str | None = None) -> Block:
    """Return a heading; `html` is its content, by default the escaped text."""
    level = min(max(level, 1), 6)
    return Block(text, f"<h{level}>{escape(text) if html is None else html}</h{level}>", level=level)


def paragraph(text: str, html: str | None = None) -> Block:
    """Return a paragraph; `html` is its content, by default the escaped text."""
    return Block(text, f"<p>{escape(text) if html is None else html}</p>")


def list_item(text: str, html: str | None = None, *, depth: int = 1, kind: str = "", value: int | None = None) -> Block:
    """Return a list item; adjacent items of one kind become one list, deeper ones a nested list."""
    return Block(text, escape(text) if html is None else html, depth=depth, kind=kind, value=value)


def aside(blocks: Iterable[Block]) -> Block:
    """Return a box of blocks: what the author set apart from the text."""
    blocks = list(blocks)
    return Block("\n".join(block.text for block in blocks), f"<aside>{blocks_to_html(blocks)}</aside>")


def table(rows: Sequence[Sequence[str | Cell]], *, head: int = 0) -> Block:
    """Return a table whose first `head` rows are column headers."""
    cells = [[cell if isinstance(cell, Cell) else plain_cell(cell) for cell in row] for row in rows]
    text = "\n".join("\t".join(cell.text.replace("\n", " ") for cell in row).strip() for row in cells)
    return Block(text, table_html(cells, head))


def is_shown_picture(member: str) -> bool:
    """Whether a member of the file is a picture that browsers show, by its name."""
    return member.lower().endswith(_PICTURE_EXTENSIONS)


def picture(member: str, description: str) -> str:
    """Return the HTML of a picture that is a member of the file."""
    return f'<img src="member:{escape(member)}" alt="{escape(description)}">'


def blocks_to_html(blocks: Iterable[Block]) -> str:
    """Return blocks as HTML, with list items grouped into lists."""
    parts: list[str] = []
    lists = _Lists(parts)
    for block in blocks:
        lists.close_to(block.depth)
        if block.depth:
            lists.open_item(block)
        parts.append(block.html)
    lists.close_to(0)
    return "".join(parts)


class _Lists:
    """The lists that are open, outermost first: their kinds and the number that the next item has by itself."""

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts
        self._open: list[tuple[str, int]] = []

    def close_to(self, depth: int) -> None:
        while len(self._open) > depth:
            self._parts.append("</li></ol>" if self._open.pop()[0] else "</li></ul>")

    def open_item(self, block: Block) -> None:
        if len(self._open) == block.depth and self._open[-1][0] != block.kind:
            self.close_to(block.depth - 1)
        if len(self._open) == block.depth:
            expected = self._open.pop()[1]
            value = expected if block.value is None else block.value
            self._parts.append("</li><li>" if value == expected else f'</li><li value="{value}">')
            self._open.append((block.kind, value + 1))
            return
        while len(self._open) < block.depth:
            is_own = len(self._open) == block.depth - 1
            start = block.value if is_own and block.value is not None else 1
            kind = block.kind if is_own else ""
            self._parts.append(f"{_list_tag(kind, start)}<li>")
            self._open.append((kind, start + 1))


def _list_tag(kind: str, start: int) -> str:
    if not kind:
        return "<ul>"
    named = "" if kind == "1" else f' type="{kind}"'
    return f"<ol{named}>" if start == 1 else f'<ol{named} start="{start}">'


def add_sections(blocks: Iterable[Block], result: ExtractionResult) -> None:
    """Add a document as pages, one per section; its headings become the outline, the first one its title."""
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
    # A heading directly followed by another one stays with it.
    return all(block.level for block in section)


def _level_to_cut_at(blocks: list[Block]) -> int:
    """Return the level at which to cut: the topmost with two headings; 0 if the document or its chapters are short."""
    length = sum(len(block.text) for block in blocks)
    if length <= LONGEST_WHOLE:
        return 0
    counts = (sum(0 < block.level <= level for block in blocks) for level in range(1, 4))
    level, chapters = next(((level, count) for level, count in enumerate(counts, 1) if count >= 2), (0, 1))
    return level if length >= chapters * SHORTEST_CHAPTER else 0


def add_slide(result: ExtractionResult, number: int, blocks: list[Block], notes: list[str]) -> None:
    """Add a slide as a page: its heading becomes the label, speaker notes go into an <aside>."""
    title = next((block.text for block in blocks if block.level), "")
    result.set_title(title)
    result.add_outline_entry(title, 1, number)
    html = blocks_to_html(blocks)
    if notes:
        html += f"<aside>{''.join(f'<p>{escape(text)}</p>' for text in notes)}</aside>"
    result.add_page("\n".join([*(block.text for block in blocks), *notes]), title, html)


ROWS_A_PAGE = 200
MOST_COLUMNS = 100
_LONGEST_CELL = 2000
_LOOKED_AT = 10


class SheetPages:
    """Adds the sheets of one file as pages; the limit of rows applies to all of them together."""

    def __init__(self, result: ExtractionResult) -> None:
        self._result = result
        self._left = result.limits.sheet_rows
        self._above: list[list[str]] = []

    def sheet(self, name: str, rows: Iterable[list[str]]) -> None:
        """Add a sheet. Its header row is repeated on each page; title rows above it are on the first page only.

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
            self._count_row(name, head, page, first)
            if place < above:
                continue
            head = head or cells
            page.append(cells)
            if len(page) == ROWS_A_PAGE:
                self._add(name, head, page, first)
                first, page = first + len(page), []
        if page:
            self._add(name, head, page, first)

    def _count_row(self, name: str, head: list[str], page: list[list[str]], first: int) -> None:
        self._left -= 1
        if self._left < 0:
            if page:
                self._add(name, head, page, first)
            raise LimitReached("more rows than are read")

    def _add(self, name: str, head: list[str], page: list[list[str]], first: int) -> None:
        label = name if first == 1 else f"{name} ({first}-{first + len(page) - 1})"
        shown = page if first == 1 else [head, *page]
        title = f"<h2>{escape(label)}</h2>" if label else ""
        above = [" ".join(cells) for cells in self._above] if first == 1 else []
        html = title + "".join(paragraph(each).html for each in above) + table(shown, head=1).html
        self._result.add_page("\n".join([label, *above, table(page).text]), label, html)


def _rows_above(rows: list[list[str]]) -> int:
    """Return how many of the first rows are titles above the table: rows less than half as wide as the table."""
    widest = max(map(len, rows), default=0)
    wide = (len(row) * 2 >= widest and (len(row) > 1 or widest == 1) for row in rows)
    return next((place for place, is_wide in enumerate(wide) if is_wide), 0)


def _trimmed(row: list[str]) -> list[str]:
    cells = [cell.strip()[:_LONGEST_CELL] for cell in row[:MOST_COLUMNS]]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def printed_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a printed page: full lines are joined, short lines and list items stay lines."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        longest = max((len(line) for line in lines), default=0)
        found.extend(_joined(lines, longest))
    return found


def _joined(lines: list[str], longest: int) -> list[str]:
    result: list[str] = []
    runs_on = was_short = False
    for line in lines:
        is_short = len(line) < _FULL_LINE * longest or longest <= 40
        if runs_on and not _ITEM.match(line):
            result[-1] += f" {line}"
            was_short = False
        elif was_short and is_short:
            result[-1] += f"\n{line}"
        else:
            result.append(line)
            was_short = is_short
        runs_on = not is_short
    return result
