"""Months: closed on the tenth of the next month; after that, only a correction with a reason changes figures."""

from dataclasses import fields
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import first_of_month, next_month
from oer.core.console import Progress, no_progress, tracked
from oer.core.db import Database
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.core.text import clean_line
from oer.usage.counter.counting import ALL_FORMATS, UsageCounts
from oer.usage.models import DailyUsage, MonthlyUsage, MonthVersion, SearchFigure, SessionFigure, UsageEvent
from oer.usage.queries.processing import current_version, due_days, months_to_close
from oer.usage.services.days import compute_day, store_day, write_pack

COUNTS = tuple(field.name for field in fields(UsageCounts))
REASON_NEEDED = N_("A correction of a closed month needs a reason.")
NOT_CLOSED = N_("%(month)s is not closed yet: its figures are still being counted.")
EVENTS_GONE = N_("The events of %(month)s are no longer kept, so it cannot be counted again.")


def close_months(session: Session, today: date) -> list[date]:
    """Close the months that are due and have no day left to count; return them."""
    due = {first_of_month(day) for day in due_days(session)}
    closed = [month for month in months_to_close(session, today) if month not in due]
    for month in closed:
        _add_version(session, month, 1, "")
    return closed


def _add_version(session: Session, month: date, version: int, reason: str) -> None:
    day, end = DailyUsage, next_month(month)
    sums = [sa.func.sum(getattr(day, name)) for name in COUNTS]
    rows = (
        sa.select(sa.literal(month, sa.Date), sa.literal(version), day.format, day.item, day.method, *sums)
        .where(day.day >= month, day.day < end)
        .group_by(day.format, day.item, day.method)
    )
    session.execute(
        sa.insert(MonthlyUsage).from_select(["month", "version", "format", "item", "method", *COUNTS], rows)
    )
    _pack(session, month, version)
    session.add(MonthVersion(month=month, version=version, reason=reason, sums=_sums(session, month)))
    session.flush()


def _pack(session: Session, month: date, version: int) -> None:
    usage = MonthlyUsage
    columns = (usage.item, usage.format, usage.method, *(getattr(usage, name) for name in COUNTS))
    rows = session.execute(sa.select(*columns).where(usage.month == month, usage.version == version))
    write_pack(session, month, version, ((row[0], row[1], row[2], tuple(row[3:])) for row in rows))


def _sums(session: Session, month: date) -> dict[str, int]:
    """Return the sums of a month's days, as kept with each version."""
    end = next_month(month)
    usage, search, sessions = DailyUsage, SearchFigure, SessionFigure
    measures = session.execute(
        sa.select(*(sa.func.sum(getattr(usage, name)).label(name) for name in COUNTS)).where(
            usage.day >= month, usage.day < end, usage.format == ALL_FORMATS
        )
    ).one()
    searched = sa.select(sa.func.sum(search.searches)).where(search.day >= month, search.day < end)
    met = sa.select(sa.func.sum(sessions.sessions)).where(
        sessions.day >= month, sessions.day < end, sessions.dimension == "total"
    )
    figures = {name: int(value or 0) for name, value in measures._mapping.items()}
    return figures | {"searches": int(session.scalar(searched) or 0), "sessions": int(session.scalar(met) or 0)}


def correct_month(
    database: Database, month: date, reason: str, progress: Progress = no_progress
) -> dict[str, tuple[int, int]]:
    """Count a closed month again from its events and keep the result as a new version, with the reason.

    Returns what changed: by figure, before and after. Raises Invalid without a reason, Conflict if the month is not
    closed or its events are no longer kept.
    """
    if not clean_line(reason):
        raise Invalid(REASON_NEEDED, field="reason")
    with database.reading() as session:
        version = current_version(session, month)
        if version is None:
            raise Conflict(NOT_CLOSED, month=f"{month:%Y-%m}")
        _require_events(session, month)
        days = [compute_day(session, day) for day in tracked(days_of(month), "days", progress)]
    with database.transaction() as session:
        before = dict(session.get_one(MonthVersion, (month, version)).sums)
        for figures in days:
            store_day(session, figures)
        _add_version(session, month, version + 1, clean_line(reason)[:1000])
        after = session.get_one(MonthVersion, (month, version + 1)).sums
        return {name: (before.get(name, 0), after[name]) for name in after if before.get(name, 0) != after[name]}


def days_of(month: date) -> list[date]:
    """Return the days of a month."""
    return [month + timedelta(days=n) for n in range((next_month(month) - month).days)]


def _require_events(session: Session, month: date) -> None:
    # Events are deleted oldest first: if one of the first day with figures is left, all of the month are.
    oldest = session.scalar(sa.select(sa.func.min(UsageEvent.day)))
    used = session.scalar(sa.select(sa.func.min(DailyUsage.day)).where(DailyUsage.day >= month))
    if used is not None and used < next_month(month) and (oldest is None or oldest > used):
        raise Conflict(EVENTS_GONE, month=f"{month:%Y-%m}")
