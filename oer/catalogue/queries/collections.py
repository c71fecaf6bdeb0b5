"""Collections: public ones, those that an account may change, and their contents."""

from collections.abc import Collection as Sized
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.accounts.models import Account
from oer.accounts.permissions import Action, units_for
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
    """Return a collection's parts with their public materials; a part may be empty.

    Materials before all parts come first, if there are any.
    """
    loads = selectinload(CollectionItem.material).selectinload(Material.current_version)
    query = sa.select(CollectionItem).where(CollectionItem.collection_id == collection.id).options(loads)
    items = [item for item in session.scalars(query.order_by(CollectionItem.position)) if item.material.is_public]
    chapters = {part.id: Chapter(part) for part in collection.parts}
    first = Chapter(None)
    for item in items:
        chapters.get(item.part_id or 0, first).items.append(item)
    return [first, *chapters.values()] if first.items else list(chapters.values())


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
