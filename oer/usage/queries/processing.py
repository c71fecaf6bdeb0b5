"""How far processing is: spool files read, days to count, months closed; and the events of a day."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import CITY_TIME_ZONE, city_date, city_time, first_of_month, next_month
from oer.usage.counter.counting import ALL_FILES, ALL_FORMATS, DOUBLE_CLICK, UsageCounts
from oer.usage.counter.event_kinds import LOGGED_SESSION, SEARCH, TDM, ItemEvent
from oer.usage.models import (
    DailyUsage,
    MonthlyUsage,
    MonthVersion,
    SetAsideLine,
    SpoolProgress,
    UsageDay,
    UsageEvent,
    UserAgent,
    WorkerClock,
)


def offsets(session: Session, files: Collection[str]) -> dict[str, int]:
    """Return how far each of these spool files has been read; files that were not read at all are missing."""
    found = session.execute(sa.select(SpoolProgress.name, SpoolProgress.offset).where(SpoolProgress.name.in_(files)))
    return dict(found.all())


def known_agents(session: Session, digests: Collection[str]) -> set[str]:
    """Return which of these user agents have been judged."""
    return set(session.scalars(sa.select(UserAgent.digest).where(UserAgent.digest.in_(digests))))


@dataclass(frozen=True)
class SpoolReport:
    """Events read from the spool, events lost on a full disk, and lines that are not events."""

    events: int
    lost: int
    set_aside: int


def spool_report(session: Session) -> SpoolReport:
    """Return the report of the last 13 months, which is how long spool records are kept."""
    events, lost = (
        session.scalar(sa.select(sa.func.coalesce(sa.func.sum(column), 0))) or 0
        for column in (SpoolProgress.events, SpoolProgress.lost)
    )
    return SpoolReport(int(events), int(lost), session.scalar(sa.select(sa.func.count(SetAsideLine.id))) or 0)


# Months: closed in which version, and to be closed.

CLOSES_ON_DAY = 10


def current_version(session: Session, month: date) -> int | None:
    """Return the valid version of a closed month, or None while it is open."""
    return session.scalar(sa.select(sa.func.max(MonthVersion.version)).where(MonthVersion.month == month))


def versions(session: Session) -> dict[date, int]:
    """Return the closed months, each with its valid version."""
    rows = session.execute(
        sa.select(MonthVersion.month, sa.func.max(MonthVersion.version)).group_by(MonthVersion.month)
    )
    return dict(rows.all())


def history(session: Session, month: date) -> list[MonthVersion]:
    """Return every version of a month, the first one first."""
    query = sa.select(MonthVersion).where(MonthVersion.month == month).order_by(MonthVersion.version)
    return list(session.scalars(query))


def months_to_close(session: Session, today: date) -> list[date]:
    """Return the open months that are due to be closed, oldest first."""
    first = session.scalar(sa.select(sa.func.min(DailyUsage.day)))
    if first is None:
        return []
    closed = versions(session)
    month, found = first_of_month(first), []
    while closes_on(month) <= today:
        if month not in closed:
            found.append(month)
        month = next_month(month)
    return found


def first_counted_month(session: Session) -> date | None:
    """Return the month in which counting began, None if nothing was ever counted."""
    days = session.scalar(sa.select(sa.func.min(DailyUsage.day)))
    closed = session.scalar(sa.select(sa.func.min(MonthVersion.month)))
    return min((first_of_month(each) for each in (days, closed) if each is not None), default=None)


def closes_on(month: date) -> date:
    """Return the day on which a month is closed: the tenth of the next month."""
    return next_month(month).replace(day=CLOSES_ON_DAY)


# The clock: what cannot be undone waits until it has run steadily.

STEADY_FOR = timedelta(hours=20)
LARGEST_GAP = timedelta(days=2)


def is_jump(seen: WorkerClock, moment: datetime) -> bool:
    """Tell whether the clock has jumped, or the worker stood still for long, since it was last looked at."""
    return not timedelta(0) <= moment - seen.last_seen <= LARGEST_GAP


def clock_has_jumped(session: Session, moment: datetime) -> bool:
    """Tell whether the clock has jumped within most of a day. Where no worker has looked at it yet, it has not."""
    seen = session.get(WorkerClock, 1)
    return seen is not None and (is_jump(seen, moment) or moment - seen.steady_since < STEADY_FOR)


# Days: which are to be counted, and the events of one.

OPEN_FOR = timedelta(days=45)
LAST_SEARCHES = timedelta(minutes=31)
API = "/api/"
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
_MICROSECOND = timedelta(microseconds=1)


class Search(NamedTuple):
    """One search; `at` is in microseconds since 1970; `is_page`: it was answered with a page whose links we see."""

    visitor: str
    at: int
    words: str
    hits: int
    language: str
    is_page: bool = True


class Opening(NamedTuple):
    """A material that was opened; `from_elsewhere`: certainly not from a list of results."""

    visitor: str
    at: int
    from_elsewhere: bool


@dataclass
class DayEvents:
    """The events of one day: those of people (with the 30 seconds after the day), and how many were by robots."""

    day: date
    ends: int
    touched: int = 0
    events: int = 0
    robots: int = 0
    item_events: list[ItemEvent] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)


def is_frozen(session: Session, day: date) -> bool:
    """Tell whether a day's month is closed: only a correction changes its figures."""
    return session.get(MonthVersion, (first_of_month(day), 1)) is not None


def due_days(session: Session) -> list[date]:
    """Return the days of open months with events that are not counted yet, oldest first."""
    return _outdated(session, in_closed_months=False)


def late_days(session: Session) -> list[date]:
    """Return the days of closed months with events that came too late; they wait for a correction."""
    return _outdated(session, in_closed_months=True)


def _outdated(session: Session, *, in_closed_months: bool) -> list[date]:
    days = session.scalars(sa.select(UsageDay.day).where(UsageDay.touched != UsageDay.counted).order_by(UsageDay.day))
    closed = set(session.scalars(sa.select(MonthVersion.month).distinct()))
    return [day for day in days if (first_of_month(day) in closed) is in_closed_months]


def days_to_finish(session: Session, now: datetime) -> list[date]:
    """Return the past days whose last count was before they became final."""
    day, since = UsageDay, city_date(now) - OPEN_FOR
    counted = session.execute(sa.select(day.day, day.counted_at).where(day.counted_at.is_not(None), day.day >= since))
    return [each for each, at in counted if at is not None and at < final_from(each) <= now]


def final_from(day: date) -> datetime:
    """Return when a day's figures become final: half an hour after its end, when its last searches are decided."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), CITY_TIME_ZONE) + LAST_SEARCHES


def microseconds(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def day_events(session: Session, day: date) -> DayEvents:
    """Return the events of a day (in the city's time zone), ready to be counted."""
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), CITY_TIME_ZONE)
    found = DayEvents(day, microseconds(end), session.scalar(_touched(day)) or 0)
    visitors: dict[str, str] = {}
    rows = session.execute(_rows(day, end)).all()
    for row in rows:
        if row.visitor_before and row.visitor_before != row.visitor:
            visitors[row.visitor] = row.visitor_before
    for row in rows:
        _take(found, row, visitors.get(row.visitor, row.visitor) if row.day != day else row.visitor)
    return found


def _touched(day: date) -> sa.Select[int]:
    return sa.select(UsageDay.touched).where(UsageDay.day == day)


def _rows(day: date, end: datetime) -> Any:
    event = UsageEvent
    overlap = end + timedelta(microseconds=DOUBLE_CLICK)
    columns = (
        event.at, event.day, event.kind, event.item, event.format, event.access_method, event.url, event.visitor,
        event.visitor_before, event.session, event.via, event.words, event.hits, event.language, UserAgent.is_robot,
    )  # fmt: skip
    tomorrow = sa.and_(event.day == day + timedelta(days=1), event.at <= overlap)
    return sa.select(*columns).join(UserAgent).where(sa.or_(event.day == day, tomorrow))


def _take(found: DayEvents, row: Any, visitor: str) -> None:
    counts = row.day == found.day
    found.events += counts
    if row.is_robot and row.access_method != TDM:
        found.robots += counts
        return
    at = microseconds(row.at)
    if row.kind != SEARCH:
        session = f"{LOGGED_SESSION}{row.session}" if row.session else f"{row.visitor}|{city_time(row.at).hour}"
        kind, url = _as_noted_now(row)
        found.item_events.append(ItemEvent(visitor, url, row.item, at, kind, row.access_method, row.format, session))
        found.openings.append(Opening(row.visitor, at, row.via == "other"))
    elif counts:
        is_page = not row.url.startswith(API)
        found.searches.append(Search(row.visitor, at, row.words or "", row.hits or 0, row.language, is_page))


def _as_noted_now(row: Any) -> tuple[str, str]:
    # Earlier versions noted a player's page as a view, and all files in one ZIP at the address of the material's page.
    if row.kind == "view" and "/files/" in row.url:
        return "player", f"{row.url}/read"
    if row.format == ALL_FILES and row.url == f"/materials/{row.item}":
        return row.kind, f"{row.url}/download"
    return row.kind, row.url


# Whether the totals add up: what `oer doctor` asks.

_MEASURES = tuple(each.name for each in fields(UsageCounts))


def sums_that_differ(session: Session) -> Iterator[str]:
    """Yield a sentence for every day and month whose figures do not add up.

    A counted day's events are robots, double-clicks, searches and investigations, and its rows of all formats hold
    exactly these investigations. A closed month's valid version holds the sums of its days, and says so itself.
    """
    yield from _days_that_differ(session)
    yield from _months_that_differ(session)


def _days_that_differ(session: Session) -> Iterator[str]:
    day = UsageDay
    accounted = day.robots + day.double_clicks + day.searches + day.investigations
    held = _sums_by(DailyUsage.day, DailyUsage.tii)
    query = (
        sa.select(day.day, day.events, accounted, day.investigations, sa.func.coalesce(held.c.tii, 0))
        .outerjoin(held, held.c.begins == day.day)
        .where(day.counted == day.touched, day.counted_at.is_not(None))
        .order_by(day.day)
    )
    for each, events, explained, investigations, rows in session.execute(query):
        if events != explained:
            yield f"{each}: {events} usage events were read, and {explained} are accounted for"
        if investigations != rows:
            yield f"{each}: {investigations} uses were counted, and the figures by material hold {rows}"


def _months_that_differ(session: Session) -> Iterator[str]:
    by_day: dict[date, dict[str, int]] = {}
    days = _sums_by(DailyUsage.day, *(getattr(DailyUsage, name) for name in _MEASURES))
    for row in session.execute(sa.select(days)).mappings():
        so_far = by_day.setdefault(first_of_month(row["begins"]), dict.fromkeys(_MEASURES, 0))
        for name in _MEASURES:
            so_far[name] += row[name]
    for month, version in sorted(versions(session).items()):
        said = session.get_one(MonthVersion, (month, version)).sums
        kept = _kept_sums(session, month, version)
        for name in _MEASURES:
            figures = {said.get(name, 0), kept[name], by_day.get(month, {}).get(name, 0)}
            if len(figures) > 1:
                yield f"{month:%Y-%m}, version {version}: {name} is {' or '.join(map(str, sorted(figures)))}"


def _kept_sums(session: Session, month: date, version: int) -> dict[str, int]:
    sums = [sa.func.coalesce(sa.func.sum(getattr(MonthlyUsage, name)), 0).label(name) for name in _MEASURES]
    row = session.execute(
        sa.select(*sums).where(
            MonthlyUsage.month == month, MonthlyUsage.version == version, MonthlyUsage.format == ALL_FORMATS
        )
    )
    return {name: int(value) for name, value in row.one()._mapping.items()}


def _sums_by(begins: Any, *measures: Any) -> sa.Subquery:
    sums = [sa.func.sum(each).label(each.key) for each in measures]
    return sa.select(begins.label("begins"), *sums).where(DailyUsage.format == ALL_FORMATS).group_by(begins).subquery()
