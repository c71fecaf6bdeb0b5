"""Learning points by ward and name; the calendar of events; what the indicators ask of both."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import WARD, Unit, fold_name
from oer.catalogue.models import Material
from oer.catalogue.queries.browsing import Card, cards_by_public_ids
from oer.city.models import (
    CityEvent,
    EventMaterial,
    EventRegistration,
    EventState,
    LearningPoint,
    PointCheck,
    RegistrationState,
    half_a_year_before,
)
from oer.core.clock import CITY_TIME_ZONE, now
from oer.core.db import Page, page_of
from oer.core.errors import NotFound
from oer.core.i18n import N_

NO_POINT = N_("There is no such learning point.")
NO_EVENT = N_("There is no such event.")
NO_REGISTRATION = N_("There is no such registration. It may have been cancelled, or deleted after the event.")
POINTS_A_PAGE, EVENTS_A_PAGE = 50, 30
MOST_IN_FEED = 1000
FEED_DAYS = 90


def wards_of(session: Session, unit_ids: Collection[int] | None) -> frozenset[str] | None:
    """Return the codes of the wards among these units; None means all."""
    if unit_ids is None:
        return None
    query = sa.select(Unit.code).where(Unit.id.in_(unit_ids), Unit.kind == WARD)
    return frozenset(session.scalars(query))


# Learning points.


def public_points(session: Session, *, ward: str = "", kind: str = "", words: str = "", page: int = 1) -> Page[Any]:
    """Return the points of a ward (none: all) and kind whose names have all of these words, with marks or without."""
    query = sa.select(LearningPoint).where(LearningPoint.removed_on.is_(None))
    if ward:
        query = query.where(LearningPoint.ward_code == ward)
    if kind:
        query = query.where(LearningPoint.kind == kind)
    for word in fold_name(words).split()[:8]:
        query = query.where(LearningPoint.name_folded.contains(word, autoescape=True))
    ordered = query.order_by(LearningPoint.name_folded, LearningPoint.id)
    return page_of(session, ordered, page, POINTS_A_PAGE)


def counts_by_ward(session: Session) -> dict[str, int]:
    """Return how many points each ward has that has any."""
    query = sa.select(LearningPoint.ward_code, sa.func.count()).where(LearningPoint.removed_on.is_(None))
    return dict(session.execute(query.group_by(LearningPoint.ward_code)).all())


def find_point(session: Session, public_id: str, *, also_removed: bool = False) -> LearningPoint:
    """Return a learning point. Raises NotFound, also for one that was removed."""
    found = session.scalar(sa.select(LearningPoint).where(LearningPoint.public_id == public_id))
    if found is None or (found.removed_on and not also_removed):
        raise NotFound(NO_POINT)
    return found


def points_to_edit(session: Session, wards: Collection[str] | None, page: int = 1) -> Page[Any]:
    """Return the points of these wards (None: all), those first that were not checked for longest."""
    query = sa.select(LearningPoint).where(LearningPoint.removed_on.is_(None))
    if wards is not None:
        query = query.where(LearningPoint.ward_code.in_(wards))
    unchecked = LearningPoint.checked_on.is_not(None)
    ordered = query.order_by(unchecked, LearningPoint.checked_on, LearningPoint.name_folded, LearningPoint.id)
    return page_of(session, ordered, page, POINTS_A_PAGE)


def checks_of(session: Session, point: LearningPoint, most: int = 10) -> list[PointCheck]:
    """Return the last checks of a point, the latest first."""
    query = sa.select(PointCheck).where(PointCheck.point_id == point.id)
    return list(session.scalars(query.order_by(PointCheck.checked_on.desc(), PointCheck.id.desc()).limit(most)))


def points_of_wards(session: Session, wards: Collection[str] | None) -> list[LearningPoint]:
    """Return every point of these wards (None: all), by name: where an event can take place."""
    query = sa.select(LearningPoint).where(LearningPoint.removed_on.is_(None))
    if wards is not None:
        query = query.where(LearningPoint.ward_code.in_(wards))
    return list(session.scalars(query.order_by(LearningPoint.name_folded).limit(2000)))


# Events.


def _public_events() -> sa.Select[CityEvent]:
    return sa.select(CityEvent).where(CityEvent.state != EventState.DRAFT)


def upcoming_events(session: Session, *, ward: str = "", page: int = 1) -> Page[Any]:
    """Return what is on and what comes, the next first; with `ward` what takes place there, or online."""
    query = _public_events().where(CityEvent.ends_at > now())
    if ward:
        query = query.where(sa.or_(CityEvent.ward_code == ward, CityEvent.ward_code.is_(None)))
    return page_of(session, query.order_by(CityEvent.starts_at, CityEvent.id), page, EVENTS_A_PAGE)


def past_events(session: Session, *, ward: str = "", page: int = 1) -> Page[Any]:
    """Return what is over, the latest first."""
    query = _public_events().where(CityEvent.ends_at <= now())
    if ward:
        query = query.where(CityEvent.ward_code == ward)
    return page_of(session, query.order_by(CityEvent.starts_at.desc(), CityEvent.id), page, EVENTS_A_PAGE)


def next_events(session: Session, most: int, *, point_id: int | None = None) -> list[CityEvent]:
    """Return what is on or comes next and is not cancelled, at one point or anywhere."""
    query = sa.select(CityEvent).where(CityEvent.state == EventState.PUBLISHED, CityEvent.ends_at > now())
    if point_id is not None:
        query = query.where(CityEvent.point_id == point_id)
    return list(session.scalars(query.order_by(CityEvent.starts_at, CityEvent.id).limit(most)))


def events_for_feed(session: Session) -> list[CityEvent]:
    """Return what a calendar subscribes to: from 90 days ago on."""
    query = _public_events().where(CityEvent.ends_at > now() - timedelta(days=FEED_DAYS))
    return list(session.scalars(query.order_by(CityEvent.starts_at, CityEvent.id).limit(MOST_IN_FEED)))


def find_event(session: Session, public_id: str, *, public: bool = True) -> CityEvent:
    """Return an event; `public`: one that everybody may see. Raises NotFound."""
    found = session.scalar(sa.select(CityEvent).where(CityEvent.public_id == public_id))
    if found is None or (public and not found.is_public):
        raise NotFound(NO_EVENT)
    return found


def events_to_edit(session: Session, unit_ids: Collection[int] | None, page: int = 1) -> Page[Any]:
    """Return the events of these units (None: all), the latest first."""
    query = sa.select(CityEvent)
    if unit_ids is not None:
        query = query.where(CityEvent.unit_id.in_(unit_ids))
    return page_of(session, query.order_by(CityEvent.starts_at.desc(), CityEvent.id), page, EVENTS_A_PAGE)


def materials_of(session: Session, event: CityEvent) -> list[Card]:
    """Return the materials of an event that are public, in their order."""
    query = (
        sa.select(Material.public_id)
        .join(EventMaterial, EventMaterial.material_id == Material.id)
        .where(EventMaterial.event_id == event.id)
        .order_by(EventMaterial.position, Material.id)
    )
    public_ids = list(session.scalars(query))
    cards = cards_by_public_ids(session, public_ids) if public_ids else {}
    return [cards[each] for each in public_ids if each in cards]


def material_ids_of(session: Session, event: CityEvent) -> list[str]:
    """Return the public ids of all materials of an event, in their order."""
    query = sa.select(Material.public_id).join(EventMaterial).where(EventMaterial.event_id == event.id)
    return list(session.scalars(query.order_by(EventMaterial.position, Material.id)))


@dataclass(frozen=True)
class SeatsTaken:
    """How many have a seat in an event, and how many wait for one."""

    seated: int
    waiting: int


def seats_taken(session: Session, event: CityEvent) -> SeatsTaken:
    """Return how many have a seat, and how many wait."""
    row = EventRegistration
    query = sa.select(row.state, sa.func.count()).where(row.event_id == event.id).group_by(row.state)
    counts: Counter[RegistrationState] = Counter(dict(session.execute(query).all()))
    return SeatsTaken(counts[RegistrationState.SEATED], counts[RegistrationState.WAITING])


def registrations_of(session: Session, event: CityEvent) -> list[EventRegistration]:
    """Return who has a seat and who waits, in the order of their confirmation."""
    row = EventRegistration
    known = (RegistrationState.SEATED, RegistrationState.WAITING)
    query = sa.select(row).where(row.event_id == event.id, row.state.in_(known))
    return list(session.scalars(query.order_by(row.state == RegistrationState.WAITING, row.confirmed_at, row.id)))


def find_registration(session: Session, hashed: str) -> EventRegistration:
    """Return the registration whose secret has this hash. Raises NotFound."""
    found = session.scalar(sa.select(EventRegistration).where(EventRegistration.token_hash == hashed))
    if found is None:
        raise NotFound(NO_REGISTRATION)
    return found


# What the indicators ask (wired in `oer.app`).


def points_known(session: Session, end: date) -> list[tuple[str, int, int]] | None:
    """Return (ward, registered, in use) on a day, for LC-16; None while no ward had added any point.

    Registered are points that their ward has confirmed as open in the half year before. In use are those of them that
    had an assisted session by that check, or an event with people within that time.
    """
    begins = half_a_year_before(end)
    until = datetime.combine(end, datetime.min.time(), CITY_TIME_ZONE) + timedelta(days=1)
    if not session.scalar(sa.select(sa.exists().where(LearningPoint.added_at < until))):
        return None
    last = (
        sa.select(PointCheck.point_id, sa.func.max(PointCheck.id).label("id"))
        .where(PointCheck.checked_on <= end, PointCheck.checked_on >= begins)
        .group_by(PointCheck.point_id)
        .subquery()
    )
    query = (
        sa.select(LearningPoint.id, LearningPoint.ward_code, PointCheck.sessions)
        .join(last, last.c.point_id == LearningPoint.id)
        .join(PointCheck, PointCheck.id == last.c.id)
        .where(PointCheck.is_open, sa.or_(LearningPoint.removed_on.is_(None), LearningPoint.removed_on > end))
    )
    rows = session.execute(query).all()
    visited = _visited_points(session, begins, end)
    registered, used = Counter[str](), Counter[str]()
    for point_id, ward, sessions in rows:
        registered[ward] += 1
        used[ward] += sessions > 0 or point_id in visited
    return [(ward, registered[ward], used[ward]) for ward in sorted(registered)]


def _visited_points(session: Session, begins: date, end: date) -> set[int]:
    """Return the points at which an event ended between two days to which people came."""
    since, until = (datetime.combine(day, datetime.min.time(), CITY_TIME_ZONE) for day in (begins, end))
    event = CityEvent
    came = sa.func.coalesce(event.counted_by_hand, event.counted_by_code)
    query = sa.select(event.point_id).where(
        event.point_id.is_not(None),
        event.state == EventState.PUBLISHED,
        event.ends_at >= since,
        event.ends_at < until + timedelta(days=1),
        came > 0,
    )
    return {point_id for point_id in session.scalars(query.distinct()) if point_id is not None}


def events_known(session: Session, begins: date, end: date) -> list[tuple[str, dict[str, str], date, date]]:
    """Return (code, name, first day, last day) of the measured events that ended between two days, for LC-18."""
    since, until = (datetime.combine(day, datetime.min.time(), CITY_TIME_ZONE) for day in (begins, end))
    event = CityEvent
    query = sa.select(event).where(
        event.is_measured,
        event.state == EventState.PUBLISHED,
        event.ends_at > since,
        event.ends_at <= until + timedelta(days=1),
    )
    found = session.scalars(query.order_by(event.starts_at, event.id)).unique()
    return [(each.public_id, each.title, *each.days) for each in found]
