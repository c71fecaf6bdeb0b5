"""XML and HTML from untrusted files: parsed without entities or network access; HTML becomes text and blocks."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO
from urllib.parse import SplitResult, urlsplit

from lxml import etree
from lxml import html as lxml_html

from oer.backends.extraction.blocks import Block, paragraph
from oer.backends.extraction.formulas import finish_formulas, math_text
from oer.backends.extraction.html_structure import finish_structure, list_kinds
from oer.backends.extraction.protocol import Damaged, LimitReached

Element = etree._Element
_PAST_LIMITS = ("XML_PARSE_HUGE", "entity", "Excessive depth", "too long", "Resource limit")


def iter_outermost(stream: BinaryIO, tags: tuple[str, ...]) -> Iterator[Element]:
    """Yield the outermost elements with one of these tags, each complete, and free its memory afterwards.

    Raises LimitReached if the document declares entities (the formats that we read have none) or is nested too deeply,
    Damaged if it is not well-formed.
    """
    depth = 0
    with parser_errors():
        for event, element in etree.iterparse(
            stream, events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False
        ):
            if depth == 0 and event == "start":
                _refuse_entities(element)
            depth += 1 if event == "start" else -1
            if depth == 0:
                yield element
                _forget(element)


def parse_xml(content: bytes) -> Element:
    """Return the root of a small document. Raises like `iter_outermost`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    with parser_errors():
        root = etree.parse(io.BytesIO(content), parser).getroot()
    _refuse_entities(root)
    return root


@contextmanager
def parser_errors() -> Iterator[None]:
    """Translate the parser's errors into ours."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        kind = LimitReached if any(words in str(error) for words in _PAST_LIMITS) else Damaged
        raise kind(str(error)) from error


def _refuse_entities(element: Element) -> None:
    declared: Any = element.getroottree().docinfo.internalDTD
    if declared is not None and next(iter(declared.iterentities()), None) is not None:
        raise LimitReached("the document declares entities")


def _forget(element: Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local_name(element: Element) -> str:
    """Return an element's name without namespace; "" for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


_NEVER_READ = ("script", "style", "template", "noscript", "iframe", "object", "embed", "head", "svg")
_OWN_LINE_TAGS = """
address article aside blockquote br caption dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5
h6 header hr li main nav ol p pre section summary table tbody tfoot thead title tr ul
"""
_OWN_LINE = frozenset(_OWN_LINE_TAGS.split())
_WRAPPERS = frozenset({"div", "main", "article", "section", "body", "form", "center"})
_BLANKS = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n\s*\n")


def parse_html(text: str) -> Element:
    """Parse an HTML page, repairing what is malformed. Raises Damaged if nothing is left."""
    # The parser refuses an XML declaration in text that is already decoded.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        parser = lxml_html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
        root: Element = lxml_html.document_fromstring(text or "<p></p>", parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise Damaged(str(error)) from error
    return root


def html_title(root: Element) -> str:
    """Return the title of a page, "" if it has none."""
    found = root.find(".//title")
    return _BLANKS.sub(" ", "".join(map(str, found.itertext()))).strip() if found is not None else ""


def html_body(root: Element) -> Element:
    """Return the body of a page without scripts, styles, frames and drawings."""
    body = root.find(".//body")
    body = root if body is None else body
    kinds = list_kinds(root)
    etree.strip_elements(body, *_NEVER_READ, with_tail=False)
    finish_formulas(body)
    finish_structure(body, kinds)
    return body


def html_to_text(element: Element) -> str:
    """Return the text of an element: one line per block, tabs between cells, pictures by their alternative text."""
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, each in walk:
        if event == "start" and each.tag == "math":
            parts.append(each.get("alttext") or math_text(each))
            walk.skip_subtree()
        elif event == "start":
            parts.append(_before(each))
        elif each.tag in _OWN_LINE and each.tag != "br":
            parts.append("\n")
        if event == "end" and each is not element and each.tail:
            parts.append(_BLANKS.sub(" ", each.tail))
    return _BLANK_LINES.sub("\n", "".join(parts))


def _before(element: Element) -> str:
    text = element.text or ""
    if element.tag != "pre":
        text = _BLANKS.sub(" ", text)
    if element.tag == "img":
        return f" {element.get('alt') or ''} "
    if element.tag in {"td", "th"}:
        return "\t" + text
    return ("\n" if element.tag in _OWN_LINE else "") + text


def html_to_blocks(body: Element) -> Iterator[Block]:
    """Yield the blocks of a page, descending into elements that only wrap others."""
    container = body
    while len(container) == 1 and container[0].tag in _WRAPPERS and not (container.text or "").strip():
        container = container[0]
    yield from _parts_of(container)


def _parts_of(container: Element) -> Iterator[Block]:
    if (container.text or "").strip():
        yield paragraph((container.text or "").strip())
    for child in container:
        if child.tag in _WRAPPERS and any(each.tag in _OWN_LINE for each in child):
            yield from _parts_of(child)
        else:
            yield _block(child)


def _block(element: Element) -> Block:
    level = int(element.tag[1]) if re.fullmatch("h[1-6]", str(element.tag)) else 0
    html = lxml_html.tostring(element, encoding="unicode", with_tail=True)
    text = f"{html_to_text(element).strip()} {(element.tail or '').strip()}".strip()
    return Block(text, html, level=level)


def rewrite_attribute(body: Element, attribute: str, change: Callable[[str], str | None]) -> None:
    """Replace every value of an attribute by `change(value)`; None removes the attribute."""
    for element in body.iter():
        value = element.get(attribute)
        if value is not None:
            changed = change(value)
            if changed is None:
                del element.attrib[attribute]
            else:
                element.set(attribute, changed)


def split_url(address: str) -> SplitResult | None:
    """Split a URL, None if it is not valid."""
    try:
        return urlsplit(address)
    except ValueError:
        return None
