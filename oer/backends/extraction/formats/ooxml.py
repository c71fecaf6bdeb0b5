"""What Office Open XML packages share (ECMA-376): parts, relationships, properties, thumbnail."""

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote

from oer.backends.extraction.archives import Archive, open_archive
from oer.backends.extraction.formats.image import cover_from_bytes
from oer.backends.extraction.markup import Element, local_name, parse_xml
from oer.backends.extraction.protocol import Damaged, Encrypted
from oer.backends.extraction.result import ExtractionResult

_OLE = b"\xd0\xcf\x11\xe0"
_SMALL_PART = 16 * 1024**2
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
REL_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"


@dataclass(frozen=True)
class Relation:
    """How a part points at another part, or outside: `kind` is the last word of its type."""

    kind: str
    target: str
    is_external: bool


class Package:
    """An open package."""

    def __init__(self, archive: Archive, most: int) -> None:
        self._archive = archive
        self._most = most

    def __contains__(self, part: str) -> bool:
        return part in self._archive

    def open(self, part: str) -> BinaryIO:
        """Return a stream of a part. Raises Damaged where there is none."""
        if part not in self._archive:
            raise Damaged(f"no part {part!r}")
        if self._archive[part].size > self._most:
            self._archive.read(part, self._most)  # says so
        return cast(BinaryIO, self._archive.open(part))

    def parse(self, part: str) -> Element:
        """Return the root of a small part."""
        if part not in self._archive:
            raise Damaged(f"no part {part!r}")
        return parse_xml(self._archive.read(part, _SMALL_PART))

    def relations(self, part: str) -> dict[str, Relation]:
        """Return what a part points at, by id; "" is the package itself."""
        folder, name = posixpath.split(part)
        listing = posixpath.join(folder, "_rels", f"{name}.rels")
        if listing not in self._archive:
            return {}
        return {each.get("Id") or "": _relation(each, folder) for each in self.parse(listing)}

    def related(self, part: str, kind: str) -> str | None:
        """Return the first part of a kind that a part points at."""
        found = (each for each in self.relations(part).values() if each.kind == kind and not each.is_external)
        return next((each.target for each in found if each.target in self), None)

    def main_part(self) -> str:
        """Return the name of the part that is the document. Raises Damaged."""
        found = self.related("", "officeDocument")
        if found is None:
            raise Damaged(f"no main part among {len(self._archive.entries)} members")
        return found

    def note_properties(self, result: ExtractionResult) -> None:
        """Note title, creator, cover and number of pages as the package says them."""
        core = self.related("", "core-properties")
        if core:
            texts = {local_name(each): each.text for each in self.parse(core)}
            result.set_title(texts.get("title"))
            result.set_creator(texts.get("creator"))
        thumbnail = self.related("", "thumbnail")
        if thumbnail and self._archive[thumbnail].size < _SMALL_PART:
            cover_from_bytes(self._archive.read(thumbnail, _SMALL_PART), result)
        extended = self.related("", "extended-properties")
        if extended:
            counts = {local_name(each): each.text or "" for each in self.parse(extended)}
            count = counts.get("Pages") or counts.get("Slides") or ""
            result.facts.pages = int(count) if count.isdecimal() and int(count) > 0 else None


def _relation(element: Element, folder: str) -> Relation:
    kind, target = (element.get("Type") or "").rpartition("/")[2], element.get("Target") or ""
    if element.get("TargetMode") == "External":
        return Relation(kind, target, is_external=True)
    # A name that begins with a slash counts from the package's root.
    inside = posixpath.normpath(posixpath.join("/" + folder, unquote(target))).lstrip("/")
    return Relation(kind, inside, is_external=False)


def relation_id(element: Element, name: str = "id") -> str:
    """Return the id of the relation that an element names in its attribute r:`name`."""
    return element.get(REL + name) or element.get(REL_STRICT + name) or ""


@contextmanager
def open_package(path: Path, result: ExtractionResult) -> Iterator[Package]:
    """Give a package open. Raises Encrypted where it is wrapped in a compound file, as Office does with a password."""
    with path.open("rb") as file:
        if file.read(4) == _OLE:
            raise Encrypted("an encrypted package")
    with open_archive(path) as archive:
        yield Package(archive, result.limits.member_bytes)
