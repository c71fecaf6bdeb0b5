"""What the database says of the materials on a page of results: few statements, plain columns, past the ORM."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import CONTENT, COVER, Material, Version, VersionFile
from oer.catalogue.queries.browsing import IN_SERVICE
from oer.core.driver import driver_rows
from oer.files.models import UNFINISHED, Blob, Rendition
from oer.vocabularies import vocabularies


@dataclass(frozen=True)
class FileRow:
    """A file of a version: what it is, how large and how long, and its best rendition: the newest that is made."""

    position: int
    role: str
    size: int
    media_type: str
    facts: Mapping[str, Any]
    rendition_id: int | None
    cover: str | None


@dataclass(frozen=True, eq=False)
class MaterialRow:
    """A material in service with its record, its unit's name and its files in order. Equal only to itself."""

    public_id: str
    version_id: int
    record: Mapping[str, Any]
    unit: Mapping[str, str] | None
    files: Sequence[FileRow]

    @property
    def content(self) -> list[FileRow]:
        """The files that are what the material is made of."""
        return [file for file in self.files if file.role == CONTENT]

    @property
    def formats(self) -> list[str]:
        """The formats of its files, each once, in order."""
        return list(dict.fromkeys(vocabularies().format_of(file.media_type) for file in self.content))

    @property
    def pages(self) -> int:
        """How many pages, slides, sheets or chapters its first file has; 0 where that is not known."""
        return int(self._facts.get("pages") or 0)

    @property
    def seconds(self) -> float | None:
        """How long its first file plays, if it does."""
        return self._facts.get("duration")

    @property
    def _facts(self) -> Mapping[str, Any]:
        content = self.content
        return content[0].facts if content else {}

    @property
    def size(self) -> int:
        """Bytes of all files but the cover."""
        return sum(file.size for file in self.files if file.role != COVER)

    @property
    def cover(self) -> str | None:
        """Hash of the small picture that stands for it: of the file chosen as cover, else of the first that has one."""
        chosen = [file.cover for file in self.files if file.role == COVER and file.cover]
        return next(iter([*chosen, *(file.cover for file in self.content if file.cover)]), None)


class TextPlace(NamedTuple):
    """A part of a file's text: its rendition and the part's number."""

    rendition_id: int
    number: int


_MATERIALS = (
    sa.select(Material.public_id, Version.id, Version.record, Unit.name)
    .join(Version, Version.id == Material.current_version_id)
    .outerjoin(Unit, Unit.id == Material.unit_id)
    .where(Material.public_id.in_(sa.bindparam("public_ids", expanding=True)), *IN_SERVICE)
)
_FILES = (
    sa.select(
        VersionFile.version_id,
        VersionFile.position,
        VersionFile.role,
        Blob.size,
        Blob.media_type,
        Rendition.facts,
        Rendition.id,
        Rendition.cover_sha256,
    )
    .join(Blob, Blob.sha256 == VersionFile.blob_id)
    .outerjoin(Rendition, Rendition.blob_sha256 == VersionFile.blob_id)
    .where(VersionFile.version_id.in_(sa.bindparam("version_ids", expanding=True)))
    .order_by(
        VersionFile.version_id,
        VersionFile.position,
        # While a file is read again, what was made of it before stands for it.
        sa.case((Rendition.state.in_(UNFINISHED), 0), else_=1),
        Rendition.extractor_version,
    )
)
# A few parts more than asked for, where several renditions have a part of one number: looking up pairs would scan.
_TEXTS = (
    "SELECT rendition_id, number, text FROM rendition_page WHERE rendition_id IN (:renditions) AND number IN (:numbers)"
)


def material_rows(session: Session, public_ids: Collection[str]) -> dict[str, MaterialRow]:
    """Return the materials in service with these public ids; others are left out."""
    found = session.connection().execute(_MATERIALS, {"public_ids": list(public_ids)}).all() if public_ids else []
    files = _files(session, [version_id for _, version_id, _, _ in found])
    return {
        public_id: MaterialRow(public_id, version_id, record, unit, files[version_id])
        for public_id, version_id, record, unit in found
    }


def _files(session: Session, version_ids: list[int]) -> defaultdict[int, list[FileRow]]:
    by_version: defaultdict[int, list[FileRow]] = defaultdict(list)
    rows = session.connection().execute(_FILES, {"version_ids": version_ids}) if version_ids else ()
    for version_id, position, role, size, media_type, facts, rendition_id, made_cover in rows:
        files, cover = by_version[version_id], made_cover
        if files and files[-1].position == position:
            before = files.pop()  # the best rendition comes last
            cover = made_cover or before.cover
        files.append(FileRow(position, role, size, media_type, facts or {}, rendition_id, cover))
    return by_version


def texts_at(session: Session, places: Collection[TextPlace]) -> dict[TextPlace, str]:
    """Return the texts of these parts."""
    if not places:
        return {}
    asked = {
        "renditions": sorted({place.rendition_id for place in places}),
        "numbers": sorted({place.number for place in places}),
    }
    return {TextPlace(rendition_id, number): text for rendition_id, number, text in driver_rows(session, _TEXTS, asked)}
