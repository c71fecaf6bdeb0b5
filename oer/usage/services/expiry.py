"""What goes with time: events after 13 months, words of searches after 30 days. Totals stay for ever."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.months import first_of_month, months_back, next_month
from oer.usage.models import (
    PersonMonth,
    QueryFigure,
    ReadTogether,
    SetAsideLine,
    SpoolProgress,
    UsageEvent,
    UserAgent,
    WorkerClock,
)

EVENTS_FOR_MONTHS = 13
WORDS_FOR = timedelta(days=30)
VISITORS_TO_SHOW = 5
STEADY_FOR = timedelta(hours=20)
LARGEST_GAP = timedelta(days=2)


@dataclass(frozen=True)
class Expired:
    """How many rows went."""

    events: int
    words: int
    queries: int


def expire(session: Session, today: date) -> Expired:
    """Delete what has been kept for as long as it may be."""
    oldest = events_from(today)
    events = _delete(session, sa.delete(UsageEvent).where(UsageEvent.day < oldest))
    session.execute(sa.delete(PersonMonth).where(PersonMonth.month < first_of_month(oldest)))
    session.execute(sa.delete(ReadTogether).where(ReadTogether.day < oldest))
    session.execute(sa.delete(SpoolProgress).where(SpoolProgress.finished_at < _midnight(oldest)))
    session.execute(sa.delete(SetAsideLine).where(SetAsideLine.at < _midnight(today - WORDS_FOR)))
    if events:
        used = sa.exists().where(UsageEvent.user_agent_id == UserAgent.id)
        session.execute(sa.delete(UserAgent).where(~used))
    old = today - WORDS_FOR
    words = _delete(
        session,
        sa.update(UsageEvent).where(UsageEvent.day < old, UsageEvent.words.is_not(None)).values(words=None),
    )
    rare = sa.delete(QueryFigure).where(QueryFigure.day < old, QueryFigure.visitors < VISITORS_TO_SHOW)
    return Expired(events, words, _delete(session, rare))


def _delete(session: Session, statement: sa.Delete | sa.Update) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _midnight(day: date) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+07:00")


def events_from(today: date) -> date:
    """Return the first day whose events are still kept: this day of the month, 13 months ago."""
    month = months_back(today, EVENTS_FOR_MONTHS)
    return min(month + timedelta(days=today.day - 1), next_month(month))


def clock_is_steady(session: Session, now: datetime) -> bool:
    """Tell whether the clock has run on without a jump for most of a day, and note this look at it.

    Freezing months and deleting events cannot be undone: after a step of the clock (or a long stop) they wait.
    """
    seen = session.get(WorkerClock, 1)
    if seen is None:
        seen = WorkerClock(id=1, last_seen=now, steady_since=now)
        session.add(seen)
    elif not timedelta(0) <= now - seen.last_seen <= LARGEST_GAP:
        seen.steady_since = now
    seen.last_seen = now
    session.flush()
    return now - seen.steady_since >= STEADY_FOR
