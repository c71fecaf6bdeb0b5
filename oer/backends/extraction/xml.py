"""XML from strangers: no entity is resolved, nothing is fetched, and memory does not grow with the document."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from lxml import etree

from oer.backends.extraction.protocol import Damaged, LimitReached

Element = etree._Element
_PAST_LIMITS = ("XML_PARSE_HUGE", "entity", "Excessive depth", "too long", "Resource limit")


def outermost(stream: BinaryIO, tags: tuple[str, ...]) -> Iterator[Element]:
    """Give the elements with one of these tags that stand in no other of them, each whole, and forget them after.

    Raises LimitReached where the document declares entities (the formats read here have none) or is nested too deep,
    Damaged where it is not well-formed.
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


def parse(content: bytes) -> Element:
    """Return the root of a small document. Raises as `outermost` does."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    with parser_errors():
        root = etree.parse(io.BytesIO(content), parser).getroot()
    _refuse_entities(root)
    return root


@contextmanager
def parser_errors() -> Iterator[None]:
    """Turn the parser's errors into ours."""
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
    """Return an element's name without its namespace; "" for a comment or the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
