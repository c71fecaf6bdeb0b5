"""The diary of somebody who learns: with which materials on which day, what they finished, what they wrote."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Material, Version
from oer.catalogue.queries.browsing import IS_PUBLIC
from oer.core.clock import FIRST_DAY, LAST_DAY, city_date
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.learning.models import DiaryEntry, FinishedMaterial

NO_ENTRY = N_("There is no such entry in your diary.")


@dataclass(frozen=True)
class Learnt:
    """A material on a day: its title, whether it was finished on that day, and one's own words."""

    public_id: str
    title: dict[str, str]
    is_public: bool
    finished: bool
    note: str


@dataclass(frozen=True)
class DiaryWeek:
    """A week from its Monday on: its days with something on them, the latest first; the nearest weeks that have any."""

    monday: date
    days: dict[date, list[Learnt]]
    before: date | None
    after: date | None

    @property
    def name(self) -> str:
        """The week by ISO 8601: `2026-W49`."""
        return week_name(self.monday)

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)


def week_name(day: date) -> str:
    """Return the ISO week of a day."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def read_week(text: str) -> date | None:
    """Return the Monday of an ISO week as an address names it, None for what is none, or no week of this age."""
    try:
        monday = datetime.strptime(f"{text}-1", "%G-W%V-%u").date() if len(text) == 8 else FIRST_DAY
    except ValueError:
        return None
    return monday if FIRST_DAY < monday <= LAST_DAY else None


def diary_week(session: Session, account_id: int, day: date) -> DiaryWeek:
    """Return the week of a day in somebody's diary."""
    monday = day - timedelta(days=day.weekday())
    theirs = DiaryEntry.account_id == account_id
    ends = sa.select(
        sa.func.max(sa.case((DiaryEntry.day < monday, DiaryEntry.day))),
        sa.func.min(sa.case((DiaryEntry.day > monday + timedelta(days=6), DiaryEntry.day))),
    ).where(theirs)
    before, after = session.execute(ends).one()
    return DiaryWeek(monday, _days(session, account_id, monday), before, after)


def _days(session: Session, account_id: int, monday: date) -> dict[date, list[Learnt]]:
    query = (
        sa.select(
            DiaryEntry.day,
            DiaryEntry.note,
            Material.public_id,
            Version.record,
            sa.and_(*IS_PUBLIC),
            FinishedMaterial.finished_at,
        )
        .join(Material, Material.id == DiaryEntry.material_id)
        .outerjoin(Version, Version.id == Material.current_version_id)
        .outerjoin(
            FinishedMaterial,
            sa.and_(
                FinishedMaterial.account_id == DiaryEntry.account_id,
                FinishedMaterial.material_id == DiaryEntry.material_id,
            ),
        )
        .where(DiaryEntry.account_id == account_id)
        .where(DiaryEntry.day >= monday, DiaryEntry.day < monday + timedelta(days=7))
        .order_by(DiaryEntry.day.desc(), DiaryEntry.material_id)
    )
    found: dict[date, list[Learnt]] = {}
    for day, note, public_id, record, is_public, finished_at in session.execute(query):
        finished = finished_at is not None and city_date(finished_at) == day
        title = (record or {}).get("title") or {}
        found.setdefault(day, []).append(Learnt(public_id, title, bool(is_public), finished, note))
    return found


def diary_entry(session: Session, account_id: int, day: date, public_id: str) -> DiaryEntry:
    """Return an entry of somebody's diary. Raises NotFound."""
    query = sa.select(DiaryEntry).join(Material, Material.id == DiaryEntry.material_id)
    theirs = (DiaryEntry.account_id == account_id, DiaryEntry.day == day, Material.public_id == public_id)
    found = session.scalar(query.where(*theirs))
    if found is None:
        raise NotFound(NO_ENTRY)
    return found
