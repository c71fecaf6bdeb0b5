"""Learning points with their half-yearly checks; events with registrations and what they show."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from oer.accounts.models import Unit, fold_email, fold_name
from oer.catalogue.models import Material
from oer.core.clock import city_date, months_back, now, today
from oer.core.db import Base, enum_type
from oer.core.ids import new_public_id

CHECKED_FOR_MONTHS = 6


class PointKind(StrEnum):
    """What kind of place a learning point is."""

    COMMUNITY_CENTRE = "community-centre"
    LIBRARY = "library"
    CULTURE_HOUSE = "culture-house"
    SCHOOL = "school"
    COMPANY = "company"
    OTHER = "other"


def half_a_year_before(day: date) -> date:
    """Return the first day from which a check still counts on `day`."""
    month = months_back(day, CHECKED_FOR_MONTHS)
    return month.replace(day=min(day.day, 28))


class LearningPoint(Base):
    """A place where people learn. What it says of how to be reached is public: the place's, never a person's own.

    The ward checks it every half year (`PointCheck`); `checked_on` and `is_open` are what its last check says. A point
    that was removed keeps its row, and its past figures.
    """

    __tablename__ = "learning_point"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(11), unique=True, default=new_public_id)
    name: Mapped[dict[str, str]]
    name_folded: Mapped[str] = mapped_column(String(400), default="")
    kind: Mapped[PointKind] = mapped_column(enum_type(PointKind, "kind"))
    ward_code: Mapped[str] = mapped_column(String(5), index=True)
    address: Mapped[str] = mapped_column(String(300), default="")
    hours: Mapped[dict[str, str]] = mapped_column(default=dict)
    offers: Mapped[dict[str, str]] = mapped_column(default=dict)
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    website: Mapped[str] = mapped_column(String(300), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    added_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    revision: Mapped[int] = mapped_column(default=1)
    is_open: Mapped[bool] = mapped_column(default=True)
    checked_on: Mapped[date | None]
    removed_on: Mapped[date | None]

    @validates("name")
    def _fold_too(self, _column: str, value: dict[str, str]) -> dict[str, str]:
        self.name_folded = fold_name(" ".join(value.values()))[:400]
        return value

    @property
    def needs_check(self) -> bool:
        """Whether its ward has not checked it for half a year."""
        return self.checked_on is None or self.checked_on < half_a_year_before(today())

    @property
    def seen_parts(self) -> dict[str, Any]:
        """What its form shows, for `oer.core.seen`."""
        return {"revision": self.revision}


class PointCheck(Base):
    """What a ward says of a point on a day: whether it is open, how many assisted sessions it had in half a year."""

    __tablename__ = "learning_point_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("learning_point.id", ondelete="CASCADE"), index=True)
    checked_on: Mapped[date] = mapped_column(index=True)
    is_open: Mapped[bool]
    sessions: Mapped[int] = mapped_column(default=0)
    checked_by_id: Mapped[int | None]


# Events.


class EventState(StrEnum):
    """A draft is seen by those who edit it; a cancelled event stays in the calendar and says so."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class CityEvent(Base):
    """An event: when and where, for whom, by whom, and how one takes part.

    `seats` is None where there are as many as come. Whoever registers is forgotten after the end
    (`OER_REGISTRATION_DAYS`); `registered` and `attended` stay. `is_measured`: LC-18 says how the use of the repository
    rose with it.
    """

    __tablename__ = "city_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(11), unique=True, default=new_public_id)
    title: Mapped[dict[str, str]]
    summary: Mapped[dict[str, str]] = mapped_column(default=dict)
    state: Mapped[EventState] = mapped_column(enum_type(EventState, "state"), default=EventState.DRAFT)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    ward_code: Mapped[str | None] = mapped_column(String(5), index=True)
    point_id: Mapped[int | None] = mapped_column(ForeignKey("learning_point.id"), index=True)
    place: Mapped[str] = mapped_column(String(300), default="")
    online_url: Mapped[str] = mapped_column(String(500), default="")
    audience: Mapped[str] = mapped_column(String(40), default="")
    takes_registrations: Mapped[bool] = mapped_column(default=False)
    seats: Mapped[int | None]
    is_measured: Mapped[bool] = mapped_column(default=False)
    code: Mapped[str] = mapped_column(String(12), default="")
    """What those who are there type to be counted; empty: they are counted by hand alone."""
    counted_by_code: Mapped[int] = mapped_column(default=0)
    counted_by_hand: Mapped[int | None]
    registered: Mapped[int | None]
    """How many had a seat, once the registrations are deleted."""
    cancelled_because: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(default=now)

    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)
    point: Mapped[LearningPoint | None] = relationship(lazy="joined")

    @property
    def is_public(self) -> bool:
        """Whether everybody may see it."""
        return self.state is not EventState.DRAFT

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.ends_at <= now()

    @property
    def is_now(self) -> bool:
        """Whether it is going on."""
        return self.starts_at <= now() < self.ends_at

    @property
    def can_be_registered_for(self) -> bool:
        """Whether somebody may register now."""
        return self.takes_registrations and self.state is EventState.PUBLISHED and now() < self.starts_at

    @property
    def counts_by_code(self) -> bool:
        """Whether those who are there can be counted by its code now: from an hour before to a day after."""
        around = self.starts_at - timedelta(hours=1) <= now() <= self.ends_at + timedelta(days=1)
        return bool(self.code) and self.state is EventState.PUBLISHED and around

    @property
    def attended(self) -> int | None:
        """How many people came: as counted by hand, else by code; None if nobody has counted."""
        return self.counted_by_hand if self.counted_by_hand is not None else (self.counted_by_code or None)

    @property
    def days(self) -> tuple[date, date]:
        """Its first and last day in the city."""
        return city_date(self.starts_at), city_date(self.ends_at - timedelta(seconds=1))


class EventMaterial(Base):
    """A material of an event."""

    __tablename__ = "city_event_material"

    event_id: Mapped[int] = mapped_column(ForeignKey("city_event.id", ondelete="CASCADE"), primary_key=True)
    material_id: Mapped[int] = mapped_column(
        ForeignKey("material.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(default=0)

    material: Mapped[Material] = relationship()


class RegistrationState(StrEnum):
    """Asked for by a form; once confirmed from the mail it has a seat, or waits for one."""

    ASKED = "asked"
    SEATED = "seated"
    WAITING = "waiting"


class EventRegistration(Base):
    """A person who registers for an event: name and address, without an account. The mail holds the secret."""

    __tablename__ = "city_event_registration"
    __table_args__ = (UniqueConstraint("event_id", "email_folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("city_event.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    email_folded: Mapped[str] = mapped_column(String(254), index=True)
    language: Mapped[str] = mapped_column(String(2), default="vi")
    state: Mapped[RegistrationState] = mapped_column(
        enum_type(RegistrationState, "state"), default=RegistrationState.ASKED
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    came: Mapped[bool] = mapped_column(default=False)

    event: Mapped[CityEvent] = relationship(lazy="joined", innerjoin=True)

    @validates("email")
    def _fold_too(self, _column: str, value: str) -> str:
        self.email_folded = fold_email(value)
        return value
