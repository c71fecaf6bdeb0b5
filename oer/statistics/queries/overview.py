"""Everything that a page of usage figures shows, for one set of filters."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.queries import titles_of
from oer.core.clock import today
from oer.core.months import first_of_month, last_of_month, next_month
from oer.statistics.queries.filters import Filters
from oer.usage.counter import Measures
from oer.usage.models import DailyUsage, UsageDay
from oer.usage.queries.days import final_from, late_days
from oer.usage.queries.months import versions
from oer.usage.queries.spool import SpoolReport, spool_report
from oer.usage.queries.totals import Usage, total_of

DAYS_SHOWN_SINGLY = 92
OPEN_DAYS = 45
TOP = 20


@dataclass(frozen=True)
class Point:
    """The figures of one day, or of one month (by its first day); provisional while it is not over or not counted."""

    time: date
    figures: Measures
    provisional: bool = False


@dataclass(frozen=True)
class TopMaterial:
    """A material with its figures; its title by language, as far as the catalogue still knows it."""

    public_id: str
    title: dict[str, str]
    figures: Measures


@dataclass(frozen=True)
class LeftOut:
    """What was not counted in a stretch of time, over all materials: every event is in exactly one of these."""

    events: int = 0
    robots: int = 0
    double_clicks: int = 0
    searches: int = 0
    acts: int = 0

    @property
    def ratio(self) -> float | None:
        """How many hits in a log make one act that counts."""
        return (self.events - self.searches) / self.acts if self.acts else None


class Asked:
    """A question about figures: what several of its answers are made of is read once."""

    def __init__(self, session: Session, filters: Filters) -> None:
        self.session = session
        self.filters = filters

    @cached_property
    def usage(self) -> Usage:
        """The totals that the filters leave."""
        return Usage(self.session, self.filters.scope)

    @cached_property
    def before(self) -> Usage:
        """The same of the period before."""
        return Usage(self.session, self.filters.before.scope)


def is_daily(filters: Filters) -> bool:
    """Tell whether a stretch of time is shown day by day; longer ones are shown by month."""
    return (filters.until - filters.since).days < DAYS_SHOWN_SINGLY


def first_counted_day(session: Session) -> date:
    """Return the first day that has figures; today where there are none yet."""
    return session.scalar(sa.select(sa.func.min(DailyUsage.day))) or today()


def totals(usage: Usage) -> Measures:
    """Return the figures of the whole stretch of time."""
    return total_of(usage.by_time(daily=False))


def series(asked: Asked, *, daily: bool) -> list[Point]:
    """Return the figures of every day or month of the stretch, also of those without any."""
    filters, found = asked.filters, asked.usage.by_time(daily=daily)
    final = final_before(asked.session)
    return [
        Point(time, found.get(time, Measures()), _last_day(time, filters.until, daily=daily) >= final)
        for time in times_of(filters, daily=daily)
    ]


def times_of(filters: Filters, *, daily: bool) -> list[date]:
    """Return the days of a stretch of time, or the first days of its months."""
    if daily:
        return [filters.since + timedelta(days=n) for n in range((filters.until - filters.since).days + 1)]
    times, month = [], first_of_month(filters.since)
    while month <= filters.until:
        times.append(month)
        month = next_month(month)
    return times


def _last_day(time: date, until: date, *, daily: bool) -> date:
    return time if daily else min(until, last_of_month(time))


def final_before(session: Session) -> date:
    """Return the first day whose figures may still move: today, or an earlier one that is not counted to its end."""
    day, closed = UsageDay, versions(session)
    rows = session.execute(
        sa.select(day.day, day.counted_at, day.touched, day.counted).order_by(day.day.desc()).limit(OPEN_DAYS)
    )
    moving = [
        each
        for each, at, touched, counted in rows
        if first_of_month(each) not in closed and (at is None or at < final_from(each) or touched != counted)
    ]
    return min([today(), *moving])


def top_materials(asked: Asked, measure: str, limit: int = TOP) -> list[TopMaterial]:
    """Return the materials with the highest figure of one measure, the highest first."""
    highest = asked.usage.by_item(measure, limit)
    found = [(item, figures) for item, figures in highest if getattr(figures, measure)]
    titles = titles_of(asked.session, [item for item, _ in found])
    return [TopMaterial(item, titles.get(item, {}), figures) for item, figures in found]


def formats(asked: Asked) -> dict[str, Measures]:
    """Return the figures by format, the most used first; the page about a material has none and is left out."""
    found = asked.usage.by_format()
    return dict(sorted(((name, it) for name, it in found.items() if it.tir), key=lambda each: -each[1].tir))


def left_out(session: Session, since: date, until: date) -> LeftOut:
    """Return what became of all events of a stretch of time."""
    day = UsageDay
    names = ("events", "robots", "double_clicks", "searches", "acts")
    sums = [sa.func.coalesce(sa.func.sum(getattr(day, name)), 0) for name in names]
    row = session.execute(sa.select(*sums).where(day.day >= since, day.day <= until)).one()
    return LeftOut(*(int(value) for value in row))


@dataclass(frozen=True)
class Trouble:
    """What an admin should know of the counting itself."""

    spool: SpoolReport
    late_days: list[date]


def trouble(session: Session) -> Trouble:
    """Return what was lost, set aside, or came too late for a closed month."""
    return Trouble(spool_report(session), late_days(session))
