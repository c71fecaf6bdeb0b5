"""What Office Open XML packages share (ECMA-376): parts, relationships, properties, thumbnail."""

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote

from oer.backends.extraction.archives import MOST_PARSED_BYTES, Archive, open_archive
from oer.backends.extraction.formats.image import cover_from_bytes
from oer.backends.extraction.markup import Element, local_name, parse_xml
from oer.backends.extraction.protocol import Damaged, Encrypted
from oer.backends.extraction.result import ExtractionResult
from oer.backends.extraction.zip_directory import ArchiveLimit

_OLE = b"\xd0\xcf\x11\xe0"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
REL_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"


@dataclass(frozen=True)
class Relation:
    """A relationship to another part or to the outside; `kind` is the last segment of its type."""

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
        """Return a stream of a part. Raises Damaged if there is none, ArchiveLimit if it is too large."""
        if part not in self._archive:
            raise Damaged(f"no part {part!r}")
        if self._archive[part].size > self._most:
            raise ArchiveLimit(f"{part!r} has more than {self._most} bytes")
        return cast(BinaryIO, self._archive.open(part))

    def parse(self, part: str) -> Element:
        """Return the root of a part that is parsed as a whole. Raises Damaged, ArchiveLimit."""
        if part not in self._archive:
            raise Damaged(f"no part {part!r}")
        return parse_xml(self._archive.read(part, MOST_PARSED_BYTES))

    def relations(self, part: str) -> dict[str, Relation]:
        """Return the relationships of a part by id; "" is the package itself."""
        folder, name = posixpath.split(part)
        listing = posixpath.join(folder, "_rels", f"{name}.rels")
        if listing not in self._archive:
            return {}
        return {each.get("Id") or "": _relation(each, folder) for each in self.parse(listing)}

    def related(self, part: str, kind: str) -> str | None:
        """Return the first related part of a kind, None if there is none."""
        found = (each for each in self.relations(part).values() if each.kind == kind and not each.is_external)
        return next((each.target for each in found if each.target in self), None)

    def main_part(self) -> str:
        """Return the name of the main document part. Raises Damaged."""
        found = self.related("", "officeDocument")
        if found is None:
            raise Damaged(f"no main part among {len(self._archive.entries)} members")
        return found

    def read_properties(self, result: ExtractionResult) -> None:
        """Set title, creator, cover and number of pages from the package's properties."""
        core = self.related("", "core-properties")
        if core:
            texts = {local_name(each): each.text for each in self.parse(core)}
            result.set_title(texts.get("title"))
            result.set_creator(texts.get("creator"))
        thumbnail = self.related("", "thumbnail")
        if thumbnail and self._archive[thumbnail].size < MOST_PARSED_BYTES:
            cover_from_bytes(self._archive.read(thumbnail, MOST_PARSED_BYTES), result)
        extended = self.related("", "extended-properties")
        if extended:
            counts = {local_name(each): each.text or "" for each in self.parse(extended)}
            count = counts.get("Pages") or counts.get("Slides") or ""
            result.facts.pages = int(count) if count.isdecimal() and int(count) > 0 else None


def _relation(element: Element, folder: str) -> Relation:
    kind, target = (element.get("Type") or "").rpartition("/")[2], element.get("Target") or ""
    if element.get("TargetMode") == "External":
        return Relation(kind, target, is_external=True)
    # A target that begins with a slash is relative to the package's root.
    inside = posixpath.normpath(posixpath.join("/" + folder, unquote(target))).lstrip("/")
    return Relation(kind, inside, is_external=False)


def relation_id(element: Element, name: str = "id") -> str:
    """Return the relationship id in an element's attribute r:`name`."""
    return element.get(REL + name) or element.get(REL_STRICT + name) or ""


@contextmanager
def open_package(path: Path, result: ExtractionResult) -> Iterator[Package]:
    """Yield an open package. Raises Encrypted if it is wrapped in a compound file, as password-protected ones are."""
    with path.open("rb") as file:
        if file.read(4) == _OLE:
            raise Encrypted("an encrypted package")
    with open_archive(path) as archive:
        yield Package(archive, result.limits.member_bytes)
