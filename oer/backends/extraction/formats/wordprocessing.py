"""DOCX: paragraphs with their headings and lists, tables, pictures, notes, in the order of reading."""

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

from oer.backends.extraction.findings import Findings
from oer.backends.extraction.flow import Block, heading, item, note_flow, paragraph, picture, table
from oer.backends.extraction.formats.word_styles import (
    MAIN,
    STRICT,
    Styles,
    child,
    font_of,
    outline_level,
    read_styles,
    value,
)
from oer.backends.extraction.ooxml import Package, Relation, open_package, relation_id
from oer.backends.extraction.vietnamese import from_font
from oer.backends.extraction.xml import Element, local_name, outermost

_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_SKIPPED = frozenset({"del", "moveFrom", "instrText", "delText", "pPr", "Fallback", "sectPr", "rPrChange", "tblPr"})
_PICTURE_TYPES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_MOST_LIST_DEPTH = 8


def read(path: Path, findings: Findings) -> None:
    """Note the document as sections."""
    with open_package(path, findings) as package:
        package.note_properties(findings)
        document = _Document(package)
        note_flow(document.blocks(), findings)


class _Document:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._part = package.main_part()
        self._relations = package.relations(self._part)
        self._styles = read_styles(package, self._part)

    def blocks(self) -> Iterator[Block]:
        """Give everything in order; foot- and endnotes come last."""
        yield from self._blocks_of(self._part, self._relations)
        for kind in ("footnotes", "endnotes"):
            part = self._package.related(self._part, kind)
            if part:
                yield from self._blocks_of(part, self._package.relations(part))

    def _blocks_of(self, part: str, relations: dict[str, Relation]) -> Iterator[Block]:
        tags = tuple(f"{{{space}}}{name}" for space in (MAIN, STRICT) for name in ("p", "tbl"))
        reader = _Reader(self._styles, relations)
        with self._package.open(part) as stream:
            for element in outermost(stream, tags):
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
        }

    def blocks(self, element: Element) -> Iterator[Block]:
        if local_name(element) == "tbl":
            yield self._table(element)
            return
        text, html = self._inline(element, self._font_of(element))
        if not text.strip() and "<img" not in html:
            return
        yield self._paragraph(element, text.strip(), html)

    def _paragraph(self, element: Element, text: str, html: str) -> Block:
        properties = child(element, "pPr")
        style = value(child(properties, "pStyle"))
        level = self._styles.levels.get(style, 0) or outline_level(properties)
        if level and text:
            return heading(text, level, html)
        place = self._list_place(properties, style)
        if place:
            return item(text, html, depth=place[1] + 1, ordered=place in self._styles.ordered)
        return paragraph(text, html)

    def _list_place(self, properties: Element | None, style: str) -> tuple[str, int] | None:
        listing = child(properties, "numPr")
        number = value(child(listing, "numId")) or self._styles.numbered.get(style, "")
        if not number or number == "0":
            return None
        level = value(child(listing, "ilvl")) or "0"
        return number, min(int(level), _MOST_LIST_DEPTH) if level.isdecimal() else 0

    def _table(self, element: Element) -> Block:
        rows, html = [], []
        for row in (each for each in element if local_name(each) == "tr"):
            cells = [self._cell(cell) for cell in row if local_name(cell) == "tc"]
            rows.append([text for text, _ in cells])
            html.append([inner for _, inner in cells])
        return table(rows, html=html)

    def _cell(self, cell: Element) -> tuple[str, str]:
        blocks = [block for each in _standing_in(cell) for block in self.blocks(each)]
        inner = "<br>".join(block.html.removeprefix("<p>").removesuffix("</p>") for block in blocks)
        return "\n".join(block.text for block in blocks), inner

    def _font_of(self, element: Element) -> str:
        style = value(child(child(element, "pPr"), "pStyle"))
        return self._styles.fonts.get(style, self._styles.fonts.get("", ""))

    def _inline(self, element: Element, font: str) -> tuple[str, str]:
        """Return the text of what stands in a paragraph, and its HTML."""
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
        properties = child(run, "rPr")
        text, html = self._inline(run, font_of(properties) or font)
        for name, tag in (("b", "strong"), ("i", "em")):
            mark = child(properties, name)
            if mark is not None and value(mark) not in {"0", "false", "off"} and text.strip():
                html = f"<{tag}>{html}</{tag}>"
        raised = value(child(properties, "vertAlign"))
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
        blocks = [block for each in _standing_in(element) for block in self.blocks(each)]
        return "\n" + "\n".join(block.text for block in blocks), "<br>".join(escape(block.text) for block in blocks)

    def _picture(self, element: Element, _font: str) -> tuple[str, str]:
        relation = self._relations.get(relation_id(element, "embed") or relation_id(element))
        if relation is None or relation.is_external or not relation.target.lower().endswith(_PICTURE_TYPES):
            return "", ""
        description = _description(element)
        return f" {description} " if description else "", picture(relation.target, description)


def _standing_in(element: Element) -> Iterator[Element]:
    """Give the paragraphs and tables of a cell or text box, those in content controls too."""
    for each in element:
        if local_name(each) in {"p", "tbl"}:
            yield each
        elif local_name(each) in {"sdt", "sdtContent"}:
            yield from _standing_in(each)


def _description(element: Element) -> str:
    """Return what a picture shows, as the drawing around it says."""
    around = element.getparent()
    for _ in range(8):
        if around is None or local_name(around) in {"p", "body"}:
            break
        for each in around.iter("{*}docPr"):
            return each.get("descr") or each.get("title") or ""
        around = around.getparent()
    return ""
