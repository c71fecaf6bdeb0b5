"""Headings, lists and bold words of a PDF page, from its tags (ISO 32000-1, 14.7)."""

import ctypes
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from html import escape
from typing import Any

from pypdfium2 import raw

from oer.backends.extraction.blocks import Block, heading, list_item, paragraph

_HEADING = re.compile(r"H([1-6])")
_LIST_SIGN = re.compile(r"\s*(?:[-–•▪◦●○■□✓➢*]|\uf0b7|\uf0a7)\s*")
_MOST_DEPTH = 60
_MOST_CHARACTERS = 30_000
_BOLD = 700
_NUMBER = re.compile(r"\(?\w{1,4}[.)]")


@dataclass
class _Part:
    """A paragraph-like element of the tree with the ids of its marked content, in order."""

    kind: str
    depth: int
    ids: list[int] = field(default_factory=list)


@dataclass
class _Marked:
    """The text of one marked content."""

    text: str = ""
    is_bold: bool = False


def tagged_blocks(page: Any) -> list[Block]:
    """Return the blocks of a page by its tags; none if it has no tags, or these leave out much of its text."""
    tree = raw.FPDF_StructTree_GetForPage(page)
    if not tree:
        return []
    try:
        parts: list[_Part] = []
        for place in range(min(raw.FPDF_StructTree_CountChildren(tree), 10_000)):
            _walk(raw.FPDF_StructTree_GetChildAtIndex(tree, place), parts, 0, 0)
    finally:
        raw.FPDF_StructTree_Close(tree)
    if not any(part.ids for part in parts):
        return []
    with closing(page.get_textpage()) as text_page:
        texts, total = _texts_by_id(text_page)
    blocks = [block for part in parts if (block := _block(part, texts))]
    # Tags that know less than the page are worse than none.
    return blocks if sum(len("".join(block.text.split())) for block in blocks) >= 0.8 * total else []


def _walk(element: Any, parts: list[_Part], lists: int, level: int) -> None:
    if not element or level > _MOST_DEPTH:
        return
    kind = _type_of(element)
    lists += kind == "L"
    if not parts or _HEADING.fullmatch(kind) or kind in {"P", "LI", "Caption", "TR", "Note", "H", "Title"}:
        is_within_item = bool(parts) and parts[-1].kind == "LI" and not parts[-1].ids and kind == "P"
        if not is_within_item:
            parts.append(_Part("LI" if kind == "LI" else kind, max(lists, 1)))
    for place in range(min(raw.FPDF_StructElement_CountChildren(element), 10_000)):
        child = raw.FPDF_StructElement_GetChildAtIndex(element, place)
        if child:
            _walk(child, parts, lists, level + 1)
            continue
        marked = raw.FPDF_StructElement_GetChildMarkedContentID(element, place)
        if marked >= 0:
            parts[-1].ids.append(marked)
    if _HEADING.fullmatch(kind):
        parts.append(
            _Part("P", max(lists, 1))
        )  # what comes next without a tag of its own, as figures do, is no heading


def _type_of(element: Any) -> str:
    size = raw.FPDF_StructElement_GetType(element, None, 0)
    buffer = ctypes.create_string_buffer(size)
    raw.FPDF_StructElement_GetType(element, buffer, size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def _texts_by_id(text_page: Any) -> tuple[dict[int, "_Marked"], int]:
    """Return the text of each marked content, and how many letters the page has in all."""
    texts, marked, total = dict[int, _Marked](), -1, 0
    known: dict[int, int] = {}
    for place, letter in enumerate(_letters(text_page)):
        found = raw.FPDFText_GetTextObject(text_page, place)
        address = ctypes.addressof(found.contents) if found else 0
        if address and address not in known:
            known[address] = raw.FPDFPageObj_GetMarkedContentID(found)
        marked = known.get(address, marked)
        if marked not in texts:
            texts[marked] = _Marked(is_bold=raw.FPDFText_GetFontWeight(text_page, place) >= _BOLD)
        total += not letter.isspace()
        texts[marked].text += letter
    return texts, total


def _letters(text_page: Any) -> Iterator[str]:
    for place in range(min(text_page.count_chars(), _MOST_CHARACTERS)):
        code = raw.FPDFText_GetUnicode(text_page, place)
        yield chr(code) if 0 < code < 0xD800 or (0xDFFF < code < 0x110000 and code != 0xFFFE) else ""


def _block(part: _Part, texts: dict[int, "_Marked"]) -> Block | None:
    marked = [texts[each] for each in part.ids if each in texts]
    text = " ".join("".join(each.text for each in marked).split())
    if not text:
        return None
    level = _HEADING.fullmatch(part.kind)
    if level or part.kind in {"H", "Title"}:
        return heading(text, int(level[1]) if level else 1)
    html = _html(marked)
    if part.kind != "LI":
        return paragraph(text, html)
    if _NUMBER.match(text):  # a numbered item keeps its number as it is printed
        return paragraph(text, html)
    sign = _LIST_SIGN.match(text)
    return list_item(text[sign.end() :] if sign else text, None if sign else html, depth=part.depth)


def _html(marked: list["_Marked"]) -> str:
    """Return what is marked, with bold words among others in <strong>."""
    is_mixed = len({each.is_bold for each in marked if each.text.strip()}) > 1
    parts = []
    for each in marked:
        text = escape(re.sub(r"\s+", " ", each.text))
        parts.append(f"<strong>{text}</strong>" if is_mixed and each.is_bold and text.strip() else text)
    return "".join(parts).strip()
