"""Collections: created, described, filled, ordered and published by the educators of their unit."""

from collections.abc import Sequence
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Unit
from oer.accounts.permissions import Action, require_in
from oer.catalogue.home_models import CollectionNote, Prerequisite
from oer.catalogue.models import Collection, CollectionItem, CollectionPart, Material
from oer.catalogue.queries.collections import NOT_IN_IT, contents_of, needed_by
from oer.catalogue.services.changes import bump_catalogue, bump_materials, collection_changed
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import N_
from oer.core.seen import require_seen
from oer.vocabularies import vocabularies

MAX_ITEMS = 500
MAX_PARTS = 50
MAX_NOTES, MAX_PREREQUISITES = 100, 10
_NO_TITLE = N_("A collection needs a title.")
_NO_KIND = N_("Choose what kind of collection it is.")
_NOT_PUBLIC = N_("Only published materials can be added to a collection.")
_NO_PART = N_("There is no such part.")
_FULL = N_("A collection has %(most)s materials at most.")
_TOO_MANY_PARTS = N_("A collection has %(most)s parts at most.")
_TOO_MANY_NOTES = N_("A collection has %(most)s notes at most.")
_EMPTY_NOTE = N_("Write a heading or a text.")
_NOT_PUBLIC_YET = N_("Only what is published can be asked for beforehand.")
_ROUND = N_("This course comes after the one that you are editing, so it cannot come before it.")
_TOO_MANY_NEEDED = N_("At most %(most)s things can be asked for beforehand.")
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
    item.position = _end_of(session, collection)
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


Placed: TypeAlias = CollectionItem | CollectionNote
"""What has a place among the contents of a collection."""


def move_material(session: Session, collection: Collection, material: Material, steps: int) -> None:
    """Move a material up (negative) or down, beyond the ends of its part too. Raises NotFound if it is not in it."""
    item = next((each for each in collection.items if each.material_id == material.id), None)
    if item is None:
        raise NotFound(NOT_IN_IT)
    move(session, collection, item, steps)


def move(session: Session, collection: Collection, moved: Placed, steps: int) -> None:
    """Move an item or a note one place up (negative) or down among what is shown.

    From the end of a part it goes to the beginning of the next one. What is withdrawn is no place to stop at.
    """
    _lock(session, collection)
    chapters = contents_of(session, collection)
    at = next(number for number, (part_id, _) in enumerate(chapters) if part_id == moved.part_id)
    here = chapters[at][1]
    way = -1 if steps < 0 else 1
    beyond = here[: here.index(moved)][::-1] if way < 0 else here[here.index(moved) + 1 :]
    neighbour = next((each for each in beyond if _is_shown(each)), None)
    if neighbour is not None:
        here.remove(moved)
        here.insert(here.index(neighbour) + (way > 0), moved)
    elif 0 <= at + way < len(chapters):
        here.remove(moved)
        moved.part_id, there = chapters[at + way]
        there.insert(len(there) if way < 0 else 0, moved)
    _number(session, collection, chapters)


def place_in_part(session: Session, collection: Collection, moved: Placed, part_id: int | None) -> None:
    """Put an item or a note at the end of a part (None: before all parts). Raises NotFound for another's part."""
    _lock(session, collection)
    if part_id is not None:
        part_of(collection, part_id)
    moved.part_id = part_id
    moved.position = _end_of(session, collection)
    session.flush()
    _number(session, collection, contents_of(session, collection))


def _lock(session: Session, collection: Collection) -> None:
    # Two educators who move something at once: the second waits, and moves it in the order that the first has left.
    session.refresh(collection, with_for_update={"of": Collection})
    session.expire(collection, ["items", "parts"])


def _is_shown(each: Placed) -> bool:
    return isinstance(each, CollectionNote) or each.material.is_public


def _number(session: Session, collection: Collection, chapters: Sequence[tuple[int | None, list[Placed]]]) -> None:
    for position, each in enumerate((each for _, found in chapters for each in found), 1):
        each.position = position
    session.flush()
    session.expire(collection, ["items"])
    collection_changed(session, collection)


def _end_of(session: Session, collection: Collection) -> int:
    return max((each.position for _, found in contents_of(session, collection) for each in found), default=0) + 1


def add_note(
    session: Session,
    collection: Collection,
    heading: dict[str, str],
    text: dict[str, str],
    part_id: int | None = None,
) -> CollectionNote:
    """Put a note at the end of a part, or before all parts. Raises Invalid where nothing is written, NotFound."""
    if part_id is not None:
        part_of(collection, part_id)
    _lock(session, collection)
    if sum(isinstance(each, CollectionNote) for _, found in contents_of(session, collection) for each in found) >= (
        MAX_NOTES
    ):
        raise Invalid(_TOO_MANY_NOTES, most=MAX_NOTES)
    note = CollectionNote(collection_id=collection.id, part_id=part_id, position=_end_of(session, collection))
    session.add(note)
    write_note(session, collection, note, heading, text)
    return note


def write_note(
    session: Session, collection: Collection, note: CollectionNote, heading: dict[str, str], text: dict[str, str]
) -> None:
    """Set what a note says. Raises Invalid where nothing is written."""
    if not any(heading.values()) and not any(text.values()):
        raise Invalid(_EMPTY_NOTE, field="heading")
    note.heading, note.text = heading, text
    collection_changed(session, collection)


def remove_note(session: Session, collection: Collection, note: CollectionNote) -> None:
    """Remove a note."""
    session.delete(note)
    collection_changed(session, collection)


def add_prerequisite(session: Session, collection: Collection, needed: Collection | Material) -> None:
    """Note that something should be learnt before a collection; what is noted already stays.

    Raises Invalid for the collection itself, for one that needs it, and for more than ten; Conflict for what is not
    public.
    """
    _lock(session, collection)
    is_course = isinstance(needed, Collection)
    if not needed.is_public:
        raise Conflict(_NOT_PUBLIC_YET, code="not_in_service")
    if is_course and (needed.id == collection.id or collection.id in needed_by(session, needed.id)):
        raise Invalid(_ROUND, field="needed")
    theirs = Prerequisite.collection_id == collection.id
    of = Prerequisite.needed_collection_id if is_course else Prerequisite.needed_material_id
    if session.scalar(sa.select(sa.exists().where(theirs, of == needed.id))):
        return
    if (session.scalar(sa.select(sa.func.count()).select_from(Prerequisite).where(theirs)) or 0) >= MAX_PREREQUISITES:
        raise Invalid(_TOO_MANY_NEEDED, field="needed", most=MAX_PREREQUISITES)
    column = "needed_collection_id" if is_course else "needed_material_id"
    session.add(Prerequisite(collection_id=collection.id, **{column: needed.id}))
    collection_changed(session, collection)


def remove_prerequisite(session: Session, collection: Collection, number: int) -> None:
    """Take a prerequisite away; one that is gone already stays gone."""
    mine = (Prerequisite.id == number, Prerequisite.collection_id == collection.id)
    session.execute(sa.delete(Prerequisite).where(*mine))
    collection_changed(session, collection)


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
    """Remove a part; its materials and notes stay, before all parts. Raises NotFound."""
    part = part_of(collection, part_id)
    for item in collection.items:
        item.part_id = None if item.part_id == part_id else item.part_id
    notes = sa.update(CollectionNote).where(CollectionNote.part_id == part_id)
    session.execute(notes.values(part_id=None))
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
