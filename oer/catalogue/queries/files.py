"""Files of a version with their blobs and renditions: cover, formats, quota, suggested metadata."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import FileRole, Material, Version, VersionFile, VersionTerm
from oer.catalogue.upload_models import Upload, UploadState
from oer.core.clock import now
from oer.core.db import plain_rows
from oer.files.models import UNFINISHED, Blob, Condition, Rendition, RenditionPage, RenditionState, ScanState
from oer.vocabularies import vocabularies

_PAGE_COUNT = (
    sa.select(sa.func.max(RenditionPage.number)).where(RenditionPage.rendition_id == Rendition.id).scalar_subquery()
)
# `files_of` keeps the last row of each file: the newest rendition that has ended, else the newest of all.
_BEST_LAST = (sa.case((Rendition.state.in_(UNFINISHED), 0), else_=1), Rendition.extractor_version)
# One statement for columns, built once: it runs for every material's page.
_FILES = (
    sa.select(
        *(VersionFile.id, VersionFile.position, VersionFile.number, VersionFile.name, VersionFile.title),
        *(VersionFile.description, VersionFile.role, VersionFile.language),
        *(Blob.sha256, Blob.size, Blob.media_type, Blob.macros, Blob.condition, Blob.scan_state),
        *(Rendition.id, Rendition.state, Rendition.facts, Rendition.cover_sha256, _PAGE_COUNT),
    )
    .join(Blob, Blob.sha256 == VersionFile.blob_sha256)
    .outerjoin(Rendition, Rendition.blob_sha256 == Blob.sha256)
    .where(VersionFile.version_id == sa.bindparam("version_id"))
    .order_by(VersionFile.position, *_BEST_LAST)
)


# The same of many versions at once, the version first.
_FILES_OF_MANY = (
    sa.select(VersionFile.version_id, *_FILES.selected_columns)
    .join(Blob, Blob.sha256 == VersionFile.blob_sha256)
    .outerjoin(Rendition, Rendition.blob_sha256 == Blob.sha256)
    .where(VersionFile.version_id.in_(sa.bindparam("version_ids", expanding=True)))
    .order_by(VersionFile.version_id, VersionFile.position, *_BEST_LAST)
)


class FileRow(NamedTuple):
    """What `VersionFile` holds, for reading alone."""

    id: int
    position: int
    number: int
    name: str
    title: dict[str, str]
    description: dict[str, str]
    role: FileRole
    language: str | None


class BlobRow(NamedTuple):
    """What `Blob` holds, for reading alone."""

    sha256: str
    size: int
    media_type: str
    macros: bool
    condition: Condition
    scan_state: ScanState


class RenditionRow(NamedTuple):
    """What `Rendition` holds, for reading alone."""

    id: int
    state: RenditionState
    facts: dict[str, Any]
    cover_sha256: str | None

    @property
    def is_unfinished(self) -> bool:
        """Whether its text and facts are still to come."""
        return self.state in UNFINISHED


@dataclass(frozen=True)
class ShownFile:
    """A file of a version with its blob and the newest rendition; None until one is asked for.

    `pages` says how many pages of text that rendition has; `cover` is the hash of the newest cover made of the file.
    """

    file: FileRow
    blob: BlobRow
    rendition: RenditionRow | None
    pages: int = 0
    cover: str | None = None

    @property
    def is_being_read(self) -> bool:
        """Whether its text and facts are still to come."""
        return self.rendition is None or self.rendition.is_unfinished


_BLOB, _RENDITION = len(FileRow._fields), len(FileRow._fields) + len(BlobRow._fields)


def files_of(session: Session, version: Version) -> list[ShownFile]:
    """Return the files of a version in order."""
    session.flush()
    return _shown_files(plain_rows(session, _FILES, {"version_id": version.id}))


def files_of_many(session: Session, version_ids: Collection[int]) -> dict[int, list[ShownFile]]:
    """Return the files of each of these versions in order, with one question."""
    rows: dict[int, list[tuple[Any, ...]]] = {each: [] for each in version_ids}
    for version_id, *row in plain_rows(session, _FILES_OF_MANY, {"version_ids": list(version_ids)}) if rows else ():
        rows[version_id].append(tuple(row))
    return {version_id: _shown_files(theirs) for version_id, theirs in rows.items()}


def _shown_files(rows: Iterable[tuple[Any, ...]]) -> list[ShownFile]:
    found: dict[int, ShownFile] = {}
    for row in rows:
        older = found.get(row[0])
        rendition = RenditionRow(*row[_RENDITION:-1]) if row[_RENDITION] is not None else None
        cover = (rendition.cover_sha256 if rendition else None) or (older.cover if older else None)
        found[row[0]] = ShownFile(
            FileRow(*row[:_BLOB]), BlobRow(*row[_BLOB:_RENDITION]), rendition, row[-1] or 0, cover
        )
    return list(found.values())


# Their first page is a page of text, which as a small picture looks like any other.
_PAGES_OF_TEXT = frozenset({"document", "spreadsheet", "text", "web"})


def may_be_cover(role: str, media_type: str) -> bool:
    """Whether the picture made of a file is worth showing as the cover of its material.

    That of a file that somebody chose always is; else title pages, slides and frames are, and pages of text are not.
    """
    if role == FileRole.CONTENT:
        return vocabularies().format_of(media_type) not in _PAGES_OF_TEXT
    return role == FileRole.COVER


_COVERS = (
    sa.select(VersionFile.version_id, VersionFile.role, Blob.media_type, Rendition.cover_sha256)
    .join(Rendition, Rendition.blob_sha256 == VersionFile.blob_sha256)
    .join(Blob, Blob.sha256 == VersionFile.blob_sha256)
    .where(
        VersionFile.version_id.in_(sa.bindparam("version_ids", expanding=True)),
        VersionFile.role.in_((FileRole.COVER, FileRole.CONTENT)),
        Rendition.cover_sha256.is_not(None),
    )
    # `covers_of` keeps the last row of each version: the chosen cover, else the first file's; the newest rendition's.
    .order_by(VersionFile.role == FileRole.COVER, VersionFile.position.desc(), Rendition.extractor_version)
)


def covers_of(session: Session, version_ids: Collection[int]) -> dict[int, str]:
    """Return the hash of the blob that is the cover of each version, a small WebP picture, if there is one.

    It is what extraction made of the file that was chosen as the cover, else of the first content file that has one
    worth showing. A material without one has a cover by rule.
    """
    if not version_ids:
        return {}
    rows = plain_rows(session, _COVERS, {"version_ids": list(version_ids)})
    return {version_id: cover for version_id, role, kind, cover in rows if cover and may_be_cover(role, kind)}


def cover_among(files: Iterable[ShownFile]) -> str | None:
    """Return what `covers_of` returns for a version, from its files that were already read."""
    made = [each for each in files if each.cover and may_be_cover(each.file.role, each.blob.media_type)]
    return min(made, key=lambda each: (each.file.role != FileRole.COVER, each.file.position)).cover if made else None


_FORMATS = (
    sa.select(VersionTerm.version_id, VersionTerm.code)
    .where(VersionTerm.scheme == "format", VersionTerm.version_id.in_(sa.bindparam("version_ids", expanding=True)))
    .order_by(VersionTerm.version_id, VersionTerm.position)
)


def formats_of(session: Session, version_ids: Collection[int]) -> Mapping[int, list[str]]:
    """Return the format codes of each version; an empty list for a version without any."""
    found = defaultdict[int, list[str]](list)
    for version_id, code in plain_rows(session, _FORMATS, {"version_ids": list(version_ids)}) if version_ids else ():
        found[version_id].append(code)
    return found


_SIZES = (
    sa.select(VersionFile.version_id, sa.func.sum(Blob.size))
    .join(Blob, Blob.sha256 == VersionFile.blob_sha256)
    .where(VersionFile.version_id.in_(sa.bindparam("version_ids", expanding=True)), VersionFile.role != FileRole.COVER)
    .group_by(VersionFile.version_id)
)


def sizes_of(session: Session, version_ids: Collection[int]) -> dict[int, int]:
    """Return the size in bytes of all files but covers of each version that has files."""
    rows = plain_rows(session, _SIZES, {"version_ids": list(version_ids)}) if version_ids else ()
    return {version_id: int(size) for version_id, size in rows}


def formats_among(record: Mapping[str, Any], media_types: Iterable[str]) -> list[str]:
    """Return the format codes of a version from its record and the media types of its content files, in order.

    A material without files that has an address elsewhere is a `link`.
    """
    codes = list(dict.fromkeys(map(vocabularies().format_of, media_types)))
    return codes or (["link"] if record.get("source_url") else [])


@dataclass(frozen=True)
class Quota:
    """Storage quota of an account, in bytes. `coming`: of uploads that are not finished, or lie in a batch."""

    used: int
    most: int
    coming: int = 0

    @property
    def left(self) -> int:
        """Bytes that are still free."""
        return max(0, self.most - self.used - self.coming)


def quota_of(session: Session, account_id: int, most: int) -> Quota:
    """Return the quota of an account. The same content in several files or versions counts once."""
    in_batch = sa.and_(Upload.state == UploadState.DONE, Upload.batch_id.is_not(None))
    owner = sa.func.coalesce(Material.owner_id, Upload.account_id)
    coming = (
        sa.select(sa.func.coalesce(sa.func.sum(Upload.size), 0))
        .outerjoin(Material, Material.id == Upload.material_id)
        .where(sa.or_(Upload.state == UploadState.OPEN, in_batch), owner == account_id)
    )
    used = _bytes_of(Material.owner_id == account_id)
    row = session.execute(sa.select(used.scalar_subquery(), coming.scalar_subquery())).one()
    return Quota(int(row[0] or 0), most, int(row[1] or 0))


def bytes_of_unit(session: Session, unit_id: int) -> int:
    """Return how many bytes the files of a unit's materials take."""
    return int(session.scalar(_bytes_of(Material.unit_id == unit_id)) or 0)


def _bytes_of(chosen: sa.ColumnElement[bool]) -> sa.Select[int]:
    kept = (
        sa.select(VersionFile.blob_sha256)
        .join(Version, Version.id == VersionFile.version_id)
        .join(Material, Material.id == Version.material_id)
        .where(chosen)
    )
    return sa.select(sa.func.coalesce(sa.func.sum(Blob.size), 0)).where(Blob.sha256.in_(kept))


def open_uploads(session: Session, account_id: int, material_id: int | None = None) -> Sequence[Upload]:
    """Return the uploads of an account that are not finished, the oldest first; of one material if it is given."""
    query = sa.select(Upload).where(Upload.account_id == account_id, Upload.state == UploadState.OPEN)
    if material_id is not None:
        query = query.where(Upload.material_id == material_id)
    return session.scalars(query.where(Upload.expires_at > now()).order_by(Upload.created_at, Upload.id)).all()
