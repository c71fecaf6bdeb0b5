"""What the database says of the materials on a page of results, cached in each process while it is still right."""

import threading
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from cachetools import LRUCache
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import FileRole, Material, Version, VersionFile
from oer.catalogue.queries.browsing import IS_PUBLIC
from oer.catalogue.queries.files import may_be_cover
from oer.core.db import driver_rows, plain_rows
from oer.files.models import UNFINISHED, Blob, Rendition
from oer.vocabularies import vocabularies


@dataclass(frozen=True)
class FileRow:
    """A file of a version: what it is, how large and how long, and its best rendition: the newest that is made."""

    number: int
    role: str
    size: int
    media_type: str
    facts: Mapping[str, Any]
    rendition_id: int | None
    cover: str | None


@dataclass(frozen=True, eq=False)
class MaterialRow:
    """A public material with its record, its unit's name and its files in order. Equal only to itself."""

    public_id: str
    version_id: int
    record: Mapping[str, Any]
    unit: Mapping[str, str] | None
    files: Sequence[FileRow]

    @property
    def content(self) -> list[FileRow]:
        """The files that the material consists of."""
        return [file for file in self.files if file.role == FileRole.CONTENT]

    @property
    def formats(self) -> list[str]:
        """The formats of its files, each once, in order."""
        return list(dict.fromkeys(vocabularies().format_of(file.media_type) for file in self.content))

    @property
    def pages(self) -> int:
        """How many pages, slides, sheets or chapters its first file has; 0 if that is not known."""
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
        return sum(file.size for file in self.files if file.role != FileRole.COVER)

    @property
    def cover(self) -> str | None:
        """Hash of its cover, as `covers_of` returns it."""
        pictured = [file for file in self.files if file.cover and may_be_cover(file.role, file.media_type)]
        return min(pictured, key=lambda file: file.role != FileRole.COVER).cover if pictured else None


class TextPart(NamedTuple):
    """A part of a file's text: its rendition and the part's number."""

    rendition_id: int
    number: int


_MATERIALS = (
    sa.select(Material.public_id, Version.id, Version.record, Unit.name)
    .join(Version, Version.id == Material.current_version_id)
    .outerjoin(Unit, Unit.id == Material.unit_id)
    .where(Material.public_id.in_(sa.bindparam("public_ids", expanding=True)), *IS_PUBLIC)
)
_FILES = (
    sa.select(
        VersionFile.version_id,
        VersionFile.number,
        VersionFile.role,
        Blob.size,
        Blob.media_type,
        Rendition.facts,
        Rendition.id,
        Rendition.cover_sha256,
    )
    .join(Blob, Blob.sha256 == VersionFile.blob_sha256)
    .outerjoin(Rendition, Rendition.blob_sha256 == VersionFile.blob_sha256)
    .where(VersionFile.version_id.in_(sa.bindparam("version_ids", expanding=True)))
    .order_by(
        VersionFile.version_id,
        VersionFile.position,
        # While a file is being extracted again, what was made of it before is used.
        sa.case((Rendition.state.in_(UNFINISHED), 0), else_=1),
        Rendition.extractor_version,
    )
)
# A few more parts than asked for, if several renditions have a part with one number: looking up pairs would scan.
_TEXTS = (
    "SELECT rendition_id, number, text FROM rendition_page WHERE rendition_id IN (:renditions) AND number IN (:numbers)"
)


def material_rows(session: Session, public_ids: Collection[str]) -> dict[str, MaterialRow]:
    """Return the public materials with these ids; others are left out."""
    found = session.connection().execute(_MATERIALS, {"public_ids": list(public_ids)}).all() if public_ids else []
    files = _files(session, [version_id for _, version_id, _, _ in found])
    return {
        public_id: MaterialRow(public_id, version_id, record, unit, files[version_id])
        for public_id, version_id, record, unit in found
    }


def _files(session: Session, version_ids: list[int]) -> defaultdict[int, list[FileRow]]:
    by_version: defaultdict[int, list[FileRow]] = defaultdict(list)
    rows = session.connection().execute(_FILES, {"version_ids": version_ids}) if version_ids else ()
    for version_id, number, role, size, media_type, facts, rendition_id, made_cover in rows:
        files, cover = by_version[version_id], made_cover
        if files and files[-1].number == number:
            before = files.pop()  # the best rendition comes last
            cover = made_cover or before.cover
        files.append(FileRow(number, role, size, media_type, facts or {}, rendition_id, cover))
    return by_version


def part_texts(session: Session, parts: Collection[TextPart]) -> dict[TextPart, str]:
    """Return the texts of these parts."""
    if not parts:
        return {}
    asked = {
        "renditions": sorted({part.rendition_id for part in parts}),
        "numbers": sorted({part.number for part in parts}),
    }
    return {TextPart(rendition_id, number): text for rendition_id, number, text in driver_rows(session, _TEXTS, asked)}


# The cache: each row under the state that it was read in

_MOST_CACHED = 2000
_RowState = tuple[object, ...]
# Whatever a row says changes one of these: the revisions of the material and its unit, how many renditions of its files
# have ended, and when the last one did.
_ROW_STATES = """
SELECT m.public_id, m.current_version_id, m.revision, u.revision, count(r.id), max(r.finished_at)
  FROM material m
  LEFT JOIN unit u ON u.id = m.unit_id
  LEFT JOIN version_file f ON f.version_id = m.current_version_id
  LEFT JOIN rendition r ON r.blob_sha256 = f.blob_sha256 AND r.state NOT IN ('waiting', 'running')
 WHERE m.public_id IN (:public_ids) AND m.current_version_id IS NOT NULL AND m.withdrawn_at IS NULL
 GROUP BY m.id, u.id
"""
# Revisions only grow.
_UNITS_STATE = "SELECT count(*), sum(revision), max(id) FROM unit"
_UNITS = sa.select(Unit.code, Unit.name)


class _RowCache:
    """What one database said of materials and units. Safe for threads."""

    def __init__(self) -> None:
        self.rows: LRUCache[str, tuple[_RowState, MaterialRow]] = LRUCache(_MOST_CACHED)
        self.units: tuple[tuple[object, ...], Mapping[str, Mapping[str, str]]] | None = None
        self.lock = threading.Lock()


_caches: WeakKeyDictionary[sa.Engine | sa.Connection, _RowCache] = WeakKeyDictionary()


def _cache_of(session: Session) -> _RowCache:
    return _caches.setdefault(session.get_bind(), _RowCache())


def cached_material_rows(session: Session, public_ids: Collection[str]) -> dict[str, MaterialRow]:
    """Return the public materials with these ids, as they are now; others are left out."""
    if not public_ids:
        return {}
    cache, states = _cache_of(session), _row_states(session, public_ids)
    with cache.lock:
        cached = {public_id: cache.rows.get(public_id) for public_id in states}
    found = {public_id: kept[1] for public_id, kept in cached.items() if kept and kept[0] == states[public_id]}
    read = material_rows(session, [public_id for public_id in states if public_id not in found])
    with cache.lock:
        for public_id, row in read.items():
            cache.rows[public_id] = states[public_id], row
    return found | read


def _row_states(session: Session, public_ids: Collection[str]) -> dict[str, _RowState]:
    rows = driver_rows(session, _ROW_STATES, {"public_ids": list(public_ids)})
    return {public_id: tuple(state) for public_id, *state in rows}


def unit_names(session: Session) -> Mapping[str, Mapping[str, str]]:
    """Return the names of all units by code."""
    cache, (state,) = _cache_of(session), driver_rows(session, _UNITS_STATE)
    if cache.units is None or cache.units[0] != state:
        cache.units = state, dict(plain_rows(session, _UNITS, {}))
    return cache.units[1]
