"""PPTX: slide by slide, in reading order, with speaker notes."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from lxml import etree

from oer.backends.extraction.blocks import (
    Block,
    add_slide,
    heading,
    is_shown_picture,
    list_item,
    paragraph,
    picture,
    table,
)
from oer.backends.extraction.formats.ooxml import Package, Relation, open_package, relation_id
from oer.backends.extraction.legacy_letters import from_font
from oer.backends.extraction.markup import Element, local_name
from oer.backends.extraction.omml import formula
from oer.backends.extraction.result import ExtractionResult

_TITLES = frozenset({"title", "ctrTitle"})
_BODIES = frozenset({"body", "obj", ""})
_DECORATION = frozenset({"dt", "ftr", "sldNum", "hdr", "sldImg"})
_MOST_DEPTH = 8


def read(path: Path, result: ExtractionResult) -> None:
    """Add every slide that is not hidden as a page."""
    with open_package(path, result) as package:
        package.read_properties(result)
        main = package.main_part()
        relations = package.relations(main)
        slides = [relations.get(relation_id(each)) for each in package.parse(main).iterfind("{*}sldIdLst/{*}sldId")]
        parts = [each.target for each in slides if each and each.target in package]
        parts = [part for part in parts if package.parse(part).get("show") not in {"0", "false"}]
        result.facts.pages = len(parts)
        for number, part in enumerate(parts, 1):
            add_slide(result, number, list(_blocks_of(package, part)), _notes_of(package, part))


def _blocks_of(package: Package, part: str) -> Iterator[Block]:
    slide = _Slide(package, package.relations(part))
    tree = package.parse(part).find("{*}cSld/{*}spTree")
    shapes = list(_shapes(tree)) if tree is not None else []
    # The title is read first, wherever it is.
    for shape in sorted(shapes, key=lambda each: _placeholder(each) not in _TITLES):
        yield from slide.blocks(shape)


def _notes_of(package: Package, part: str) -> list[str]:
    notes = package.related(part, "notesSlide")
    if notes is None:
        return []
    shapes = package.parse(notes).iter("{*}sp")
    texts = (_paragraphs(shape) for shape in shapes if _placeholder(shape) == "body")
    return [text for each in texts for _, text in each if text.strip()]


def _shapes(tree: Element) -> Iterator[Element]:
    for shape in tree:
        if local_name(shape) == "grpSp":
            yield from _shapes(shape)
        elif local_name(shape) in {"sp", "pic", "graphicFrame"}:
            yield shape
        elif local_name(shape) == "AlternateContent":
            choice = shape.find("{*}Choice")
            yield from _shapes(choice) if choice is not None else ()


def _placeholder(shape: Element) -> str | None:
    """Return a shape's placeholder type, "" for content; None if it is no placeholder."""
    found = next(shape.iter("{*}ph"), None)
    return None if found is None else found.get("type") or ""


def _paragraphs(shape: Element) -> Iterator[tuple[int, str]]:
    """Yield depth and text of the paragraphs in a shape."""
    return ((depth, text) for depth, text, _ in _marked_paragraphs(shape))


def _marked_paragraphs(shape: Element) -> Iterator[tuple[int, str, str]]:
    """Yield depth, text and HTML of the paragraphs in a shape."""
    for each in shape.iterfind("{*}txBody/{*}p"):
        properties = each.find("{*}pPr")
        level = properties.get("lvl") if properties is not None else None
        yield int(level) if level and level.isdecimal() else 0, *_inline(each)


def _text(element: Element) -> str:
    return _inline(element)[0]


def _inline(element: Element) -> tuple[str, str]:
    """Return the text and the HTML of what stands in a paragraph: words, breaks, formulas."""
    texts, html = [], []
    walk = etree.iterwalk(element, events=("start",))
    for _, each in walk:
        kind = local_name(each)
        if kind in {"oMath", "oMathPara", "Fallback"}:
            walk.skip_subtree()
        if kind in {"oMath", "oMathPara"}:
            text, inner = formula(each)
        elif kind in {"t", "br"}:
            text = "\n" if kind == "br" else from_font(each.text or "", _font(each))
            inner = escape(text).replace("\n", "<br>")
        else:
            continue
        texts.append(text)
        html.append(inner)
    return "".join(texts), "".join(html)


def _font(text: Element) -> str:
    run = text.getparent()
    found = run.find("{*}rPr/{*}latin") if run is not None else None
    return "" if found is None else found.get("typeface") or ""


class _Slide:
    def __init__(self, package: Package, relations: dict[str, Relation]) -> None:
        self._package = package
        self._relations = relations

    def blocks(self, shape: Element) -> Iterator[Block]:
        kind, place = local_name(shape), _placeholder(shape)
        if place in _DECORATION:
            return
        if kind == "pic":
            yield from self._picture(shape)
        elif kind == "graphicFrame":
            yield from self._frame(shape)
        elif place in _TITLES:
            text = " ".join(text.replace("\n", " ") for _, text in _paragraphs(shape)).strip()
            yield from [heading(text, 2)] if text else []
        else:
            yield from self._text_shape(shape, is_list=place in _BODIES)

    def _text_shape(self, shape: Element, *, is_list: bool) -> Iterator[Block]:
        for depth, text, html in _marked_paragraphs(shape):
            if text.strip() and is_list:
                yield list_item(text, html, depth=min(depth, _MOST_DEPTH) + 1)
            elif text.strip():
                yield paragraph(text, html)

    def _picture(self, shape: Element) -> Iterator[Block]:
        blip = next(shape.iter("{*}blip"), None)
        relation = self._relations.get(relation_id(blip, "embed")) if blip is not None else None
        about = next(shape.iter("{*}cNvPr"), None)
        description = (about.get("descr") or "") if about is not None else ""
        if relation and not relation.is_external and is_shown_picture(relation.target):
            yield Block(description, f"<p>{picture(relation.target, description)}</p>")

    def _frame(self, shape: Element) -> Iterator[Block]:
        for grid in shape.iter("{*}tbl"):
            rows = [[_cell(cell) for cell in row.iterfind("{*}tc")] for row in grid.iterfind("{*}tr")]
            yield table(rows, head=1)
        for diagram in shape.iter("{*}relIds"):
            relation = self._relations.get(relation_id(diagram, "dm"))
            if relation and relation.target in self._package:
                for point in self._package.parse(relation.target).iter("{*}pt"):
                    text = _text(point)
                    if text.strip():
                        yield list_item(text)


def _cell(cell: Element) -> str:
    return "\n".join(text for _, text in _paragraphs(cell))
