"""Blocks (headings, paragraphs, list items, tables), and how documents, slides and sheets made of them become pages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import chain, islice

from oer.backends.extraction.protocol import LimitReached
from oer.backends.extraction.result import ExtractionResult

LONGEST_SECTION = 40_000
LONGEST_WHOLE = 10_000  # characters, about five printed pages: up to here a document is one page
SHORTEST_CHAPTER = 1_500  # characters on average; below, readers would turn pages more than they read
_OUTLINE_DEPTH = 3
_PICTURE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".gif", ".webp")


@dataclass(frozen=True)
class Block:
    """A unit that is never split: a heading, a paragraph, a list item, a table.

    `level` is that of a heading (1 to 6), `depth` that of a list item (from 1); 0 for anything else. `html` is a whole
    element, for a list item the content of its <li>.
    """

    text: str
    html: str
    level: int = 0
    depth: int = 0
    ordered: bool = False


def heading(text: str, level: int, html: str | None = None) -> Block:
    """Return a heading; `html` is its content, by default the escaped text."""
    level = min(max(level, 1), 6)
    return Block(text, f"<h{level}>{escape(text) if html is None else html}</h{level}>", level=level)


def paragraph(text: str, html: str | None = None) -> Block:
    """Return a paragraph; `html` is its content, by default the escaped text."""
    return Block(text, f"<p>{escape(text) if html is None else html}</p>")


def list_item(text: str, html: str | None = None, *, depth: int = 1, ordered: bool = False) -> Block:
    """Return a list item; adjacent items become one list, deeper ones a nested list."""
    return Block(text, escape(text) if html is None else html, depth=depth, ordered=ordered)


def table(rows: list[list[str]], *, head: int = 0, html: list[list[str]] | None = None) -> Block:
    """Return a table whose first `head` rows are column headers; `html` are its cells, by default the escaped texts."""
    text = "\n".join("\t".join(cell.replace("\n", " ") for cell in row).strip() for row in rows)
    cells = html or [[escape(cell).replace("\n", "<br>") for cell in row] for row in rows]
    lines = [_row(row, "th" if number < head else "td") for number, row in enumerate(cells)]
    parts = f"<thead>{''.join(lines[:head])}</thead>" if head else ""
    return Block(text, f"<table>{parts}<tbody>{''.join(lines[head:])}</tbody></table>")


def _row(cells: list[str], tag: str) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    return f"<tr>{''.join(f'<{tag}{scope}>{cell}</{tag}>' for cell in cells)}</tr>"


def is_shown_picture(member: str) -> bool:
    """Whether a member of the file is a picture that browsers show, by its name."""
    return member.lower().endswith(_PICTURE_EXTENSIONS)


def picture(member: str, description: str) -> str:
    """Return the HTML of a picture that is a member of the file."""
    return f'<img src="member:{escape(member)}" alt="{escape(description)}">'


def blocks_to_html(blocks: Iterable[Block]) -> str:
    """Return blocks as HTML, with list items grouped into lists."""
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
