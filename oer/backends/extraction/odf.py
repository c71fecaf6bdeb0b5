"""What OpenDocument files share (OASIS ODF 1.3): where the content lies, what they say of themselves, text in line."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import BinaryIO, cast

from oer.backends.extraction.archives import Archive, open_archive
from oer.backends.extraction.findings import Findings
from oer.backends.extraction.flow import Block, heading, item, paragraph, picture, table
from oer.backends.extraction.pictures import cover_from_bytes
from oer.backends.extraction.protocol import Damaged, Encrypted, LimitReached
from oer.backends.extraction.vietnamese import from_font
from oer.backends.extraction.xml import Element, local_name, parse

_SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
TEXT, TABLE, DRAW, STYLE = (f"{{{_SPACE}{name}:1.0}}" for name in ("text", "table", "drawing", "style"))
_SVG, _FO = f"{{{_SPACE}svg-compatible:1.0}}", f"{{{_SPACE}xsl-fo-compatible:1.0}}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_THUMBNAIL = "Thumbnails/thumbnail.png"
_SMALL_PART = 16 * 1024**2
_MOST_SPACES = 200
_MOST_DEPTH = 8
_MOST_CELLS = 100
_SKIPPED = frozenset(
    {"annotation", "annotation-end", "tracked-changes", "ruby-text", "sender-firstname", "desc", "title"}
)
_PICTURE_TYPES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


@contextmanager
def open_document(path: Path, findings: Findings) -> Iterator[Archive]:
    """Give the archive of a document, its title, creator and cover noted. Raises Encrypted, Damaged."""
    with open_archive(path) as archive:
        if "META-INF/manifest.xml" in archive:
            manifest = parse(archive.read("META-INF/manifest.xml", _SMALL_PART))
            if any(local_name(each) == "encryption-data" for each in manifest.iter("{*}encryption-data")):
                raise Encrypted("the manifest says so")
        if "meta.xml" in archive:
            _note_properties(parse(archive.read("meta.xml", _SMALL_PART)), findings)
        if _THUMBNAIL in archive and archive[_THUMBNAIL].size < _SMALL_PART:
            cover_from_bytes(archive.read(_THUMBNAIL, _SMALL_PART), findings)
        yield archive


def _note_properties(root: Element, findings: Findings) -> None:
    findings.title(root.findtext(".//{*}title"))
    findings.creator(root.findtext(".//{*}initial-creator") or root.findtext(".//{*}creator"))
    for statistic in root.iter("{*}document-statistic"):
        count = next((value for name, value in statistic.attrib.items() if str(name).endswith("}page-count")), "")
        findings.facts.pages = int(count) if str(count).isdecimal() else None


def open_content(archive: Archive, most: int) -> BinaryIO:
    """Return a stream of the content. Raises Damaged, LimitReached."""
    if "content.xml" not in archive:
        raise Damaged(f"no content among {len(archive.entries)} members")
    if archive["content.xml"].size > most:
        raise LimitReached(f"content of {archive['content.xml'].size} bytes")
    return cast(BinaryIO, archive.open("content.xml"))


@dataclass(frozen=True)
class _Look:
    font: str = ""
    is_bold: bool = False
    is_italic: bool = False


class OdfReader:
    """Turns elements of the content into blocks; to be shown every style before what uses it."""

    def __init__(self) -> None:
        self._looks: dict[str, _Look] = {}
        self._ordered: set[str] = set()

    def learn(self, style: Element) -> None:
        """Note what a style:style or a text:list-style means."""
        name = style.get(f"{STYLE}name") or ""
        if local_name(style) == "list-style":
            if next(iter(style), None) is not None and local_name(style[0]) == "list-level-style-number":
                self._ordered.add(name)
            return
        for look in style.iterfind("{*}text-properties"):
            bold, italic = look.get(f"{_FO}font-weight") == "bold", look.get(f"{_FO}font-style") == "italic"
            self._looks[name] = _Look(look.get(f"{STYLE}font-name") or "", bold, italic)

    def blocks(self, element: Element, depth: int = 0, *, ordered: bool = False) -> Iterator[Block]:
        """Give the blocks of a heading, paragraph, list, table or frame."""
        kind = local_name(element)
        if kind == "list":
            yield from self._list(element, depth + 1)
        elif kind == "table":
            yield self._table(element)
        elif kind in {"h", "p"}:
            text, html = self._styled(element, "")
            if text.strip() or "<img" in html:
                yield self._paragraph(element, text.strip(), html, depth, ordered=ordered)
        elif kind not in _SKIPPED:
            for child in element:
                yield from self.blocks(child, depth, ordered=ordered)

    def _paragraph(self, element: Element, text: str, html: str, depth: int, *, ordered: bool) -> Block:
        if local_name(element) == "h" and text:
            level = element.get(f"{TEXT}outline-level") or "1"
            return heading(text, int(level) if level.isdecimal() else 1, html)
        return item(text, html, depth=depth, ordered=ordered) if depth else paragraph(text, html)

    def _list(self, element: Element, depth: int) -> Iterator[Block]:
        ordered = (element.get(f"{TEXT}style-name") or "") in self._ordered
        for entry in element:
            for child in entry:
                yield from self.blocks(child, min(depth, _MOST_DEPTH), ordered=ordered)

    def _table(self, element: Element) -> Block:
        return table([self.cells(row) for row in element.iter(f"{TABLE}table-row")])

    def cells(self, row: Element) -> list[str]:
        """Return the texts of a row's cells."""
        cells: list[str] = []
        for cell in row:
            if local_name(cell) not in {"table-cell", "covered-table-cell"}:
                continue
            text = "\n".join(block.text for child in cell for block in self.blocks(child))
            times = cell.get(f"{TABLE}number-columns-repeated") or "1"
            cells += [text] * min(int(times) if times.isdecimal() else 1, _MOST_CELLS - len(cells))
        return cells

    def _styled(self, element: Element, font: str) -> tuple[str, str]:
        look = self._looks.get(element.get(f"{TEXT}style-name") or "", _Look())
        text, html = self._inline(element, look.font or font)
        if local_name(element) == "span" and text.strip():
            html = f"<strong>{html}</strong>" if look.is_bold else html
            html = f"<em>{html}</em>" if look.is_italic else html
        return text, html

    def _inline(self, element: Element, font: str) -> tuple[str, str]:
        own = from_font(element.text or "", font)
        texts, html = [own], [escape(own)]
        for child in element:
            text, inner = self._inline_child(child, font)
            tail = from_font(child.tail or "", font)
            texts += [text, tail]
            html += [inner, escape(tail)]
        return "".join(texts), "".join(html)

    def _inline_child(self, child: Element, font: str) -> tuple[str, str]:
        kind = local_name(child)
        if kind in _SKIPPED or not kind:
            return "", ""
        if kind in {"s", "tab"}:
            count = child.get(f"{TEXT}c") or "1"
            return " " * min(int(count) if count.isdecimal() else 1, _MOST_SPACES), " "
        if kind == "line-break":
            return "\n", "<br>"
        if kind == "a":
            text, html = self._styled(child, font)
            return text, f'<a href="{escape(child.get(_LINK) or "")}">{html}</a>'
        if kind == "frame":
            return self._frame(child)
        return self._note(child) if kind == "note" else self._styled(child, font)

    def _note(self, note: Element) -> tuple[str, str]:
        body = note.find("{*}note-body")
        text = " ".join(block.text for block in self.blocks(body)) if body is not None else ""
        return f" ({text})", f" ({escape(text)})"

    def _frame(self, frame: Element) -> tuple[str, str]:
        shown = self.frame_picture(frame)
        if shown:
            return shown.text, shown.html
        blocks = list(self.blocks(frame))
        return "\n" + "\n".join(block.text for block in blocks), "<br>".join(escape(block.text) for block in blocks)

    def frame_picture(self, frame: Element) -> Block | None:
        """Return the picture in a frame, its html for within a paragraph; None if it holds something else."""
        image = frame.find(f"{DRAW}image")
        member = (image.get(_LINK) or "").removeprefix("./") if image is not None else ""
        if not member.lower().endswith(_PICTURE_TYPES) or frame.find(f"{DRAW}text-box") is not None:
            return None
        description = frame.findtext(f"{_SVG}desc") or frame.findtext(f"{_SVG}title") or ""
        return Block(f" {description} ", picture(member, description))
