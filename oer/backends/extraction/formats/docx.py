"""DOCX: paragraphs with their headings and lists, tables, pictures and notes, in reading order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from oer.backends.extraction.blocks import (
    Block,
    add_sections,
    heading,
    is_shown_picture,
    list_item,
    paragraph,
    picture,
    table,
)
from oer.backends.extraction.encodings import from_font
from oer.backends.extraction.formats.ooxml import Package, Relation, open_package, relation_id
from oer.backends.extraction.markup import Element, iter_outermost, local_name
from oer.backends.extraction.result import ExtractionResult

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_MOST_ANCESTORS = 100


@dataclass
class _Styles:
    """What the styles and lists of a document mean.

    By style: `levels` of headings, `fonts`, `numbered` (its list). `ordered`: the numbered levels of lists.
    """

    levels: dict[str, int] = field(default_factory=dict)
    fonts: dict[str, str] = field(default_factory=dict)
    numbered: dict[str, str] = field(default_factory=dict)
    ordered: set[tuple[str, int]] = field(default_factory=set)


def _child(element: Element | None, name: str) -> Element | None:
    """Return the first child with a name, in any namespace."""
    return None if element is None else element.find(f"{{*}}{name}")


def _w_val(element: Element | None) -> str:
    """Return an element's w:val, "" if it has none."""
    if element is None:
        return ""
    return element.get(f"{{{_MAIN}}}val") or element.get(f"{{{_STRICT}}}val") or ""


def _font_name(properties: Element | None) -> str:
    """Return the font named in run properties, "" if there is none."""
    fonts = _child(properties, "rFonts")
    return "" if fonts is None else fonts.get(f"{{{_MAIN}}}ascii") or fonts.get(f"{{{_MAIN}}}hAnsi") or ""


def _outline_level(properties: Element | None) -> int:
    """Return the heading level (from 1) in paragraph properties, 0 if there is none."""
    level = _w_val(_child(properties, "outlineLvl"))
    return int(level) + 1 if level.isdecimal() and int(level) < 6 else 0


def _read_styles(package: Package, part: str) -> _Styles:
    """Read the styles and lists of a document."""
    styles = _Styles()
    listing = package.related(part, "styles")
    if listing:
        root = package.parse(listing)
        styles.fonts[""] = next((_font_name(each) for each in root.iterfind("{*}docDefaults/{*}rPrDefault/{*}rPr")), "")
        elements = {each.get(f"{{{_MAIN}}}styleId") or "": each for each in root.iterfind("{*}style")}
        for name in elements:
            _read_style(name, elements, styles)
    numbering = package.related(part, "numbering")
    if numbering:
        _read_numbering(package.parse(numbering), styles)
    return styles


def _read_style(name: str, elements: dict[str, Element], styles: _Styles) -> None:
    """Read a style, with what it inherits from the styles it is based on."""
    current, seen = name, set[str]()
    while current in elements and current not in seen and len(seen) < _MOST_ANCESTORS:
        seen.add(current)
        element = elements[current]
        properties = _child(element, "pPr")
        called = _w_val(_child(element, "name")).lower()
        level = _outline_level(properties) or _level_of_name(called)
        if level:
            styles.levels.setdefault(name, level)
        font = _font_name(_child(element, "rPr"))
        if font:
            styles.fonts.setdefault(name, font)
        number = _w_val(_child(_child(properties, "numPr"), "numId"))
        if number:
            styles.numbered.setdefault(name, number)
        current = _w_val(_child(element, "basedOn"))


def _level_of_name(name: str) -> int:
    if name == "title":
        return 1
    word, _, number = name.partition(" ")
    return int(number) if word == "heading" and number.isdecimal() and 0 < int(number) < 7 else 0


def _read_numbering(root: Element, styles: _Styles) -> None:
    kinds: dict[str, set[int]] = {}
    for abstract in root.iterfind("{*}abstractNum"):
        ordered = {
            place
            for place, level in enumerate(abstract.iterfind("{*}lvl"))
            if _w_val(_child(level, "numFmt")) not in {"bullet", "none", ""}
        }
        kinds[abstract.get(f"{{{_MAIN}}}abstractNumId") or ""] = ordered
    for number in root.iterfind("{*}num"):
        name = number.get(f"{{{_MAIN}}}numId") or ""
        for place in kinds.get(_w_val(_child(number, "abstractNumId")), ()):
            styles.ordered.add((name, place))


_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_SKIPPED = frozenset({"del", "moveFrom", "instrText", "delText", "pPr", "Fallback", "sectPr", "rPrChange", "tblPr"})
_MOST_LIST_DEPTH = 8


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
        self._styles = _read_styles(package, self._part)

    def blocks(self) -> Iterator[Block]:
        """Yield all blocks in order; footnotes and endnotes come last."""
        yield from self._blocks_of(self._part, self._relations)
        for kind in ("footnotes", "endnotes"):
            part = self._package.related(self._part, kind)
            if part:
                yield from self._blocks_of(part, self._package.relations(part))

    def _blocks_of(self, part: str, relations: dict[str, Relation]) -> Iterator[Block]:
        tags = tuple(f"{{{space}}}{name}" for space in (_MAIN, _STRICT) for name in ("p", "tbl"))
        reader = _Reader(self._styles, relations)
        with self._package.open(part) as stream:
            for element in iter_outermost(stream, tags):
                yield from reader.blocks(element)


class _Reader:
    """Turns elements into blocks."""

    def __init__(self, styles: _Styles, relations: dict[str, Relation]) -> None:
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
        properties = _child(element, "pPr")
        style = _w_val(_child(properties, "pStyle"))
        level = self._styles.levels.get(style, 0) or _outline_level(properties)
        if level and text:
            return heading(text, level, html)
        place = self._list_place(properties, style)
        if place:
            return list_item(text, html, depth=place[1] + 1, ordered=place in self._styles.ordered)
        return paragraph(text, html)

    def _list_place(self, properties: Element | None, style: str) -> tuple[str, int] | None:
        listing = _child(properties, "numPr")
        number = _w_val(_child(listing, "numId")) or self._styles.numbered.get(style, "")
        if not number or number == "0":
            return None
        level = _w_val(_child(listing, "ilvl")) or "0"
        return number, min(int(level), _MOST_LIST_DEPTH) if level.isdecimal() else 0

    def _table(self, element: Element) -> Block:
        rows, html = [], []
        for row in (each for each in element if local_name(each) == "tr"):
            cells = [self._cell(cell) for cell in row if local_name(cell) == "tc"]
            rows.append([text for text, _ in cells])
            html.append([inner for _, inner in cells])
        return table(rows, html=html)

    def _cell(self, cell: Element) -> tuple[str, str]:
        blocks = [block for each in _iter_content(cell) for block in self.blocks(each)]
        inner = "<br>".join(block.html.removeprefix("<p>").removesuffix("</p>") for block in blocks)
        return "\n".join(block.text for block in blocks), inner

    def _font_of(self, element: Element) -> str:
        style = _w_val(_child(_child(element, "pPr"), "pStyle"))
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
        properties = _child(run, "rPr")
        text, html = self._inline(run, _font_name(properties) or font)
        for name, tag in (("b", "strong"), ("i", "em")):
            mark = _child(properties, name)
            if mark is not None and _w_val(mark) not in {"0", "false", "off"} and text.strip():
                html = f"<{tag}>{html}</{tag}>"
        raised = _w_val(_child(properties, "vertAlign"))
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
        blocks = [block for each in _iter_content(element) for block in self.blocks(each)]
        return "\n" + "\n".join(block.text for block in blocks), "<br>".join(escape(block.text) for block in blocks)

    def _picture(self, element: Element, _font: str) -> tuple[str, str]:
        relation = self._relations.get(relation_id(element, "embed") or relation_id(element))
        if relation is None or relation.is_external or not is_shown_picture(relation.target):
            return "", ""
        description = _description(element)
        return f" {description} " if description else "", picture(relation.target, description)


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
