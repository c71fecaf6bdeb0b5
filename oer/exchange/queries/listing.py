"""Everything public in lists: the sitemap, feeds, podcasts, the catalogue for e-readers."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Collection, FileRole, Material, VersionFile
from oer.catalogue.queries.browsing import IS_PUBLIC, public_materials
from oer.catalogue.queries.files import covers_of
from oer.core.links import Links
from oer.exchange.crosswalk import MaterialFacts
from oer.exchange.queries.harvesting import Asked, HarvestedRecord, harvested, records_query
from oer.files.models import Blob, Rendition
from oer.vocabularies import vocabularies

PART = 2000
"""Row ids per file of the sitemap: each has up to so many materials, in two languages far below the 50,000 addresses
that sitemaps.org allows. A material stays in its file, so the others are as they were when it changes."""

_FIXED = ("/", "/subjects", "/collections", "/people", "/about", "/help", "/help/educators", "/privacy")


@dataclass(frozen=True)
class SitemapEntry:
    """A path of the site, the same in each language, when its content was last published, the path of its picture."""

    path: str
    changed: datetime | None = None
    image: str = ""


@dataclass(frozen=True)
class SitemapPart:
    """A file of the sitemap by its number, and when something in it was changed last."""

    number: int
    changed: datetime | None = None


def sitemap_parts(session: Session) -> list[SitemapPart]:
    """Return the files of the sitemap: one for pages, then those for materials, where there are any."""
    part = (Material.id - 1) // PART
    query = sa.select(part, sa.func.max(Material.changed_at)).where(*IS_PUBLIC).group_by(part).order_by(part)
    return [SitemapPart(1), *(SitemapPart(number + 2, changed) for number, changed in session.execute(query))]


def _rows_of(number: int) -> tuple[sa.ColumnElement[bool], ...]:
    first = (number - 2) * PART
    return Material.id > first, Material.id <= first + PART, *IS_PUBLIC


def sitemap_version(session: Session, number: int) -> str | None:
    """Return what is another text when a file of the sitemap is another; None where there is no such file."""
    if number == 1:
        query = sa.select(sa.func.count(), sa.func.max(Collection.published_at), sa.func.sum(Collection.id))
        return _version(session.execute(query.where(Collection.published_at.is_not(None))).one())
    if number < 1 or (number - 1) * PART > _MOST_ROWS:
        return None
    query = sa.select(sa.func.count(), sa.func.max(Material.changed_at), sa.func.sum(Material.id))
    row = session.execute(query.where(*_rows_of(number))).one()
    return _version(row) if row[0] else None


_MOST_ROWS = 2**31 - 1


def _version(row: Any) -> str:
    written = "|".join(str(each) for each in (vocabularies().version, *row))
    return hashlib.sha256(written.encode()).hexdigest()[:20]


def sitemap_entries(session: Session, number: int) -> list[SitemapEntry]:
    """Return the entries of a file of the sitemap, numbered from 1."""
    if number == 1:
        return [*map(SitemapEntry, _FIXED), *_term_entries(), *_collection_entries(session)]
    query = sa.select(Material.public_id, Material.published_at, Material.current_version_id).order_by(Material.id)
    rows = session.execute(query.where(*_rows_of(number))).all()
    covers = covers_of(session, [version_id for _, _, version_id in rows if version_id])
    return [
        SitemapEntry(
            f"/materials/{public_id}",
            published,
            f"/materials/{public_id}/cover.webp" if version_id in covers else "",
        )
        for public_id, published, version_id in rows
    ]


def _term_entries() -> Iterator[SitemapEntry]:
    terms = vocabularies()
    for folder, scheme in (("subjects", terms.subjects), ("audiences", terms.audiences), ("levels", terms.levels)):
        yield from (SitemapEntry(f"/{folder}/{term.code}") for term in scheme)


def _collection_entries(session: Session) -> Iterator[SitemapEntry]:
    query = sa.select(Collection.public_id, Collection.published_at).where(Collection.published_at.is_not(None))
    for public_id, published in session.execute(query.order_by(Collection.id)):
        yield SitemapEntry(f"/collections/{public_id}", published)


# Feeds.


def newest_changes(session: Session, size: int) -> list[Material]:
    """Return the public materials that were published last, first versions and later ones."""
    query = public_materials().where(Material.published_at.is_not(None))
    return list(session.scalars(query.order_by(Material.published_at.desc(), Material.id.desc()).limit(size)))


@dataclass(frozen=True)
class Recording:
    """A recording of a material as an episode: its address, length, and what was said in it as text."""

    material: Material
    number: int
    title: Mapping[str, str]
    address: str
    media_type: str
    size: int
    seconds: int | None
    transcripts: Sequence[tuple[str, str, str | None]]
    """Address, media type and language of each."""


def recordings_of(session: Session, links: Links, materials: Sequence[Material]) -> list[Recording]:
    """Return the recordings among the files of materials, in their order."""
    of_version = {each.current_version_id: each for each in materials if each.current_version_id}
    query = (
        sa.select(VersionFile, Blob.media_type, Blob.size, sa.func.max(Rendition.facts["duration"].as_float()))
        .join(Blob, Blob.sha256 == VersionFile.blob_sha256)
        .outerjoin(Rendition, Rendition.blob_sha256 == Blob.sha256)
        .where(VersionFile.version_id.in_(of_version), VersionFile.role != FileRole.COVER)
        .group_by(VersionFile.id, Blob.sha256)
        .order_by(VersionFile.position)
    )
    files = defaultdict[int, list[Any]](list)
    for row in session.execute(query):
        files[row[0].version_id].append(row)
    return [
        each for version_id, material in of_version.items() for each in _recordings(links, material, files[version_id])
    ]


_PLAYED = ("audio/", "video/")


def _recordings(links: Links, material: Material, rows: Sequence[Any]) -> Iterator[Recording]:
    played = [row for row in rows if row[1].startswith(_PLAYED) and row[0].role == FileRole.CONTENT]
    for file, kind, size, seconds in played:
        texts = [
            (each, its_kind)
            for each, its_kind, _, _ in rows
            if each.role in {FileRole.CAPTIONS, FileRole.TRANSCRIPT}
            and (len(played) == 1 or each.name.partition(".")[0] == file.name.rpartition(".")[0])
        ]
        transcripts = [
            (links.file(material.public_id, each.number, "captions.vtt"), "text/vtt", each.language)
            if each.role == FileRole.CAPTIONS
            else (links.file(material.public_id, each.number), its_kind, each.language)
            for each, its_kind in texts
        ]
        yield Recording(
            material,
            file.number,
            file.title or (material.current_version.record.get("title", {}) if material.current_version else {}),
            links.file(material.public_id, file.number),
            kind,
            size,
            round(seconds) if seconds else None,
            transcripts,
        )


# The catalogue for e-readers.


@dataclass(frozen=True)
class OpdsRecord:
    """A public material as e-readers list it: what can be had of it by address and media type, and its cover."""

    public_id: str
    changed_at: datetime
    record: Mapping[str, Any]
    facts: MaterialFacts
    files: Sequence[tuple[str, str]]
    cover: str
    cover_type: str


def opds_records(session: Session, links: Links, public_ids: Sequence[str]) -> list[OpdsRecord]:
    """Return the public materials with these ids, in their order."""
    query = records_query(Asked()).where(Material.public_id.in_(public_ids), Material.withdrawn_at.is_(None))
    rows = session.execute(query).all() if public_ids else []
    covers = covers_of(session, [row[7] for row in rows])
    with_cover = {row[1] for row in rows if row[7] in covers}
    found = {each.public_id: each for each in harvested(session, links, rows)}
    return [_opds_record(links, found[each], each in with_cover) for each in public_ids if each in found]


def _opds_record(links: Links, each: HarvestedRecord, has_cover: bool) -> OpdsRecord:
    files = [(file.address, file.media_type) for file in each.facts.encodings]
    elsewhere = [(each.record["source_url"], "text/html")] if each.record.get("source_url") else []
    cover = "cover.webp" if has_cover else "cover.png"
    address = links.page(f"/materials/{each.public_id}/{cover}")
    kind = "image/webp" if has_cover else "image/png"
    return OpdsRecord(each.public_id, each.changed_at, each.record, each.facts, files or elsewhere, address, kind)
