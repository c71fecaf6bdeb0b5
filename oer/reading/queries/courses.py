"""A material's place in the courses that it is part of: what comes before it, what comes next."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import CollectionItem, CollectionPart, Material, Version
from oer.catalogue.queries import collections_of_material
from oer.catalogue.queries.browsing import IN_SERVICE
from oer.catalogue.queries.collections import CollectionName


@dataclass(frozen=True)
class Neighbour:
    """A material before or after another in a course."""

    public_id: str
    title: dict[str, str]


@dataclass(frozen=True)
class Place:
    """That a material is the `number`th of `total` in a collection, and its neighbours there."""

    collection: CollectionName
    number: int
    total: int
    previous: Neighbour | None
    next: Neighbour | None


def places_in_courses(session: Session, material: Material) -> list[Place]:
    """Return the places of a material in service in the published collections, oldest collection first."""
    collections = collections_of_material(session, material.id)
    if not collections:
        return []
    orders = _orders(session, [each.id for each in collections])
    around = [_around(orders[each.id], material.id) for each in collections]
    neighbours = _neighbours(session, {one for _, before, after in around for one in (before, after) if one})
    return [
        Place(
            each,
            number,
            len(orders[each.id]),
            neighbours.get(before) if before else None,
            neighbours.get(after) if after else None,
        )
        for each, (number, before, after) in zip(collections, around, strict=True)
    ]


def _orders(session: Session, collection_ids: list[int]) -> dict[int, list[int]]:
    """Return the materials in service of each collection by number, in the order in which its page shows them."""
    query = (
        sa.select(CollectionItem.collection_id, CollectionItem.material_id)
        .join(Material, Material.id == CollectionItem.material_id)
        .outerjoin(CollectionPart, CollectionPart.id == CollectionItem.part_id)
        .where(CollectionItem.collection_id.in_(collection_ids), *IN_SERVICE)
        .order_by(sa.func.coalesce(CollectionPart.position, -1), CollectionItem.position)
    )
    orders: dict[int, list[int]] = {each: [] for each in collection_ids}
    for collection_id, material_id in session.execute(query):
        orders[collection_id].append(material_id)
    return orders


def _around(order: list[int], material_id: int) -> tuple[int, int | None, int | None]:
    """Return the number of a material in an order, from 1, and what is before and after it there."""
    at = order.index(material_id) if material_id in order else 0
    return at + 1, order[at - 1] if at > 0 else None, order[at + 1] if at + 1 < len(order) else None


def _neighbours(session: Session, material_ids: set[int]) -> dict[int, Neighbour]:
    query = (
        sa.select(Material.id, Material.public_id, Version.record)
        .join(Version, Version.id == Material.current_version_id)
        .where(Material.id.in_(material_ids))
    )
    rows = session.execute(query).all() if material_ids else []
    return {number: Neighbour(public_id, record.get("title", {})) for number, public_id, record in rows}
