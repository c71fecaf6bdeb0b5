"""DOCX: paragraphs with their headings and lists, tables, pictures and notes, in reading order."""

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

from oer.backends.extraction.blocks import (
    Block,
    add_sections,
    aside,
    blocks_to_html,
    heading,
    is_shown_picture,
    list_item,
    paragraph,
    picture,
    table,
)
from oer.backends.extraction.formats.docx_lists import MAIN, MOST_LIST_DEPTH, STRICT, Item, child_of, w_val
from oer.backends.extraction.formats.docx_styles import Styles, font_name, outline_level, read_styles
from oer.backends.extraction.formats.docx_tables import TableRow, header_rows, rows_of_cells
from oer.backends.extraction.formats.ooxml import Package, Relation, open_package, relation_id
from oer.backends.extraction.legacy_letters import from_font
from oer.backends.extraction.markup import Element, iter_outermost, local_name
from oer.backends.extraction.omml import formula
from oer.backends.extraction.result import ExtractionResult

_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_SKIPPED = frozenset({"del", "moveFrom", "instrText", "delText", "pPr", "Fallback", "sectPr", "rPrChange", "tblPr"})


def read(path: Path, result: ExtractionResult) -> None:
    """Add the document as sections."""
    with open_package(path, result) as package:
        package.read_properties(result)
        document = _Document(package)
        add_sections(document.blocks(), result)


class _Document:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._part = package.main_part()
        self._relations = package.relations(self._part)
        self._styles = read_styles(package, self._part)

    def blocks(self) -> Iterator[Block]:
        """Yield all blocks in order; footnotes and endnotes come last."""
        yield from self._blocks_of(self._part, self._relations)
        for kind in ("footnotes", "endnotes"):
            part = self._package.related(self._part, kind)
            if part:
                yield from self._blocks_of(part, self._package.relations(part))

    def _blocks_of(self, part: str, relations: dict[str, Relation]) -> Iterator[Block]:
        tags = tuple(f"{{{space}}}{name}" for space in (MAIN, STRICT) for name in ("p", "tbl"))
        reader = _Reader(self._styles, relations)
        with self._package.open(part) as stream:
            for element in iter_outermost(stream, tags):
                yield from reader.blocks(element)


class _Reader:
    """Turns elements into blocks."""

    def __init__(self, styles: Styles, relations: dict[str, Relation]) -> None:
        self._styles = styles
        self._relations = relations
        self._readers: dict[str, Callable[[Element, str], tuple[str, str]]] = {
            "r": self._run,
            "t": self._text,
            "blip": self._picture,
            "imagedata": self._picture,
            "hyperlink": self._link,
            "txbxContent": self._text_box,
            "oMath": self._formula,
            "oMathPara": self._formula,
        }
        self._boxes: list[Block] = []

    def blocks(self, element: Element) -> Iterator[Block]:
        """Yield the blocks of a paragraph or a table; text boxes follow the paragraph to which they are anchored."""
        if local_name(element) == "tbl":
            yield self._table(element)
            return
        around, self._boxes = self._boxes, []
        text, html = self._inline(element, self._font_of(element))
        boxes, self._boxes = self._boxes, around
        if text.strip() or "<img" in html:
            yield self._paragraph(element, text.strip(), html)
        yield from boxes

    def _paragraph(self, element: Element, text: str, html: str) -> Block:
        properties = child_of(element, "pPr")
        style = w_val(child_of(properties, "pStyle"))
        level = self._styles.levels.get(style, 0) or outline_level(properties)
        item = self._list_item(properties, style)
        if level and text:
            sign = f"{item.label or item.usual_label} " if item and item.value is not None else ""
            return heading(sign + text, level, escape(sign) + html)
        if item and item.label:
            return paragraph(f"{item.label} {text}", f"{escape(item.label)} {html}")
        if item:
            return list_item(text, html, depth=item.depth, kind=item.kind, value=item.value)
        return paragraph(text, html)

    def _list_item(self, properties: Element | None, style: str) -> Item | None:
        listing, (by_style, level_of_style) = child_of(properties, "numPr"), self._styles.numbered.get(style, ("", -1))
        number = w_val(child_of(listing, "numId")) or by_style
        if not number or number == "0":
            return None
        lists, level = self._styles.lists, w_val(child_of(listing, "ilvl"))
        if level.isdecimal():
            depth = int(level)
        elif level_of_style >= 0:
            depth = level_of_style
        else:
            depth = lists.by_style.get((lists.roots.get(number, ""), style), 0)
        return lists.next_item(number, min(depth, MOST_LIST_DEPTH))

    def _table(self, element: Element) -> Block:
        elements = list(_iter_named(element, "tr"))
        rows = [TableRow(each, list(_iter_named(each, "tc"))) for each in elements]
        if len(rows) == 1 and len(rows[0].cells) == 1:
            return aside(self._blocks_in(rows[0].cells[0]))
        cells = rows_of_cells(rows, self._cell)
        return table(cells, head=header_rows(elements))

    def _blocks_in(self, cell: Element) -> list[Block]:
        return [block for each in _iter_content(cell) for block in self.blocks(each)]

    def _cell(self, cell: Element) -> tuple[str, str]:
        blocks = self._blocks_in(cell)
        text = "\n".join(block.text for block in blocks)
        if all(block.html.startswith("<p>") for block in blocks):
            return text, "<br>".join(block.html.removeprefix("<p>").removesuffix("</p>") for block in blocks)
        return text, blocks_to_html(blocks)

    def _font_of(self, element: Element) -> str:
        style = w_val(child_of(child_of(element, "pPr"), "pStyle"))
        return self._styles.fonts.get(style, self._styles.fonts.get("", ""))

    def _inline(self, element: Element, font: str) -> tuple[str, str]:
        """Return the text and the HTML of the inline content of an element."""
        texts, html = [], []
        for each in element:
            text, inner = self._inline_child(each, font)
            texts.append(text)
            html.append(inner)
        return "".join(texts), "".join(html)

    def _inline_child(self, element: Element, font: str) -> tuple[str, str]:
        name = local_name(element)
        if not name or name in _SKIPPED:
            return "", ""
        if name in _BREAKS:
            return _BREAKS[name], "<br>" if _BREAKS[name] == "\n" else " "
        return self._readers.get(name, self._inline)(element, font)

    def _text(self, element: Element, font: str) -> tuple[str, str]:
        text = from_font(element.text or "", font)
        return text, escape(text)

    def _run(self, run: Element, font: str) -> tuple[str, str]:
        properties = child_of(run, "rPr")
        text, html = self._inline(run, font_name(properties) or font)
        for name, tag in (("b", "strong"), ("i", "em")):
            mark = child_of(properties, name)
            if mark is not None and w_val(mark) not in {"0", "false", "off"} and text.strip():
                html = f"<{tag}>{html}</{tag}>"
        raised = w_val(child_of(properties, "vertAlign"))
        if raised in {"superscript", "subscript"} and text:
            html = f"<{raised[:3]}>{html}</{raised[:3]}>"
        return text, html

    def _link(self, element: Element, font: str) -> tuple[str, str]:
        text, html = self._inline(element, font)
        relation = self._relations.get(relation_id(element))
        if relation is None or not relation.is_external:
            return text, html
        return text, f'<a href="{escape(relation.target)}">{html}</a>'

    def _text_box(self, element: Element, _font: str) -> tuple[str, str]:
        blocks = self._blocks_in(element)
        if blocks:
            self._boxes.append(aside(blocks))
        return "", ""

    def _formula(self, element: Element, _font: str) -> tuple[str, str]:
        return formula(element)

    def _picture(self, element: Element, _font: str) -> tuple[str, str]:
        relation = self._relations.get(relation_id(element, "embed") or relation_id(element))
        if relation is None or relation.is_external or not is_shown_picture(relation.target):
            return "", ""
        description = _description(element)
        return f" {description} " if description else "", picture(relation.target, description)


def _iter_named(element: Element, name: str) -> Iterator[Element]:
    """Yield the rows of a table or the cells of a row, including those in content controls."""
    for each in element:
        if local_name(each) == name:
            yield each
        elif local_name(each) in {"sdt", "sdtContent", "ins", "customXml"}:
            yield from _iter_named(each, name)


def _iter_content(element: Element) -> Iterator[Element]:
    """Yield the paragraphs and tables of a cell or text box, including those in content controls."""
    for each in element:
        if local_name(each) in {"p", "tbl"}:
            yield each
        elif local_name(each) in {"sdt", "sdtContent"}:
            yield from _iter_content(each)


def _description(element: Element) -> str:
    """Return the alternative text of a picture, which the drawing around it has."""
    around = element.getparent()
    for _ in range(8):
        if around is None or local_name(around) in {"p", "body"}:
            break
        for each in around.iter("{*}docPr"):
            return each.get("descr") or each.get("title") or ""
        around = around.getparent()
    return ""
