"""ODT, ODP and ODS (OASIS ODF 1.3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, cast

from oer.backends.extraction.archives import MOST_PARSED_BYTES, Archive, open_archive
from oer.backends.extraction.blocks import (
    Block,
    SheetPages,
    add_sections,
    add_slide,
    aside,
    heading,
    is_shown_picture,
    list_item,
    paragraph,
    picture,
    table,
)
from oer.backends.extraction.formats.image import cover_from_bytes
from oer.backends.extraction.legacy_letters import from_font
from oer.backends.extraction.markup import Element, iter_outermost, local_name, parse_xml
from oer.backends.extraction.protocol import Damaged, Encrypted, LimitReached
from oer.backends.extraction.result import ExtractionResult
from oer.backends.extraction.tables import Cell, plain_cell

_SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _DRAW, _STYLE = (f"{{{_SPACE}{name}:1.0}}" for name in ("text", "table", "drawing", "style"))
_SVG, _FO = f"{{{_SPACE}svg-compatible:1.0}}", f"{{{_SPACE}xsl-fo-compatible:1.0}}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_THUMBNAIL = "Thumbnails/thumbnail.png"
_MOST_SPACES = 200
_MOST_DEPTH = 8
_MOST_CELLS = 100
_SKIPPED = frozenset(
    {"annotation", "annotation-end", "tracked-changes", "ruby-text", "sender-firstname", "desc", "title"}
)


@contextmanager
def _open_document(path: Path, result: ExtractionResult) -> Iterator[Archive]:
    """Yield the archive of a document after reading title, creator and cover. Raises Encrypted, Damaged."""
    with open_archive(path) as archive:
        if "META-INF/manifest.xml" in archive:
            manifest = parse_xml(archive.read("META-INF/manifest.xml", MOST_PARSED_BYTES))
            if any(local_name(each) == "encryption-data" for each in manifest.iter("{*}encryption-data")):
                raise Encrypted("the manifest says so")
        if "meta.xml" in archive:
            _read_properties(parse_xml(archive.read("meta.xml", MOST_PARSED_BYTES)), result)
        if _THUMBNAIL in archive and archive[_THUMBNAIL].size < MOST_PARSED_BYTES:
            cover_from_bytes(archive.read(_THUMBNAIL, MOST_PARSED_BYTES), result)
        yield archive


def _read_properties(root: Element, result: ExtractionResult) -> None:
    result.set_title(root.findtext(".//{*}title"))
    result.set_creator(root.findtext(".//{*}initial-creator") or root.findtext(".//{*}creator"))
    for statistic in root.iter("{*}document-statistic"):
        count = next((value for name, value in statistic.attrib.items() if str(name).endswith("}page-count")), "")
        result.facts.pages = int(count) if str(count).isdecimal() else None


def _open_content(archive: Archive, most: int) -> BinaryIO:
    """Return a stream of content.xml. Raises Damaged, LimitReached."""
    if "content.xml" not in archive:
        raise Damaged(f"no content among {len(archive.entries)} members")
    if archive["content.xml"].size > most:
        raise LimitReached(f"content of {archive['content.xml'].size} bytes")
    return cast(BinaryIO, archive.open("content.xml"))


@dataclass(frozen=True)
class _Item:
    """The place of a paragraph in a list; `kind` and `value` as blocks have them."""

    depth: int
    kind: str
    value: int | None
    style: str


def _list_level(level: Element) -> tuple[str, int]:
    """Return the kind and the start of a level of a list."""
    if local_name(level) != "list-level-style-number":
        return "", 1
    sign, start = level.get(f"{_STYLE}num-format") or "1", level.get(f"{_TEXT}start-value") or "1"
    return sign if sign in {"1", "a", "A", "i", "I"} else "1", int(start) if start.isdecimal() else 1


@dataclass(frozen=True)
class _Look:
    font: str = ""
    is_bold: bool = False
    is_italic: bool = False


class _Reader:
    """Turns elements of the content into blocks. Every style must be passed to `learn` before what uses it."""

    def __init__(self, *, has_boxes: bool = True) -> None:
        self._has_boxes = has_boxes  # not on slides, where an <aside> is what the speaker says
        self._looks: dict[str, _Look] = {}
        self._lists: dict[str, list[tuple[str, int]]] = {}
        self._list_of_style: dict[str, str] = {}
        self._last: dict[tuple[str, int], int] = {}

    def learn(self, style: Element) -> None:
        """Read a style:style or text:list-style."""
        name = style.get(f"{_STYLE}name") or ""
        if local_name(style) == "list-style":
            self._lists[name] = [_list_level(each) for each in style]
            return
        if style.get(f"{_STYLE}list-style-name"):
            self._list_of_style[name] = style.get(f"{_STYLE}list-style-name") or ""
        for look in style.iterfind("{*}text-properties"):
            bold, italic = look.get(f"{_FO}font-weight") == "bold", look.get(f"{_FO}font-style") == "italic"
            self._looks[name] = _Look(look.get(f"{_STYLE}font-name") or "", bold, italic)

    def blocks(self, element: Element, item: "_Item | None" = None) -> Iterator[Block]:
        """Yield the blocks of a heading, paragraph, list, table or frame; `item` is that of the list around it."""
        name = local_name(element)
        if name == "list":
            yield from self._list(element, item)
        elif name == "table":
            yield self._table(element)
        elif name in {"h", "p"}:
            text, html = self._styled(element, "")
            if text.strip() or "<img" in html:
                yield self._paragraph(element, text.strip(), html, item)
        elif name not in _SKIPPED:
            for child in element:
                yield from self.blocks(child, item)

    def _paragraph(self, element: Element, text: str, html: str, item: "_Item | None") -> Block:
        if local_name(element) == "h" and text:
            level = element.get(f"{_TEXT}outline-level") or "1"
            return heading(text, int(level) if level.isdecimal() else 1, html)
        if item is None:
            return paragraph(text, html)
        return list_item(text, html, depth=item.depth, kind=item.kind, value=item.value)

    def _list(self, element: Element, around: "_Item | None") -> Iterator[Block]:
        depth = min((around.depth if around else 0) + 1, _MOST_DEPTH)
        style = element.get(f"{_TEXT}style-name") or (around.style if around else "") or self._style_inside(element)
        levels = self._lists.get(style, [])
        kind, value = levels[depth - 1] if depth <= len(levels) else ("", 1)
        if element.get(f"{_TEXT}continue-numbering") == "true" or element.get(f"{_TEXT}continue-list"):
            value = self._last.get((style, depth), value - 1) + 1
        for entry in element:
            start = entry.get(f"{_TEXT}start-value") or ""
            value = int(start) if start.isdecimal() else value
            is_item = local_name(entry) == "list-item"
            for child in entry:
                yield from self.blocks(child, _Item(depth, kind, value if kind else None, style))
            if is_item:
                self._last[(style, depth)] = value
                value += 1

    def _style_inside(self, element: Element) -> str:
        named = (each.get(f"{_TEXT}style-name") or "" for each in element.iter(f"{_TEXT}p"))
        return self._list_of_style.get(next(named, ""), "")

    def _table(self, element: Element) -> Block:
        rows = list(element.iter(f"{_TABLE}table-row"))
        heads = [row for row in rows if local_name(row.getparent()) == "table-header-rows"]  # type: ignore[arg-type]
        # Impress knows no header rows, and drops them: a first row that looks otherwise is one there.
        if not heads and element.get(f"{_TABLE}use-first-row-styles") == "true":
            heads = rows[:1]
        made = [self._spanning_cells(row) for row in rows]
        if self._has_boxes and len(made) == 1 and len(made[0]) == 1:
            return aside(block for row in rows for cell in row for child in cell for block in self.blocks(child))
        return table(made, head=len(heads) if len(heads) < len(rows) else 0)

    def _spanning_cells(self, row: Element) -> list[Cell]:
        cells: list[Cell] = []
        for cell in row:
            if local_name(cell) != "table-cell":
                continue
            text, times = self._cell_text(cell), cell.get(f"{_TABLE}number-columns-repeated") or "1"
            spans = [cell.get(f"{_TABLE}number-{name}-spanned") or "1" for name in ("columns", "rows")]
            columns, reach = (min(int(span), _MOST_CELLS) if span.isdecimal() else 1 for span in spans)
            made = Cell(text, plain_cell(text).html, max(columns, 1), max(reach, 1))
            cells += [made] * min(int(times) if times.isdecimal() else 1, _MOST_CELLS - len(cells))
        return cells

    def _cell_text(self, cell: Element) -> str:
        return "\n".join(block.text for child in cell for block in self.blocks(child))

    def cells(self, row: Element) -> list[str]:
        """Return the texts of a row's cells."""
        cells: list[str] = []
        for cell in row:
            if local_name(cell) not in {"table-cell", "covered-table-cell"}:
                continue
            text = self._cell_text(cell)
            times = cell.get(f"{_TABLE}number-columns-repeated") or "1"
            cells += [text] * min(int(times) if times.isdecimal() else 1, _MOST_CELLS - len(cells))
        return cells

    def _styled(self, element: Element, font: str) -> tuple[str, str]:
        look = self._looks.get(element.get(f"{_TEXT}style-name") or "", _Look())
        text, html = self._inline(element, look.font or font)
        if local_name(element) == "span" and text.strip():
            html = f"<strong>{html}</strong>" if look.is_bold else html
            html = f"<em>{html}</em>" if look.is_italic else html
        return text, html

    def _inline(self, element: Element, font: str) -> tuple[str, str]:
        own = from_font(element.text or "", font)
        texts, html = [own], [escape(own)]
        for child in element:
            text, inner = self._inline_child(child, font)
            tail = from_font(child.tail or "", font)
            texts += [text, tail]
            html += [inner, escape(tail)]
        return "".join(texts), "".join(html)

    def _inline_child(self, child: Element, font: str) -> tuple[str, str]:
        kind = local_name(child)
        if kind in _SKIPPED or not kind:
            return "", ""
        if kind in {"s", "tab"}:
            count = child.get(f"{_TEXT}c") or "1"
            return " " * min(int(count) if count.isdecimal() else 1, _MOST_SPACES), " "
        if kind == "line-break":
            return "\n", "<br>"
        if kind == "a":
            text, html = self._styled(child, font)
            return text, f'<a href="{escape(child.get(_LINK) or "")}">{html}</a>'
        if kind == "frame":
            return self._frame(child)
        return self._note(child) if kind == "note" else self._styled(child, font)

    def _note(self, note: Element) -> tuple[str, str]:
        body = note.find("{*}note-body")
        text = " ".join(block.text for block in self.blocks(body)) if body is not None else ""
        return f" ({text})", f" ({escape(text)})"

    def _frame(self, frame: Element) -> tuple[str, str]:
        shown = self.frame_picture(frame)
        if shown:
            return shown.text, shown.html
        blocks = list(self.blocks(frame))
        return "\n" + "\n".join(block.text for block in blocks), "<br>".join(escape(block.text) for block in blocks)

    def frame_picture(self, frame: Element) -> Block | None:
        """Return the picture in a frame as inline HTML, None if it holds something else."""
        image = frame.find(f"{_DRAW}image")
        member = (image.get(_LINK) or "").removeprefix("./") if image is not None else ""
        if not is_shown_picture(member) or frame.find(f"{_DRAW}text-box") is not None:
            return None
        description = frame.findtext(f"{_SVG}desc") or frame.findtext(f"{_SVG}title") or ""
        return Block(f" {description} ", picture(member, description))


_STYLES = (f"{_STYLE}style", f"{_TEXT}list-style")
_NOT_READ = frozenset({"tracked-changes", "table-of-content"})
_MOST_REPEATED_ROWS = 100


def read_text(path: Path, result: ExtractionResult) -> None:
    """Add a text document as sections."""
    with _open_document(path, result) as archive, _open_content(archive, result.limits.member_bytes) as stream:
        tags = (*(f"{_TEXT}{name}" for name in ("h", "p", "list", *_NOT_READ)), f"{_TABLE}table", f"{_DRAW}frame")
        reader = _Reader()
        _learn_named_styles(archive, reader)

        def blocks() -> Iterator[Block]:
            for element in iter_outermost(stream, (*_STYLES, *tags)):
                if element.tag in _STYLES:
                    reader.learn(element)
                elif local_name(element) not in _NOT_READ:
                    yield from _block_or_picture(reader, element)

        add_sections(blocks(), result)


def _learn_named_styles(archive: Archive, reader: _Reader) -> None:
    if "styles.xml" in archive and archive["styles.xml"].size < MOST_PARSED_BYTES:
        for style in parse_xml(archive.read("styles.xml", MOST_PARSED_BYTES)).iter(*_STYLES):
            reader.learn(style)


def _block_or_picture(reader: _Reader, element: Element) -> Iterator[Block]:
    shown = reader.frame_picture(element) if local_name(element) == "frame" else None
    if shown is None:
        yield from reader.blocks(element)
    else:
        yield Block(shown.text.strip(), f"<p>{shown.html}</p>")


def read_slides(path: Path, result: ExtractionResult) -> None:
    """Add every slide as a page."""
    with _open_document(path, result) as archive, _open_content(archive, result.limits.member_bytes) as stream:
        reader, number = _Reader(has_boxes=False), 0
        for element in iter_outermost(stream, (*_STYLES, f"{_DRAW}page")):
            if element.tag in _STYLES:
                reader.learn(element)
                continue
            number += 1
            add_slide(result, number, list(_slide_blocks(reader, element)), _notes(reader, element))
        result.facts.pages = number or None


def _slide_blocks(reader: _Reader, slide: Element) -> Iterator[Block]:
    shapes = [each for each in slide if local_name(each) not in {"notes", "forms"}]
    for shape in sorted(shapes, key=lambda each: not _is_title(each)):
        if _is_title(shape):
            text = " ".join(block.text for block in reader.blocks(shape)).replace("\n", " ").strip()
            yield from [heading(text, 2)] if text else []
        else:
            yield from _block_or_picture(reader, shape)


def _is_title(shape: Element) -> bool:
    return any(str(name).endswith("}class") and value == "title" for name, value in shape.attrib.items())


def _notes(reader: _Reader, slide: Element) -> list[str]:
    notes = slide.find("{*}notes")
    return [block.text for block in reader.blocks(notes)] if notes is not None else []


def read_sheets(path: Path, result: ExtractionResult) -> None:
    """Add every sheet as tables."""
    with _open_document(path, result) as archive, _open_content(archive, result.limits.member_bytes) as stream:
        notes = SheetPages(result)
        for name, rows in groupby(_rows(stream), key=itemgetter(0)):
            notes.sheet(name, (cells for _, cells in rows))


def _rows(stream: BinaryIO) -> Iterator[tuple[str, list[str]]]:
    reader = _Reader()
    for row in iter_outermost(stream, (f"{_TABLE}table-row",)):
        table = next((each for each in row.iterancestors() if local_name(each) == "table"), None)
        name = (table.get(f"{_TABLE}name") or "") if table is not None else ""
        times = row.get(f"{_TABLE}number-rows-repeated") or "1"
        cells = reader.cells(row)
        repeated = min(int(times) if times.isdecimal() else 1, _MOST_REPEATED_ROWS) if any(cells) else 1
        for _ in range(repeated):
            yield name, cells
