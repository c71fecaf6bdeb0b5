"""What home shows beside lists: the course or material of the week, and the parts of the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.home_models import WEEK_DAYS, CollectionPicture, GroupCourse, PartKind, PartOfDay, WeekChoice
from oer.catalogue.models import Collection, CollectionItem, Material, Version
from oer.catalogue.queries.browsing import IS_PUBLIC, Card, cards_by_public_ids, newest_cards
from oer.core.clock import city_date
from oer.core.durations import learning_minutes

# For so long nothing comes again, as long as there is something else.
LATELY = timedelta(days=14)
# Shown until the worker has chosen those of today, and where there is none, for so long.
LAST_SHOWN = timedelta(days=7)
COVERS, NEWEST = 4, 12
_IN_SERVICE = (PartOfDay.version_id == Material.current_version_id, *IS_PUBLIC)


# Both are plain values, for home keeps them from one request to the next.
@dataclass(frozen=True)
class ShownPart:
    """A part of the day (see `PartOfDay`), with the card of its material."""

    slot: int
    kind: PartKind
    file_number: int
    page: int
    last_page: int
    anchor: str
    title: str
    last_title: str
    card: Card


@dataclass(frozen=True)
class Feature:
    """The course or material of the week; `kind` is that of a collection, "" for a material.

    `cards` are its first materials, or itself; `minutes` how long all of them take, None unless all of them say so.
    `picture` is the hash of a course's picture.
    """

    public_id: str
    kind: str
    title: dict[str, str]
    summary: dict[str, str]
    cards: Sequence[Card]
    materials: int
    minutes: float | None
    picture: str | None = None


def parts_in_service(session: Session, day: date) -> list[PartOfDay]:
    """Return the parts chosen for a day whose materials are still as they were then, the shortest first."""
    query = sa.select(PartOfDay).join(Material, sa.and_(*_IN_SERVICE)).where(PartOfDay.day == day)
    return list(session.scalars(query.order_by(PartOfDay.slot)))


def versions_shown_lately(session: Session, day: date) -> set[int]:
    """Return the ids of the versions of which home had a part in the last days before one."""
    query = sa.select(PartOfDay.version_id).where(PartOfDay.day < day, PartOfDay.day >= day - LATELY)
    return set(session.scalars(query))


def shown_parts(session: Session, day: date) -> list[ShownPart]:
    """Return the parts of a day, or of the last one before it that has some, as long as that is not long ago."""
    recent = sa.select(sa.func.max(PartOfDay.day)).where(PartOfDay.day <= day, PartOfDay.day > day - LAST_SHOWN)
    query = (
        sa.select(PartOfDay, Material.public_id)
        .join(Material, sa.and_(*_IN_SERVICE))
        .where(PartOfDay.day == recent.scalar_subquery())
        .order_by(PartOfDay.slot)
    )
    rows = session.execute(query).all()
    cards = cards_by_public_ids(session, [public_id for _, public_id in rows])
    return [
        ShownPart(
            each.slot,
            each.kind,
            each.file_number,
            each.page,
            each.last_page,
            each.anchor,
            each.title,
            each.last_title,
            cards[public_id],
        )
        for each, public_id in rows
    ]


def feature_of(session: Session, day: date) -> Feature | None:
    """Return what is shown in the week of a day: what administrators chose, else each week another course.

    Without courses it is one of the newest materials; None where there is nothing at all.
    """
    return _chosen(session, day) or _by_rule(session, day)


def picture_of(session: Session, collection_id: int) -> str | None:
    """Return the hash of a collection's picture, None if it has none."""
    query = sa.select(CollectionPicture.blob_sha256).where(CollectionPicture.collection_id == collection_id)
    return session.scalar(query)


def week_choices(session: Session, since: date) -> Sequence[tuple[WeekChoice, str, dict[str, str]]]:
    """Return the choices whose weeks end on a day or later, each with the public id and the title of what it is."""
    query = (
        sa.select(WeekChoice, Material.public_id, Version.record, Collection.public_id, Collection.title)
        .outerjoin(Material, Material.id == WeekChoice.material_id)
        .outerjoin(Version, Version.id == Material.current_version_id)
        .outerjoin(Collection, Collection.id == WeekChoice.collection_id)
        .where(WeekChoice.starts_on > since - timedelta(days=WEEK_DAYS))
        .order_by(WeekChoice.starts_on)
    )
    return [
        (choice, material or course, (record or {}).get("title", {}) if material else title)
        for choice, material, record, course, title in session.execute(query)
    ]


def _chosen(session: Session, day: date) -> Feature | None:
    choices = sa.select(WeekChoice).where(
        WeekChoice.starts_on <= day, WeekChoice.starts_on > day - timedelta(days=WEEK_DAYS)
    )
    choice = session.scalar(choices.order_by(WeekChoice.starts_on.desc()).limit(1))
    if choice is None:
        return None
    if choice.collection_id is not None:
        return _course(session, choice.collection_id)
    public_id = session.scalar(sa.select(Material.public_id).where(Material.id == choice.material_id))
    return _material(list(cards_by_public_ids(session, [public_id or ""]).values()))


def _by_rule(session: Session, day: date) -> Feature | None:
    week = (day.toordinal() - 1) // WEEK_DAYS  # a week begins on Monday
    monday = date.fromordinal(week * WEEK_DAYS + 1)
    filled = (
        sa.select(CollectionItem.collection_id)
        .join(Material, Material.id == CollectionItem.material_id)
        .where(*IS_PUBLIC)
    )
    query = sa.select(Collection.id, Collection.published_at).where(
        Collection.published_at.is_not(None), Collection.id.in_(filled)
    )
    found = session.execute(query.order_by(Collection.id)).all()
    # A course that is published in the middle of a week does not change what this week shows.
    courses = [each for each, published in found if published and city_date(published) < monday] or [
        row[0] for row in found
    ]
    if courses:
        return _course(session, courses[week % len(courses)])
    cards = newest_cards(session, NEWEST)
    return _material([cards[week % len(cards)]]) if cards else None


def _course(session: Session, collection_id: int) -> Feature | None:
    course = session.get_one(Collection, collection_id)
    query = (
        sa.select(Material.public_id, Version.record)
        .join(Version, Version.id == Material.current_version_id)
        .join(CollectionItem, CollectionItem.material_id == Material.id)
        .where(CollectionItem.collection_id == collection_id, *IS_PUBLIC)
        .order_by(CollectionItem.position)
    )
    rows = session.execute(query).all()
    if not course.is_public or not rows:
        return None
    first = [public_id for public_id, _ in rows[:COVERS]]
    cards = cards_by_public_ids(session, first)
    times = [learning_minutes(record.get("time_required")) for _, record in rows]
    minutes = sum(time for time in times if time) if all(times) else None
    return Feature(
        course.public_id,
        course.kind,
        course.title,
        course.summary,
        [cards[public_id] for public_id in first],
        len(rows),
        minutes,
        picture_of(session, collection_id),
    )


def _material(cards: Sequence[Card]) -> Feature | None:
    if not cards:
        return None
    card, record = cards[0], cards[0].record
    minutes = learning_minutes(record.get("time_required"))
    return Feature(card.public_id, "", record["title"], record.get("summary") or {}, cards, 1, minutes)


def courses_for_group(session: Session, audience: str) -> list[Collection]:
    """Return the published courses that administrators chose for a group, in their order."""
    query = sa.select(Collection).join(GroupCourse, GroupCourse.collection_id == Collection.id)
    query = query.where(GroupCourse.audience == audience, Collection.published_at.is_not(None))
    return list(session.scalars(query.order_by(GroupCourse.position, GroupCourse.collection_id)))


def courses_by_group(session: Session) -> dict[str, list[tuple[GroupCourse, Collection]]]:
    """Return the choices for all groups, in their order, with the courses: also those that are hidden now."""
    query = sa.select(GroupCourse, Collection).join(Collection, Collection.id == GroupCourse.collection_id)
    found: dict[str, list[tuple[GroupCourse, Collection]]] = {}
    for row, course in session.execute(query.order_by(GroupCourse.position, GroupCourse.collection_id)):
        found.setdefault(row.audience, []).append((row, course))
    return found
