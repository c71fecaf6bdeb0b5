"""EPUB: the chapters in spine order, with links and pictures pointing inside the book."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from lxml import html as lxml_html

from oer.backends.extraction.archives import MOST_PARSED_BYTES, Archive, open_archive
from oer.backends.extraction.encodings import decode_text
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


@dataclass
class _Package:
    """The package document: its folder, the members and their types by id, and the reading order."""

    folder: str
    members: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    spine: list[str] = field(default_factory=list)
    cover: str = ""
    contents: str = ""


def read(path: Path, result: ExtractionResult) -> None:
    """Add every chapter as a page."""
    with open_archive(path) as archive:
        _refuse_encrypted(archive)
        book = _read_package(archive, result)
        titles = dict(_read_contents(archive, book))
        chapters = [name for name in book.spine if name in archive]
        numbers = {name: number for number, name in enumerate(chapters, 1)}
        result.facts.pages = len(chapters) or None
        _add_outline(result, titles, numbers)
        for name in chapters:
            _add_chapter(archive, result, name, titles.get(name, ""), numbers)
        if book.cover in archive:
            cover_from_bytes(archive.read(book.cover, MOST_PARSED_BYTES), result)


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
    book = _Package(posixpath.dirname(place))
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
    member = _inside(book.folder, element.get("href") or "")
    if member is None:
        return
    book.members[name] = member
    if "cover-image" in properties or name == named_cover:
        book.cover = member
    if "nav" in properties or element.get("media-type") == "application/x-dtbncx+xml":
        # The navigation document of EPUB 3 is preferred to the NCX of EPUB 2.
        book.contents = member if "nav" in properties or not book.contents else book.contents


def _read_contents(archive: Archive, book: _Package) -> Iterator[tuple[str, str]]:
    """Yield (member, title) for the table of contents in reverse, so that a dict keeps the first title of a member."""
    if book.contents not in archive:
        return
    content, folder = archive.read(book.contents, MOST_PARSED_BYTES), posixpath.dirname(book.contents)
    found: list[tuple[str, str]] = []
    if book.contents.endswith(".ncx"):
        for point in parse_xml(content).iter("{*}navPoint"):
            target = point.find("{*}content")
            found.append(
                ((target.get("src") or "") if target is not None else "", point.findtext("{*}navLabel/{*}text") or "")
            )
    else:
        for link in parse_html(decode_text(content)).iter("a"):
            found.append((link.get("href") or "", " ".join(html_to_text(link).split())))
    for address, title in reversed(found):
        member = _inside(folder, address)
        if member and title:
            yield member, title


def _add_outline(result: ExtractionResult, titles: dict[str, str], numbers: dict[str, int]) -> None:
    for name, number in numbers.items():
        result.add_outline_entry(titles.get(name, ""), 1, number)


def _add_chapter(archive: Archive, result: ExtractionResult, name: str, title: str, numbers: dict[str, int]) -> None:
    root = parse_html(decode_text(archive.read(name, MOST_PARSED_BYTES)))
    title = title or html_title(root)
    body, folder = html_body(root), posixpath.dirname(name)

    def picture_address(address: str) -> str | None:
        member = _inside(folder, address)
        return f"member:{member}" if member and member in archive else None

    def link_address(address: str) -> str | None:
        parts = split_url(address)
        if parts is None or parts.scheme in {"http", "https", "mailto"}:
            return address if parts else None
        place = numbers.get((_inside(folder, address) if parts.path else name) or "")
        if place is None:
            return None
        return f"page:{place}#{parts.fragment}" if parts.fragment else f"page:{place}"

    rewrite_attribute(body, "src", picture_address)
    rewrite_attribute(body, "href", link_address)
    html = "".join(lxml_html.tostring(child, encoding="unicode") for child in body)
    result.add_page(html_to_text(body), title, html)


def _inside(folder: str, address: str) -> str | None:
    """Return the member that a URL in a folder points to, None if it leads outside of the book."""
    parts = split_url(address)
    if parts is None or parts.scheme or parts.netloc or not parts.path:
        return None
    member = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
    return None if member.startswith(("../", "/")) or member == ".." else member
