"""The records of a harvest, the sets that they are in, and one material with what is known of it."""

import re
from collections import defaultdict
from collections.abc import Collection as Sized
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import Collection, CollectionItem, FileRole, Material, Version, VersionFile, VersionTerm
from oer.catalogue.queries.browsing import IS_PUBLIC
from oer.core.clock import city_date
from oer.core.i18n import DEFAULT_LANGUAGE, in_language
from oer.core.ids import is_public_id
from oer.core.links import Links
from oer.exchange.crosswalk import Encoding, MaterialFacts
from oer.files.models import Blob
from oer.vocabularies import vocabularies

# Sets, as harvesters name parts of the catalogue: "subject:dig:dig.an-toan", "licence:cc-by-4.0", "collection:...".


@dataclass(frozen=True)
class RecordSet:
    """A part of the catalogue that can be harvested alone. An empty `code` stands for all of its scheme."""

    spec: str
    scheme: str
    code: str = ""
    name: Mapping[str, str] | str = ""


_SCHEME_NAMES = {
    "subject": {"vi": "Chủ đề", "en": "Subject"},
    "audience": {"vi": "Dành cho", "en": "For whom"},
    "licence": {"vi": "Giấy phép", "en": "Licence"},
    "collection": {"vi": "Bộ sưu tập", "en": "Collection"},
}


@cache
def vocabulary_sets() -> Mapping[str, RecordSet]:
    """Return the sets that the vocabularies make, by spec; whole schemes first, each before what is below it."""
    found = [RecordSet(scheme, scheme, "", names) for scheme, names in _SCHEME_NAMES.items()]
    for spec, scheme, code in _specs():
        labels = getattr(vocabularies(), f"{scheme}s").labels(code)
        found.append(RecordSet(spec, scheme, code, labels))
    return {each.spec: each for each in found}


def _specs() -> Iterator[tuple[str, str, str]]:
    terms = vocabularies()
    for top in terms.subjects.tops():
        yield f"subject:{top.code}", "subject", top.code
        yield from (
            (f"subject:{top.code}:{each.code}", "subject", each.code) for each in terms.subjects.children(top.code)
        )
    yield from ((f"audience:{each.code}", "audience", each.code) for each in terms.audiences)
    for each in terms.licences:
        # A licence is known by its URI, which cannot stand in a spec: "CC BY 4.0" is cc-by-4.0.
        yield f"licence:{re.sub('[^a-z0-9.]+', '-', str(each.facts['name']).lower())}", "licence", each.code


@cache
def _spec_of() -> Mapping[tuple[str, str], str]:
    return {(scheme, code): spec for spec, scheme, code in _specs()}


def set_with_spec(session: Session, spec: str) -> RecordSet | None:
    """Return the set that goes by a spec; None if there is none that everybody may see."""
    known = vocabulary_sets().get(spec)
    kind, _, public_id = spec.partition(":")
    if known or kind != "collection" or not is_public_id(public_id):
        return known
    asked = sa.select(Collection.title).where(Collection.public_id == public_id, Collection.published_at.is_not(None))
    title = session.scalar(asked)
    return None if title is None else RecordSet(spec, kind, public_id, title)


def collection_sets(session: Session, after: int, size: int) -> list[tuple[int, RecordSet]]:
    """Return the next published collections after a row id as sets, each with its row id."""
    asked = sa.select(Collection.id, Collection.public_id, Collection.title)
    rows = session.execute(
        asked.where(Collection.published_at.is_not(None), Collection.id > after).order_by(Collection.id).limit(size)
    )
    return [
        (number, RecordSet(f"collection:{public_id}", "collection", public_id, title))
        for number, public_id, title in rows
    ]


def _in_set(of: RecordSet) -> sa.ColumnElement[bool]:
    if of.scheme == "collection":
        items = sa.select(CollectionItem.material_id).join(Collection, Collection.id == CollectionItem.collection_id)
        items = items.where(Collection.published_at.is_not(None))
        return Material.id.in_(items.where(Collection.public_id == of.code) if of.code else items)
    marked = sa.select(VersionTerm.version_id).where(VersionTerm.scheme == of.scheme)
    return Material.current_version_id.in_(marked.where(VersionTerm.code == of.code) if of.code else marked)


# The records of a harvest: every material that is or was public, by the moment of its last public change.


@dataclass(frozen=True)
class Asked:
    """Which records a harvest asks for: changed from a moment on, before another, in a set."""

    since: datetime | None = None
    before: datetime | None = None
    of: RecordSet | None = None


@dataclass(frozen=True)
class HarvestedRecord:
    """A record, or the tombstone of a withdrawn one: then `is_deleted`, and nothing but its sets is told."""

    row_id: int
    public_id: str
    changed_at: datetime
    is_deleted: bool
    record: Mapping[str, Any]
    facts: MaterialFacts
    sets: Sequence[str]

    @property
    def position(self) -> tuple[datetime, int]:
        """Its place in the order of a harvest."""
        return self.changed_at, self.row_id


_WAS_PUBLIC = Material.current_version_id.is_not(None)
_ORDER = sa.tuple_(Material.changed_at, Material.id)


def _conditions(asked: Asked) -> Iterator[sa.ColumnElement[bool]]:
    yield _WAS_PUBLIC
    yield Material.changed_at.is_not(None)
    if asked.since is not None:
        yield Material.changed_at >= asked.since
    if asked.before is not None:
        yield Material.changed_at < asked.before
    if asked.of is not None:
        yield _in_set(asked.of)


def _place(position: tuple[datetime, int]) -> sa.Tuple:
    return sa.tuple_(sa.literal(position[0], Material.changed_at.type), sa.literal(position[1], Material.id.type))


def count_records(session: Session, asked: Asked) -> int:
    """Return how many records a harvest has, as of now."""
    return session.scalar(sa.select(sa.func.count()).select_from(Material).where(*_conditions(asked))) or 0


def earliest_change(session: Session) -> datetime | None:
    """Return when the oldest record was changed last; None while nothing was ever published."""
    oldest = sa.select(Material.changed_at).where(*_conditions(Asked())).order_by(Material.changed_at, Material.id)
    return session.scalar(oldest.limit(1))


_COLUMNS = (
    *(Material.id, Material.public_id, Material.changed_at, Material.withdrawn_at, Material.unit_id),
    *(Material.first_published_at, Material.published_at, Version.id, Version.number, Version.record),
)


def records_after(
    session: Session, links: Links, asked: Asked, position: tuple[datetime, int] | None, size: int
) -> list[HarvestedRecord]:
    """Return the next records of a harvest after a position, in the order in which they changed.

    What changes during a harvest moves to its end, so nothing is missed. A page costs the same wherever it is.
    """
    query = records_query(asked).order_by(Material.changed_at, Material.id).limit(size)
    if position is not None:
        query = query.where(_place(position) < _ORDER)
    return harvested(session, links, session.execute(query).all())


def record_before(
    session: Session, links: Links, asked: Asked, position: tuple[datetime, int]
) -> list[HarvestedRecord]:
    """Return the last record of a harvest up to a position, in a list; none if there is none any more."""
    query = records_query(asked).order_by(Material.changed_at.desc(), Material.id.desc()).limit(1)
    return harvested(session, links, session.execute(query.where(_place(position) >= _ORDER)).all())


def record_with_id(session: Session, links: Links, public_id: str) -> HarvestedRecord | None:
    """Return the record of a material that is or was public."""
    rows = session.execute(records_query(Asked()).where(Material.public_id == public_id)).all()
    return next(iter(harvested(session, links, rows)), None)


def records_query(asked: Asked) -> sa.Select[Any]:
    """Return the query for the rows that `harvested` makes records of."""
    query = sa.select(*_COLUMNS).join(Version, Version.id == Material.current_version_id)
    return query.where(*_conditions(asked))


def harvested(session: Session, links: Links, rows: Sequence[Any]) -> list[HarvestedRecord]:
    """Return the records of rows, with what is known beside them, in five statements for all."""
    courses = _courses_of(session, [row[0] for row in rows])
    units = _unit_names(session, {row[4] for row in rows if row[4]})
    files = _files_of(session, [row[7] for row in rows if not row[3]])
    public = _public_targets(session, [row[9] for row in rows if not row[3]])
    found = []
    for number, public_id, changed, withdrawn, unit_id, first, latest, version_id, version, record in rows:
        facts = MaterialFacts(
            links.material(public_id),
            units.get(unit_id),
            city_date(first).isoformat() if first else None,
            city_date(latest).isoformat() if latest else None,
            version,
            encodings=[_encoding(links, public_id, each) for each in files[version_id]],
            courses=[(links.collection(course), title) for course, title in courses[number]],
            related=related_addresses(links, record, public),
        )
        sets = list(_sets_of(record, [course for course, _ in courses[number]]))
        found.append(HarvestedRecord(number, public_id, changed, bool(withdrawn), record, facts, sets))
    return found


def _sets_of(record: Mapping[str, Any], courses: Iterable[str]) -> Iterator[str]:
    specs = _spec_of()
    licences = [record["licence"]] if record.get("licence") else []
    marked = (("subject", record.get("subjects", ())), ("audience", record.get("audiences", ())), ("licence", licences))
    for scheme, codes in marked:
        yield from (specs[scheme, code] for code in codes if (scheme, code) in specs)
    yield from (f"collection:{each}" for each in courses)


def _encoding(links: Links, public_id: str, row: Any) -> Encoding:
    _, number, name, title, kind, size = row
    return Encoding(links.file(public_id, number), kind, size, in_language(title, DEFAULT_LANGUAGE) or name)


def _courses_of(session: Session, material_ids: Sized[int]) -> Mapping[int, list[tuple[str, dict[str, str]]]]:
    query = (
        sa.select(CollectionItem.material_id, Collection.public_id, Collection.title)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(CollectionItem.material_id.in_(material_ids), Collection.published_at.is_not(None))
        .order_by(Collection.published_at, Collection.id)
    )
    found = defaultdict[int, list[tuple[str, dict[str, str]]]](list)
    for material_id, public_id, title in session.execute(query):
        found[material_id].append((public_id, title))
    return found


def _unit_names(session: Session, unit_ids: Sized[int]) -> Mapping[int, dict[str, str]]:
    return dict(session.execute(sa.select(Unit.id, Unit.name).where(Unit.id.in_(unit_ids))).all()) if unit_ids else {}


def _files_of(session: Session, version_ids: Sized[int]) -> Mapping[int, list[Any]]:
    query = (
        sa.select(
            *(VersionFile.version_id, VersionFile.number, VersionFile.name, VersionFile.title),
            *(Blob.media_type, Blob.size),
        )
        .join(Blob, Blob.sha256 == VersionFile.blob_sha256)
        .where(VersionFile.version_id.in_(version_ids), VersionFile.role == FileRole.CONTENT)
        .order_by(VersionFile.version_id, VersionFile.position)
    )
    found = defaultdict[int, list[Any]](list)
    for row in session.execute(query):
        found[row[0]].append(row)
    return found


def _public_targets(session: Session, records: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    targets = {each["target"] for record in records for each in record.get("relations", ())}
    named = [each for each in targets if is_public_id(each)]
    if not named:
        return frozenset()
    return frozenset(session.scalars(sa.select(Material.public_id).where(Material.public_id.in_(named), *IS_PUBLIC)))


def related_addresses(links: Links, record: Mapping[str, Any], public: Sized[str]) -> list[tuple[str, str]]:
    """Return a record's relations with addresses: those elsewhere, and those to materials here that are `public`."""
    found = []
    for each in record.get("relations", ()):
        if not is_public_id(each["target"]):
            found.append((each["type"], each["target"]))
        elif each["target"] in public:
            found.append((each["type"], links.material(each["target"])))
    return found
