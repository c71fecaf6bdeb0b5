"""A material's page: which version may be seen, what it shows, its place in courses, what to read next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Unit
from oer.backends.search import SearchIndex
from oer.catalogue.fields import FIELDS, Field
from oer.catalogue.models import FileRole, Material, Version, VersionState
from oer.catalogue.permissions import may_see
from oer.catalogue.queries.browsing import (
    Card,
    cards_by_public_ids,
    materials_by_public_ids,
    records_relating_to,
)
from oer.catalogue.queries.collections import CollectionName, collections_of_material, volumes_of
from oer.catalogue.queries.files import cover_among, formats_among
from oer.catalogue.queries.materials import (
    ContributorName,
    Review,
    contributors_of,
    find_material,
    find_public,
    review_of,
    version_to_see,
)
from oer.core.clock import today
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.core.ids import is_public_id
from oer.covers.spines import Volume
from oer.reading.queries.files import FileLine, file_lines
from oer.reading.queries.reader import ContentsLine, contents_of, ids_of, recording_of
from oer.search.queries.similar import similar_materials
from oer.usage.queries.totals import read_with
from oer.vocabularies import vocabularies

UNKNOWN = N_("There is no such material.")


@dataclass(frozen=True)
class VisibleVersion:
    """A version of a material that the reader may see; `preview` if it is not for everybody."""

    material: Material
    version: Version
    preview: bool

    @property
    def is_earlier(self) -> bool:
        """Whether it was published once, and a newer version has replaced it."""
        return self.version.state == VersionState.SUPERSEDED

    @property
    def number(self) -> int | None:
        """The version number that addresses need; None for the published version, which needs none."""
        return self.version.number if self.preview or self.is_earlier else None


def visible_version(
    session: Session, account: Account | None, public_id: str, number: int | None = None
) -> VisibleVersion:
    """Return the version that an account (None: anonymous) sees at a material's address, or the one with `number`.

    Raises Gone if it was withdrawn. Raises NotFound, with the same words, if there is none or if it must stay hidden.
    """
    if number is not None:
        version = version_to_see(session, account, public_id, number)
        return VisibleVersion(version.material, version, preview=not may_see(None, version))
    try:
        material = find_public(session, public_id)
    except NotFound:
        return _draft(session, account, public_id)
    if material.current_version is None:
        raise NotFound(UNKNOWN)
    return VisibleVersion(material, material.current_version, preview=False)


def _draft(session: Session, account: Account | None, public_id: str) -> VisibleVersion:
    if account is None:
        raise NotFound(UNKNOWN)
    material = find_material(session, public_id)
    version = next((each for each in reversed(material.versions) if may_see(account, each)), None)
    if version is None:
        raise NotFound(UNKNOWN)
    return VisibleVersion(material, version, preview=True)


@dataclass(frozen=True)
class CourseNeighbour:
    """A material before or after another in a course."""

    public_id: str
    title: dict[str, str]


@dataclass(frozen=True)
class CoursePosition:
    """A material's place in a course: its `number` among the `volumes`, and the materials before and after it."""

    collection: CollectionName
    number: int
    volumes: list[Volume]
    previous: CourseNeighbour | None
    next: CourseNeighbour | None


def course_positions(session: Session, material: Material) -> list[CoursePosition]:
    """Return the positions of a published material in the published collections, oldest collection first."""
    collections = collections_of_material(session, material.id)
    if not collections:
        return []
    shelves = volumes_of(session, [each.id for each in collections])
    around = [_around([volume.public_id for volume in shelves[each.id]], material.public_id) for each in collections]
    neighbours = _course_neighbours(session, {one for _, before, after in around for one in (before, after) if one})
    return [
        CoursePosition(
            each,
            number,
            shelves[each.id],
            neighbours.get(before) if before else None,
            neighbours.get(after) if after else None,
        )
        for each, (number, before, after) in zip(collections, around, strict=True)
    ]


def _around(order: list[str], public_id: str) -> tuple[int, str | None, str | None]:
    """Return a material's number in an order, from 1, and what comes before and after it."""
    at = order.index(public_id) if public_id in order else 0
    return at + 1, order[at - 1] if at > 0 else None, order[at + 1] if at + 1 < len(order) else None


def _course_neighbours(session: Session, public_ids: set[str]) -> dict[str, CourseNeighbour]:
    query = (
        sa.select(Material.public_id, Version.record)
        .join(Version, Version.id == Material.current_version_id)
        .where(Material.public_id.in_(public_ids))
    )
    rows = session.execute(query).all() if public_ids else []
    return {public_id: CourseNeighbour(public_id, record.get("title", {})) for public_id, record in rows}


_MOST_RECOMMENDED = 4
_CANDIDATES = 3 * _MOST_RECOMMENDED  # some may have been withdrawn since


@dataclass(frozen=True)
class Recommendations:
    """What is recommended below a material; no material is in both lists."""

    also_read: list[Card]
    similar: list[Card]


def recommendations(session: Session, index: SearchIndex, material: Material) -> Recommendations:
    """Return what at least five visitors also read on one day, and the most similar materials."""
    besides = read_with(session, material.public_id, today(), _CANDIDATES)
    alike = similar_materials(session, index, material, 2 * _MOST_RECOMMENDED)
    known = cards_by_public_ids(session, {*besides, *alike})
    read = [each for each in besides if each in known][:_MOST_RECOMMENDED]
    rest = [each for each in alike if each in known and each not in read][:_MOST_RECOMMENDED]
    return Recommendations([known[each] for each in read], [known[each] for each in rest])


@dataclass(frozen=True)
class Related:
    """A related material, and how it is related: one of ours by its id, or an address elsewhere."""

    type: str
    public_id: str | None
    url: str | None
    title: dict[str, str]
    language: list[str]


_FACTS = sorted((field for field in FIELDS if field.fact), key=lambda field: field.fact.rank if field.fact else 0)


@dataclass(frozen=True)
class EarlierVersion:
    """A version that was published once and may still be read."""

    number: int
    published_at: datetime | None


def _earlier_versions(session: Session, visible: VisibleVersion) -> list[EarlierVersion]:
    """Return the other versions of a material that were replaced and may still be read, newest first."""
    if visible.preview or visible.version.number == 1:
        return []
    query = (
        sa.select(Version.number, Version.reviewed_at)
        .where(Version.material_id == visible.material.id, Version.number < visible.version.number)
        .where(Version.state == VersionState.SUPERSEDED, Version.closed_at.is_(None))
        .order_by(Version.number.desc())
    )
    return [EarlierVersion(number, published_at) for number, published_at in session.execute(query)]


_MOST_CONTENTS = 60


@dataclass(frozen=True)
class Contents:
    """What is inside a material's first file: entries with their ids in the reader; `is_cut` if there are more."""

    entries: list[tuple[ContentsLine, str]]
    is_cut: bool


def _contents(session: Session, files: list[FileLine]) -> Contents:
    """Return the contents of the file that is opened first; one entry alone would only repeat the title."""
    first = _first(files)
    found = contents_of(session, first) if first and not first.is_played else []
    within = [] if first is None else [each for each in found if each.page <= max(1, first.pages)]
    if len(within) < 2:
        return Contents([], is_cut=False)
    shown = within[:_MOST_CONTENTS]
    return Contents(list(zip(shown, ids_of(shown), strict=True)), is_cut=len(shown) < len(found))


def _first(files: list[FileLine]) -> FileLine | None:
    return next((line for line in files if line.role == FileRole.CONTENT and line.opens), None)


@dataclass(frozen=True)
class MaterialPage:
    """What a material's page shows of the visible version."""

    visible: VisibleVersion
    unit: Unit | None
    files: list[FileLine]
    cover: str | None
    course_positions: list[CoursePosition]
    related: list[Related]
    formats: list[str]
    contributors: list[ContributorName]
    earlier_versions: list[EarlierVersion]
    inside: Contents
    review: Review | None

    @property
    def record(self) -> dict[str, Any]:
        """The metadata."""
        return self.visible.version.record

    @property
    def facts(self) -> list[tuple[Field, Any]]:
        """The fields among the facts of the page, each with its value, in order."""
        values = ((field, field.of(self.record)) for field in _FACTS)
        return [(field, value) for field, value in values if value]

    @property
    def contents(self) -> list[FileLine]:
        """The files with the content itself."""
        return [line for line in self.files if line.role == FileRole.CONTENT]

    @property
    def companions(self) -> list[FileLine]:
        """Captions and transcripts."""
        return [line for line in self.files if line.role in {FileRole.CAPTIONS, FileRole.TRANSCRIPT}]

    @property
    def first(self) -> FileLine | None:
        """The file to open first, None if none opens here."""
        return _first(self.files)

    @property
    def said(self) -> FileLine | None:
        """The transcript or captions that stand below the player of the recording that is opened first."""
        first = self.first
        if first is None or not first.is_played:
            return None
        readable = (line for line in self.companions if line.role == FileRole.CAPTIONS or line.opens)
        texts = [line for line in readable if recording_of(line, self.files) == first]
        return min(texts, key=lambda line: line.role != FileRole.TRANSCRIPT, default=None)

    @property
    def size(self) -> int:
        """The size in bytes of all files except covers."""
        return sum(line.size for line in (*self.contents, *self.companions))


def material_page(session: Session, visible: VisibleVersion) -> MaterialPage:
    """Return everything that the page of a material shows."""
    material, version = visible.material, visible.version
    files = file_lines(session, version)
    return MaterialPage(
        visible,
        session.get(Unit, material.unit_id) if material.unit_id else None,
        files,
        cover_among(line.shown for line in files),
        [] if visible.number else course_positions(session, material),
        _related(session, material.public_id, version.record),
        formats_among(version.record, [line.shown.blob.media_type for line in files if line.role == FileRole.CONTENT]),
        contributors_of(session, version) if version.record.get("creators") else [],
        _earlier_versions(session, visible),
        _contents(session, files),
        None if visible.preview else review_of(session, version),
    )


def _related(session: Session, public_id: str, record: dict[str, Any]) -> list[Related]:
    """Return the relations to published materials and to other sites; those that only others declare come last."""
    relations = record.get("relations", [])
    wanted = [each["target"] for each in relations if is_public_id(each["target"])]
    here = materials_by_public_ids(session, wanted) if wanted else {}
    found = []
    for each in relations:
        other = here.get(each["target"])
        if other is not None and other.current_version is not None:
            found.append(_to(each["type"], each["target"], other.current_version.record))
        elif not is_public_id(each["target"]):
            found.append(Related(each["type"], None, each["target"], {}, []))
    said = {(each.type, each.public_id) for each in found}
    return found + [each for each in _relating(session, public_id) if (each.type, each.public_id) not in said]


def _relating(session: Session, public_id: str) -> Iterator[Related]:
    """Yield the relations that other materials declare to this one, seen from this end."""
    for other, record in records_relating_to(session, public_id).items():
        for each in record.get("relations", []):
            term = vocabularies().relations.get(each["type"])
            if each["target"] == public_id and term is not None:
                yield _to(term.facts["inverse"], other, record)


def _to(kind: str, public_id: str, record: dict[str, Any]) -> Related:
    return Related(kind, public_id, None, record.get("title", {}), record.get("language", []))
