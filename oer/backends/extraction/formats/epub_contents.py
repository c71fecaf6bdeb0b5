"""The table of contents of a book, nested and with anchors: from its navigation document (EPUB 3) or NCX (EPUB 2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oer.backends.extraction.encodings import decode_text
from oer.backends.extraction.markup import Element, html_to_text, parse_html, parse_xml


@dataclass(frozen=True)
class BookEntry:
    """An entry; `address` is relative to the document that it stands in, `level` counts from 1."""

    title: str
    level: int
    address: str


def entries_of_ncx(content: bytes) -> list[BookEntry]:
    """Return the entries of an NCX in order."""
    return list(_with_addresses(_points(parse_xml(content))))


def _points(root: Element) -> Iterator[BookEntry]:
    for point in root.iter("{*}navPoint"):
        target = point.find("{*}content")
        level = 1 + sum(1 for _ in point.iterancestors("{*}navPoint"))
        title = " ".join((point.findtext("{*}navLabel/{*}text") or "").split())
        yield BookEntry(title, level, (target.get("src") or "") if target is not None else "")


def entries_of_nav(content: bytes) -> list[BookEntry]:
    """Return the entries of a navigation document's table of contents; landmarks and lists of pages are none."""
    root = parse_html(decode_text(content))
    return list(_with_addresses(_links(_contents_of(root))))


def _contents_of(root: Element) -> Element:
    navs = list(root.iter("nav"))
    return next((each for each in navs if "toc" in (each.get("epub:type") or "").split()), [*navs, root][0])


def _links(nav: Element) -> Iterator[BookEntry]:
    for each in nav.iter("a", "span"):
        parent = each.getparent()
        # A span in an item's place heads a group of entries without leading anywhere itself.
        if each.tag == "a" or (parent is not None and parent.tag == "li"):
            depth = sum(1 for _ in each.iterancestors("ol"))
            yield BookEntry(" ".join(html_to_text(each).split()), max(depth, 1), each.get("href") or "")


def _with_addresses(entries: Iterable[BookEntry]) -> Iterator[BookEntry]:
    """Yield entries, those that lead nowhere themselves leading to the first below them."""
    waiting: list[BookEntry] = []
    for entry in entries:
        if not entry.address:
            waiting.append(entry)
            continue
        for each in waiting:
            if each.level < entry.level:
                yield BookEntry(each.title, each.level, entry.address)
        waiting.clear()
        yield entry
