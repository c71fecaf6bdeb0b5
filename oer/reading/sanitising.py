"""Sanitises HTML from uploaded files by an allow-list.

This happens when a page is rendered, not when its text is extracted, so a change of the list applies at once. What is
left cannot run, cannot load anything from elsewhere, and cannot look like a control of ours.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

import nh3

_BLOCKS = "aside p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre hr div section figure figcaption"
_WORDS = "a abbr b bdi bdo br cite code del dfn em i ins kbd mark q s samp small span strong sub sup u var wbr"
_RUBY = "ruby rp rt"
_TABLES = "table caption colgroup col thead tbody tfoot tr th td"
# MathML Core, without what links, runs or holds HTML (maction, annotation-xml).
_FORMULAS = """
math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts mprescripts
none mtable mtr mtd mpadded mphantom mstyle merror menclose mfenced semantics
"""
TAGS = frozenset(f"{_BLOCKS} {_WORDS} {_RUBY} {_TABLES} {_FORMULAS} img".split())
_FORMULA_ATTRIBUTES = {
    "math": {"display", "alttext"},
    "mi": {"mathvariant"},
    "mrow": {"class"},
    "mo": {"stretchy", "fence", "form", "separator", "largeop", "movablelimits", "minsize", "maxsize"},
    "mspace": {"width"},
    "mfrac": {"linethickness"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtd": {"columnspan", "rowspan"},
    "menclose": {"notation"},
    "mfenced": {"open", "close", "separators"},
}
ATTRIBUTES = {
    "*": {"id", "lang", "dir", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan", "class"},
    "col": {"span"},
    "colgroup": {"span"},
    **_FORMULA_ATTRIBUTES,
}
# Removed together with their content, which is not meant for readers.
_UNREAD = {"script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "head", "title"}
ID_PREFIX = "in-"
_FORMULA_VALUE = re.compile(r"[\w .%+-]{1,40}")
_SAID = frozenset({"alttext", "open", "close", "separators"})
_CHOICES = {
    "class": {"figure", "root"},
    "type": {"1", "a", "A", "i", "I"},
    "scope": {"col", "row", "colgroup", "rowgroup"},
}
_NUMBERS = frozenset({"width", "height", "colspan", "rowspan", "span", "start", "value"})
_WITHOUT_SOURCE = re.compile(r'<img(?![^>]* src=)(?:[^>"]|"[^"]*")*>')
_ALT = re.compile(r' alt="([^"]*)"')
_HEADING = re.compile(r"<(/?)h([1-6])(?=[ >])")
_TABLE = re.compile(r"<(/?)table(?:>| (?:[^>\"]|\"[^\"]*\")*>)")
_INSIDE = re.compile(r"page:(\d{1,6})(?:#(.{1,200}))?")


@dataclass(frozen=True)
class Addresses:
    """Functions that return the URL of a page of the document, and of a picture in its file ("": it is not shown)."""

    page: Callable[[int, str], str]
    member: Callable[[str], str]


def clean_html(html: str, addresses: Addresses) -> str:
    """Return the HTML of a document's page, safe to be part of one of our pages, below its heading.

    `page:NUMBER#ID` and `member:NAME` (see `extraction.protocol.Page`) become addresses of this site. Other
    pictures are replaced by their description. Other links are kept if they are http, https or mailto.
    """
    cleaned = nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=_UNREAD,
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=lambda tag, name, value: _attribute(tag, name, value, addresses),
        url_schemes={"http", "https", "mailto", "page", "member"},
        link_rel="nofollow noopener noreferrer",
    )
    cleaned = _WITHOUT_SOURCE.sub(_description, cleaned)
    # nh3 passes on only what was in the file, so `loading` cannot be there yet.
    return _wrap_tables(_renumber_headings(cleaned)).replace("<img ", '<img loading="lazy" ')


def _renumber_headings(html: str) -> str:
    """Renumber the headings to begin at level 2, below our own h1, without skipping a level."""
    levels = [int(found[2]) for found in _HEADING.finditer(html) if not found[1]]
    shift, now = 2 - min(levels, default=2), 1

    def level(found: re.Match[str]) -> str:
        nonlocal now
        if not found[1]:
            now = min(int(found[2]) + shift, now + 1, 6)
        return f"<{found[1]}h{now}"

    return _HEADING.sub(level, html)


def _wrap_tables(html: str) -> str:
    """Wrap each outermost table in a box in which wide tables scroll; the keyboard must be able to reach it."""
    depth = 0

    def box(found: re.Match[str]) -> str:
        nonlocal depth
        depth += -1 if found[1] else 1
        if not found[1] and depth == 1:
            return f'<div class="table" tabindex="0">{found[0]}'
        return f"{found[0]}</div>" if found[1] and depth == 0 else found[0]

    return _TABLE.sub(box, html)


def _attribute(tag: str, name: str, value: str, addresses: Addresses) -> str | None:
    if name == "id":
        return ID_PREFIX + value
    if not _is_allowed(tag, name, value):
        return None
    if name == "src":
        kind, _, member = value.partition(":")
        return (addresses.member(unquote(member)) or None) if kind == "member" and member else None
    if tag == "a" and name == "href":
        return _link(value, addresses)
    return value


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name in _FORMULA_ATTRIBUTES.get(tag, ()) and name not in _SAID:
        return _FORMULA_VALUE.fullmatch(value) is not None
    return name not in _NUMBERS or (value.isascii() and value.isdigit() and len(value) < 5)


def _link(value: str, addresses: Addresses) -> str | None:
    inside = _INSIDE.fullmatch(value)
    if inside:
        return addresses.page(int(inside[1]), ID_PREFIX + inside[2] if inside[2] else "")
    if value.startswith("#") and len(value) > 1:
        return f"#{ID_PREFIX}{value[1:]}"
    return value if value.partition(":")[0].lower() in {"http", "https", "mailto"} else None


def _description(found: re.Match[str]) -> str:
    alt = _ALT.search(found[0])
    return f"<em>[{alt[1]}]</em>" if alt and alt[1].strip() else ""
