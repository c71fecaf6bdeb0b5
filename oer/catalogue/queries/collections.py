"""Collections: public ones, those that an account may change, and their contents."""

from collections.abc import Collection as Sized
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.accounts.models import Account
from oer.accounts.permissions import Action, units_for
from oer.catalogue.home_models import CollectionNote, Prerequisite
from oer.catalogue.models import Collection, CollectionItem, CollectionPart, Material, Version
from oer.catalogue.permissions import may_edit_collection
from oer.core.db import Page, page_of, plain_rows
from oer.core.durations import learning_minutes
from oer.core.errors import Forbidden, NotFound
from oer.core.i18n import N_
from oer.covers.spines import Volume

UNKNOWN = N_("There is no such collection.")
NOT_YOURS = N_("You cannot change this collection.")
NOT_IN_IT = N_("This material is not in the collection.")
NO_NOTE = N_("There is no such note.")
MOST_OFFERED = 100
# Built once: they run for every home page and every material's page.
_NEWEST = (
    sa.select(Collection)
    .where(Collection.published_at.is_not(None))
    .order_by(Collection.published_at.desc(), Collection.id.desc())
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_OF_MATERIAL = (
    sa.select(Collection.id, Collection.public_id, Collection.title)
    .where(
        Collection.id.in_(
            sa.select(CollectionItem.collection_id).where(CollectionItem.material_id == sa.bindparam("material_id"))
        ),
        Collection.published_at.is_not(None),
    )
    .order_by(Collection.published_at, Collection.id)
)
_ITEM_COUNTS = (
    sa.select(CollectionItem.collection_id, sa.func.count())
    .join(CollectionItem.material)
    .where(
        CollectionItem.collection_id.in_(sa.bindparam("collection_ids", expanding=True)),
        Material.current_version_id.is_not(None),
        Material.withdrawn_at.is_(None),
    )
    .group_by(CollectionItem.collection_id)
)
# Of a record only what a spine shows: hundreds of them read whole would take longer than all else on a page.
_VOLUMES = (
    sa.select(
        CollectionItem.collection_id,
        Material.public_id,
        Version.record[("subjects", 0)].as_string(),
        Version.record["time_required"].as_string(),
    )
    .join(Material, Material.id == CollectionItem.material_id)
    .join(Version, Version.id == Material.current_version_id)
    .outerjoin(CollectionPart, CollectionPart.id == CollectionItem.part_id)
    .where(
        CollectionItem.collection_id.in_(sa.bindparam("collection_ids", expanding=True)),
        Material.withdrawn_at.is_(None),
    )
    .order_by(sa.func.coalesce(CollectionPart.position, -1), CollectionItem.position)
)


@dataclass(frozen=True)
class CollectionName:
    """What is needed to link to a collection."""

    id: int
    public_id: str
    title: dict[str, str]


@dataclass
class Chapter:
    """The materials of one part of a collection, in order. `part` is None for those before all parts."""

    part: CollectionPart | None
    items: list[CollectionItem] = field(default_factory=list)
    notes: list[CollectionNote] = field(default_factory=list)

    @property
    def entries(self) -> list[CollectionItem | CollectionNote]:
        """Materials and notes in their order."""
        return sorted([*self.notes, *self.items], key=lambda each: each.position)

    @property
    def runs(self) -> list[tuple[CollectionNote | None, list[CollectionItem]]]:
        """The materials in runs, each with the note above it; None above the first, if there is none."""
        found: list[tuple[CollectionNote | None, list[CollectionItem]]] = []
        for each in self.entries:
            if isinstance(each, CollectionNote):
                found.append((each, []))
            elif found:
                found[-1][1].append(each)
            else:
                found.append((None, [each]))
        return found


def find_collection(session: Session, public_id: str) -> Collection:
    """Return a collection in any state. Raises NotFound."""
    query = sa.select(Collection).where(Collection.public_id == public_id)
    collection = session.scalar(query.options(selectinload(Collection.items), selectinload(Collection.parts)))
    if collection is None:
        raise NotFound(UNKNOWN)
    return collection


def find_public_collection(session: Session, public_id: str) -> Collection:
    """Return a published collection. Raises NotFound for any other."""
    collection = find_collection(session, public_id)
    if collection.published_at is None:
        raise NotFound(UNKNOWN)
    return collection


def collection_to_edit(session: Session, account: Account | None, public_id: str) -> Collection:
    """Return a collection that an account may change. Raises Forbidden, or NotFound for one that is not public."""
    collection = find_collection(session, public_id)
    if may_edit_collection(account, collection):
        return collection
    if collection.published_at is not None:
        raise Forbidden(NOT_YOURS)
    raise NotFound(UNKNOWN)


def material_in(session: Session, collection: Collection, public_id: str) -> Material:
    """Return a material of a collection. Raises NotFound for any other, whether there is one or not."""
    query = sa.select(Material).join(CollectionItem, CollectionItem.material_id == Material.id)
    found = session.scalar(query.where(CollectionItem.collection_id == collection.id, Material.public_id == public_id))
    if found is None:
        raise NotFound(NOT_IN_IT)
    return found


def chapters_of(session: Session, collection: Collection) -> list[Chapter]:
    """Return a collection's parts with their public materials and their notes; a part may be empty.

    What is before all parts comes first, if there is anything.
    """
    chapters = {part.id: Chapter(part) for part in collection.parts}
    first = Chapter(None)
    for part_id, found in contents_of(session, collection):
        chapter = chapters.get(part_id or 0, first)
        for each in found:
            if isinstance(each, CollectionNote):
                chapter.notes.append(each)
            elif each.material.is_public:
                chapter.items.append(each)
    return [first, *chapters.values()] if first.entries else list(chapters.values())


def contents_of(
    session: Session, collection: Collection
) -> list[tuple[int | None, list[CollectionItem | CollectionNote]]]:
    """Return everything in a collection, withdrawn materials too, by the id of its part, None (before all) first."""
    loads = selectinload(CollectionItem.material).selectinload(Material.current_version)
    items = sa.select(CollectionItem).where(CollectionItem.collection_id == collection.id).options(loads)
    notes = sa.select(CollectionNote).where(CollectionNote.collection_id == collection.id)
    found: dict[int | None, list[CollectionItem | CollectionNote]] = {None: []}
    found |= {part.id: [] for part in collection.parts}
    everything = [*session.scalars(notes), *session.scalars(items)]
    for each in sorted(everything, key=lambda each: each.position):
        found[each.part_id if each.part_id in found else None].append(each)
    return list(found.items())


@dataclass(frozen=True)
class Needed:
    """What one should have learnt before a collection: `number` of the row, what it is, whether everybody sees it."""

    number: int
    is_course: bool
    public_id: str
    title: dict[str, str]
    is_public: bool


def prerequisites_of(session: Session, collection_id: int) -> list[Needed]:
    """Return what should be learnt before a collection, in the order in which it was noted."""
    query = (
        sa.select(
            Prerequisite.id,
            Prerequisite.needed_collection_id.is_not(None),
            sa.func.coalesce(Collection.public_id, Material.public_id),
            Collection.title,
            Version.record,
            sa.or_(
                Collection.published_at.is_not(None), sa.and_(Version.id.is_not(None), Material.withdrawn_at.is_(None))
            ),
        )
        .outerjoin(Collection, Collection.id == Prerequisite.needed_collection_id)
        .outerjoin(Material, Material.id == Prerequisite.needed_material_id)
        .outerjoin(Version, Version.id == Material.current_version_id)
        .where(Prerequisite.collection_id == collection_id)
        .order_by(Prerequisite.id)
    )
    found = []
    for number, is_course, public_id, title, record, is_public in session.execute(query):
        shown = title if is_course else (record or {}).get("title")
        found.append(Needed(number, bool(is_course), public_id, shown or {}, bool(is_public)))
    return found


def needed_by(session: Session, collection_id: int) -> set[int]:
    """Return the collections that should be learnt before one, and before these, and so on."""
    found: set[int] = set()
    ask = {collection_id}
    while ask:
        query = sa.select(Prerequisite.needed_collection_id).where(
            Prerequisite.collection_id.in_(ask), Prerequisite.needed_collection_id.is_not(None)
        )
        ask = {each for each in session.scalars(query) if each is not None} - found
        found |= ask
    return found


def note_in(session: Session, collection: Collection, number: int) -> CollectionNote:
    """Return a note of a collection. Raises NotFound for any other."""
    note = session.get(CollectionNote, number)
    if note is None or note.collection_id != collection.id:
        raise NotFound(NO_NOTE)
    return note


def public_ids_in(session: Session, collection_id: int) -> set[str]:
    """Return the public ids of all materials in a collection."""
    query = sa.select(Material.public_id).join(CollectionItem, CollectionItem.material_id == Material.id)
    return set(session.scalars(query.where(CollectionItem.collection_id == collection_id)))


def editable_with(session: Session, account: Account, material_id: int) -> list[tuple[Collection, bool]]:
    """Return the newest collections that an account may change, each with whether a material is in it already."""
    inside = sa.exists().where(CollectionItem.collection_id == Collection.id, CollectionItem.material_id == material_id)
    query = sa.select(Collection, inside).order_by(Collection.id.desc()).limit(MOST_OFFERED)
    units = units_for(account, Action.COLLECTION_EDIT)
    if units is not None:
        query = query.where(Collection.unit_id.in_(units))
    found = session.execute(query.options(selectinload(Collection.parts))).all()
    return [(collection, bool(is_inside)) for collection, is_inside in found]


def public_collections(session: Session, page: int = 1, size: int = 20) -> Page[Collection]:
    """Return a page of the published collections, newest first."""
    query = sa.select(Collection).where(Collection.published_at.is_not(None))
    return page_of(session, query.order_by(Collection.published_at.desc(), Collection.id.desc()), page, size)


def newest_collections(session: Session, size: int) -> list[Collection]:
    """Return the newest published collections."""
    return list(session.scalars(_NEWEST, {"size": size}))


def collections_to_edit(session: Session, account: Account, page: int = 1) -> Page[Collection]:
    """Return a page of the collections that an account may change, newest first."""
    query = sa.select(Collection).order_by(Collection.id.desc())
    units = units_for(account, Action.COLLECTION_EDIT)
    if units is not None:
        query = query.where(Collection.unit_id.in_(units))
    return page_of(session, query, page)


def collections_of_material(session: Session, material_id: int) -> list[CollectionName]:
    """Return the published collections that a material is in, oldest first."""
    return [CollectionName(*row) for row in plain_rows(session, _OF_MATERIAL, {"material_id": material_id})]


def item_counts(session: Session, collection_ids: list[int]) -> dict[int, int]:
    """Return the number of public materials in each of these collections."""
    counts = dict(session.execute(_ITEM_COUNTS, {"collection_ids": collection_ids}).all())
    return {collection_id: counts.get(collection_id, 0) for collection_id in collection_ids}


def volumes_of(session: Session, collection_ids: Sized[int]) -> dict[int, list[Volume]]:
    """Return each collection's public materials as the volumes of a shelf, in the order of its page."""
    found: dict[int, list[Volume]] = {each: [] for each in collection_ids}
    rows = plain_rows(session, _VOLUMES, {"collection_ids": list(collection_ids)}) if collection_ids else ()
    for collection_id, public_id, subject, time in rows:
        found[collection_id].append(Volume(public_id, subject or "", learning_minutes(time)))
    return found
