"""A material's place in the courses that it is part of: what comes before it, what comes next."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from oer.catalogue.models import Collection, Material
from oer.catalogue.queries import chapters_of, collections_of_material


@dataclass(frozen=True)
class Neighbour:
    """A material before or after another in a course."""

    public_id: str
    title: dict[str, str]


@dataclass(frozen=True)
class Place:
    """That a material is the `number`th of `total` in a collection, and its neighbours there."""

    collection: Collection
    number: int
    total: int
    previous: Neighbour | None
    next: Neighbour | None


def places_in_courses(session: Session, material: Material) -> list[Place]:
    """Return the places of a material in service in the published collections, oldest collection first."""
    return [_place(session, collection, material) for collection in collections_of_material(session, material.id)]


def _place(session: Session, collection: Collection, material: Material) -> Place:
    items = [item.material for chapter in chapters_of(session, collection) for item in chapter.items]
    at = next((place for place, each in enumerate(items) if each.id == material.id), 0)
    return Place(
        collection,
        at + 1,
        len(items),
        _neighbour(items[at - 1]) if at > 0 else None,
        _neighbour(items[at + 1]) if at + 1 < len(items) else None,
    )


def _neighbour(material: Material) -> Neighbour:
    record: dict[str, Any] = material.current_version.record if material.current_version else {}
    return Neighbour(material.public_id, record.get("title", {}))
