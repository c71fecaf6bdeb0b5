"""EPUB: the chapters in spine order, with links and pictures pointing inside the book."""

import posixpath
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from lxml import etree
from lxml import html as lxml_html

from oer.backends.extraction.archives import MOST_PARSED_BYTES, Archive, open_archive
from oer.backends.extraction.encodings import decode_text
from oer.backends.extraction.formats.epub_contents import BookEntry, entries_of_nav, entries_of_ncx
from oer.backends.extraction.formats.image import cover_from_bytes
from oer.backends.extraction.markup import (
    Element,
    html_body,
    html_title,
    html_to_text,
    parse_html,
    parse_xml,
    rewrite_attribute,
    split_url,
)
from oer.backends.extraction.protocol import Damaged, Encrypted
from oer.backends.extraction.result import ExtractionResult

_CONTAINER = "META-INF/container.xml"
# Obfuscated fonts are no obstacle (OCF 3.3, 4.4); anything else that is encrypted needs a key that we don't have.
_OBFUSCATED_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


# What a page loses when it is shown is not kept (`oer.reading.sanitising`), but for where a link leads to.
_LOST_ATTRIBUTES = ("style", "role", "epub:", "data-", "aria-", "xmlns", "on")
_KEPT_CLASSES = frozenset({"figure", "root"})
_LOST_ELEMENTS = {
    **dict.fromkeys(("article", "header", "footer", "main", "nav", "hgroup", "center"), "div"),
    **dict.fromkeys(("font", "big", "tt"), "span"),
}


# A page of fewer links, or of less text in links, says something of its own.
_FEWEST_ENTRIES, _LINKED_SHARE = 2, 0.7


@dataclass
class _Package:
    """The package document: its folder, the members by id, and the reading order; `names` are as the ZIP has them."""

    folder: str
    names: dict[str, str]
    members: dict[str, str] = field(default_factory=dict)
    spine: list[str] = field(default_factory=list)
    cover: str = ""
    nav: str = ""
    ncx: str = ""

    def find(self, folder: str, address: str) -> str | None:
        """Return the member that a URL in a folder points to, None if there is none.

        A name may be composed in the text and decomposed in the ZIP, as Macs write it.
        """
        member = _inside(folder, address)
        return self.names.get(unicodedata.normalize("NFC", member)) if member else None


@dataclass(frozen=True)
class _Place:
    """An entry of the table of contents with the member and the anchor that it leads to."""

    entry: BookEntry
    member: str
    anchor: str


def read(path: Path, result: ExtractionResult) -> None:
    """Add every chapter as a page."""
    with open_archive(path) as archive:
        _refuse_encrypted(archive)
        book = _read_package(archive, result)
        numbers = {name: number for number, name in reversed(list(enumerate(book.spine, 1)))}
        places = [each for each in _read_contents(archive, book) if each.member in numbers]
        result.facts.pages = len(book.spine) or None
        for each in places:
            result.add_outline_entry(each.entry.title, each.entry.level, numbers[each.member], each.anchor)
        for member in {book.cover} - {""}:
            cover_from_bytes(archive.read(member, MOST_PARSED_BYTES), result)
        for name in book.spine:
            _add_chapter(archive, result, book, name, _title_of(name, places), numbers)


def _title_of(member: str, places: list[_Place]) -> str:
    """Return the title of a chapter: that of its topmost entry; "" if it has several, being several chapters."""
    here = [each for each in places if each.member == member]
    whole = [each for each in here if not each.anchor]
    top = min((each.entry.level for each in here), default=0)
    topmost = whole or [each for each in here if each.entry.level == top]
    return topmost[0].entry.title if whole or len(topmost) == 1 else ""


def _refuse_encrypted(archive: Archive) -> None:
    if "META-INF/encryption.xml" not in archive:
        return
    root = parse_xml(archive.read("META-INF/encryption.xml", MOST_PARSED_BYTES))
    for method in root.iter("{*}EncryptionMethod"):
        if method.get("Algorithm") not in _OBFUSCATED_FONTS:
            raise Encrypted(str(method.get("Algorithm")))


def _read_package(archive: Archive, result: ExtractionResult) -> _Package:
    if _CONTAINER not in archive:
        raise Damaged(f"no member {_CONTAINER}")
    rootfile = parse_xml(archive.read(_CONTAINER, MOST_PARSED_BYTES)).find(".//{*}rootfile")
    place = (rootfile.get("full-path") or "") if rootfile is not None else ""
    if place not in archive:
        raise Damaged(f"no package document {place!r}")
    root = parse_xml(archive.read(place, MOST_PARSED_BYTES))
    names = {unicodedata.normalize("NFC", each.name): each.name for each in archive.entries}
    book = _Package(posixpath.dirname(place), names)
    result.set_title(root.findtext(".//{*}metadata/{*}title"))
    result.set_creator(root.findtext(".//{*}metadata/{*}creator"))
    named_cover = next((each.get("content") for each in root.iter("{*}meta") if each.get("name") == "cover"), None)
    for each in root.iterfind(".//{*}manifest/{*}item"):
        _add_member(book, each, named_cover)
    for each in root.iterfind(".//{*}spine/{*}itemref"):
        member = book.members.get(each.get("idref") or "")
        if member:
            book.spine.append(member)
    return book


def _add_member(book: _Package, element: Element, named_cover: str | None) -> None:
    name, properties = element.get("id") or "", (element.get("properties") or "").split()
    member = book.find(book.folder, element.get("href") or "")
    if member is None:
        return
    book.members[name] = member
    if "cover-image" in properties or name == named_cover:
        book.cover = member
    if "nav" in properties:
        book.nav = member
    elif element.get("media-type") == "application/x-dtbncx+xml":
        book.ncx = member


def _read_contents(archive: Archive, book: _Package) -> list[_Place]:
    """Return the table of contents. The navigation document of EPUB 3 is preferred to the NCX of EPUB 2."""
    for member, entries_of in ((book.nav, entries_of_nav), (book.ncx, entries_of_ncx)):
        entries = entries_of(archive.read(member, MOST_PARSED_BYTES)) if member else []
        places = [place for entry in entries if (place := _place_of(entry, book, posixpath.dirname(member)))]
        if places:
            return places
    return []


def _place_of(entry: BookEntry, book: _Package, folder: str) -> _Place | None:
    member, parts = book.find(folder, entry.address), split_url(entry.address)
    return _Place(entry, member, _anchor(parts.fragment)) if member and parts and entry.title else None


def _anchor(fragment: str) -> str:
    return unicodedata.normalize("NFC", unquote(fragment))


def _add_chapter(
    archive: Archive, result: ExtractionResult, book: _Package, name: str, title: str, numbers: dict[str, int]
) -> None:
    root = parse_html(decode_text(archive.read(name, MOST_PARSED_BYTES)))
    title = title or html_title(root)
    _show_drawn_pictures(root)
    body, folder = html_body(root), posixpath.dirname(name)

    def picture_address(address: str) -> str | None:
        member = book.find(folder, address)
        return f"member:{quote(member)}" if member else None

    def link_address(address: str) -> str | None:
        parts = split_url(address)
        if parts is None or parts.scheme in {"http", "https", "mailto"}:
            return address if parts else None
        place = numbers.get((book.find(folder, address) if parts.path else name) or "")
        if place is None:
            return None
        return f"page:{place}#{_anchor(parts.fragment)}" if parts.fragment else f"page:{place}"

    rewrite_attribute(body, "src", picture_address)
    rewrite_attribute(body, "href", link_address)
    _keep_what_is_shown(body)
    html = "".join(lxml_html.tostring(child, encoding="unicode") for child in body)
    result.add_page("" if _is_navigation(body) else html_to_text(body), title, html)


def _is_navigation(body: Element) -> bool:
    """Whether a page is a table of contents: it is shown, but what it names is found where that is said.

    The navigation document may be in the reading order, and books of before EPUB 3 have a page of links there.
    """
    links = [each for each in body.iter("a") if (each.get("href") or "").startswith("page:")]
    linked, whole = sum(map(_letters, links)), _letters(body)
    return len(links) >= _FEWEST_ENTRIES and linked >= _LINKED_SHARE * whole


def _letters(element: Element) -> int:
    return len("".join(html_to_text(element).split()))


def _show_drawn_pictures(root: Element) -> None:
    """Put an <img> in the place of each drawing that only holds pictures, as many books have for their cover."""
    for drawing in list(root.iter("svg")):
        pictures = [each.get("xlink:href") or each.get("href") or "" for each in drawing.iter("image")]
        parent = drawing.getparent()
        if not any(pictures) or parent is None:
            continue
        label = " ".join((drawing.findtext("title") or drawing.get("aria-label") or "").split())
        shown = etree.Element("span")
        for address in filter(None, pictures):
            etree.SubElement(shown, "img", src=address, alt=label)
        shown.tail = drawing.tail
        parent.replace(drawing, shown)


def _keep_what_is_shown(body: Element) -> None:
    for element in body.iter():
        if element.tag == "a" and element.get("name") and not element.get("id"):
            element.set("id", element.get("name") or "")
        if element.get("id"):
            element.tag = _LOST_ELEMENTS.get(str(element.tag), element.tag)
        for attribute in list(element.attrib):
            is_lost = str(attribute).startswith(_LOST_ATTRIBUTES)
            if is_lost or (attribute == "class" and element.get("class") not in _KEPT_CLASSES):
                del element.attrib[attribute]


def _inside(folder: str, address: str) -> str | None:
    """Return the member that a URL in a folder points to, None if it leads outside of the book."""
    parts = split_url(address)
    if parts is None or parts.scheme or parts.netloc or not parts.path:
        return None
    member = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
    return None if member.startswith(("../", "/")) or member == ".." else member
