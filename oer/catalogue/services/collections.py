"""Collections: created, described, filled, ordered and published by the educators of their unit."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Unit
from oer.accounts.permissions import Action, require_in
from oer.catalogue.models import Collection, CollectionItem, CollectionPart, Material
from oer.catalogue.queries.collections import NOT_IN_IT
from oer.catalogue.services.changes import bump_catalogue, bump_materials, collection_changed
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import N_
from oer.core.seen import require_seen
from oer.vocabularies import vocabularies

MAX_ITEMS = 500
MAX_PARTS = 50
_NO_TITLE = N_("A collection needs a title.")
_NO_KIND = N_("Choose what kind of collection it is.")
_NOT_PUBLIC = N_("Only published materials can be added to a collection.")
_NO_PART = N_("There is no such part.")
_FULL = N_("A collection has %(most)s materials at most.")
_TOO_MANY_PARTS = N_("A collection has %(most)s parts at most.")
_ORDER = N_("The new order must name every material once.")
_EMPTY = N_("Put at least one material into the collection before publishing it.")


def create_collection(
    session: Session, actor: Account, unit: Unit, title: dict[str, str], *, kind: str = "course"
) -> Collection:
    """Create a collection of a unit. Raises Forbidden if the actor is not an educator of it, Invalid."""
    require_in(actor, Action.COLLECTION_EDIT, unit.id)
    collection = Collection(unit_id=unit.id, owner_id=actor.id)
    session.add(collection)
    session.flush()
    describe_collection(session, collection, title=title, summary={}, kind=kind)
    return collection


def describe_collection(
    session: Session,
    collection: Collection,
    *,
    title: dict[str, str],
    summary: dict[str, str],
    kind: str,
    seen: str | None = None,
) -> None:
    """Set title, summary and kind of a collection. Raises Invalid without a title or for an unknown kind.

    `seen` is what the form was filled from (`Collection.seen_parts`); ChangedMeanwhile if the collection is another by
    now, and not what is wanted anyway.
    """
    session.refresh(collection, with_for_update={"of": Collection})
    if not any(title.values()):
        raise Invalid(_NO_TITLE, field="title")
    if kind not in vocabularies().collection_kinds:
        raise Invalid(_NO_KIND, field="kind")
    if (title, summary, kind) != (collection.title, collection.summary, collection.kind):
        require_seen(seen, collection.seen_parts)
    collection.title, collection.summary, collection.kind = title, summary, kind
    collection_changed(session, collection)


def add_material(session: Session, collection: Collection, material: Material, part_id: int | None = None) -> None:
    """Add a material at the end of a collection or of one of its parts; one that is in it already moves there.

    Raises Conflict for a material that is not public, NotFound for a part of another collection, Invalid if it is full.
    """
    if not material.is_public:
        raise Conflict(_NOT_PUBLIC, code="not_in_service")
    if part_id is not None and part_id not in {part.id for part in collection.parts}:
        raise NotFound(_NO_PART)
    item = next((each for each in collection.items if each.material_id == material.id), None)
    if item is None:
        if len(collection.items) >= MAX_ITEMS:
            raise Invalid(_FULL, most=MAX_ITEMS)
        item = CollectionItem(material_id=material.id, position=0)
        collection.items.append(item)
    item.part_id = part_id
    item.position = max((each.position for each in collection.items), default=0) + 1
    session.flush()
    session.expire(collection, ["items"])
    collection_changed(session, collection)


def remove_material(session: Session, collection: Collection, material: Material) -> None:
    """Remove a material from a collection. Raises NotFound if it is not in it."""
    item = next((each for each in collection.items if each.material_id == material.id), None)
    if item is None:
        raise NotFound(NOT_IN_IT)
    collection.items.remove(item)
    bump_materials(session, [material.id])
    collection_changed(session, collection)


def order_items(session: Session, collection: Collection, material_ids: Sequence[int]) -> None:
    """Put a collection's materials into the given order. Raises Invalid unless each is named exactly once."""
    items = {item.material_id: item for item in collection.items}
    if sorted(material_ids) != sorted(items):
        raise Invalid(_ORDER, field="order")
    for position, material_id in enumerate(material_ids, 1):
        items[material_id].position = position
    session.flush()
    session.expire(collection, ["items"])
    collection_changed(session, collection)


def move_material(session: Session, collection: Collection, material: Material, steps: int) -> None:
    """Move a material up (negative) or down among those of its part. Raises NotFound if it is not in the collection."""
    ids = [item.material_id for item in collection.items]
    if material.id not in ids:
        raise NotFound(NOT_IN_IT)
    part_of = {item.material_id: item.part_id for item in collection.items}
    together = [each for each in ids if part_of[each] == part_of[material.id]]
    at = together.index(material.id)
    together.insert(max(0, at + steps), together.pop(at))
    order_items(session, collection, [each for each in ids if each not in together] + together)


def add_part(session: Session, collection: Collection, title: dict[str, str]) -> CollectionPart:
    """Add a part at the end of a collection. Raises Invalid without a title."""
    if not any(title.values()):
        raise Invalid(_NO_TITLE, field="title")
    if len(collection.parts) >= MAX_PARTS:
        raise Invalid(_TOO_MANY_PARTS, most=MAX_PARTS)
    position = max((part.position for part in collection.parts), default=0) + 1
    part = CollectionPart(position=position, title=title)
    collection.parts.append(part)
    collection_changed(session, collection)
    return part


def rename_part(session: Session, collection: Collection, part_id: int, title: dict[str, str]) -> None:
    """Give a part another title. Raises NotFound, Invalid without a title."""
    part = part_of(collection, part_id)
    if not any(title.values()):
        raise Invalid(_NO_TITLE, field="title")
    part.title = title
    collection_changed(session, collection)


def remove_part(session: Session, collection: Collection, part_id: int) -> None:
    """Remove a part; its materials stay, before all parts. Raises NotFound."""
    part = part_of(collection, part_id)
    for item in collection.items:
        item.part_id = None if item.part_id == part_id else item.part_id
    session.flush()
    collection.parts.remove(part)
    collection_changed(session, collection)


def move_part(session: Session, collection: Collection, part_id: int, steps: int) -> None:
    """Move a part up (negative) or down. Raises NotFound."""
    parts = list(collection.parts)
    at = parts.index(part_of(collection, part_id))
    parts.insert(max(0, at + steps), parts.pop(at))
    for position, part in enumerate(parts, 1):
        part.position = position
    session.flush()
    session.expire(collection, ["parts"])
    collection_changed(session, collection)


def publish_collection(session: Session, actor: Account, collection: Collection) -> None:
    """Make a collection public. Raises Invalid while it is empty."""
    if not collection.items:
        raise Invalid(_EMPTY, field="items")
    collection.published_at = collection.published_at or now()
    audit.record(session, actor.id, "collection.published", "collection", collection.public_id)
    collection_changed(session, collection)


def hide_collection(session: Session, actor: Account, collection: Collection) -> None:
    """Make a collection visible to its educators only."""
    collection.published_at = None
    audit.record(session, actor.id, "collection.hidden", "collection", collection.public_id)
    collection_changed(session, collection)


def delete_collection(session: Session, actor: Account, collection: Collection) -> None:
    """Delete a collection; its materials stay. Raises Conflict while it is published."""
    if collection.published_at is not None:
        raise Conflict(N_("Hide the collection before deleting it."), code="published")
    bump_materials(session, [item.material_id for item in collection.items])
    audit.record(session, actor.id, "collection.deleted", "collection", collection.public_id)
    session.execute(sa.delete(CollectionItem).where(CollectionItem.collection_id == collection.id))
    session.expire(collection)
    session.delete(collection)
    bump_catalogue(session)
    session.flush()


def part_of(collection: Collection, part_id: int) -> CollectionPart:
    """Return a part of a collection. Raises NotFound."""
    part = next((each for each in collection.parts if each.id == part_id), None)
    if part is None:
        raise NotFound(_NO_PART)
    return part
