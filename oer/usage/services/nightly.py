"""Once a night: people counted, months closed, old events deleted, user agents judged by the current lists."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import city_date, city_time, first_of_month, months_back, next_month
from oer.core.console import Progress, no_progress, tracked
from oer.core.db import Database
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
from oer.usage.queries.processing import (
    STEADY_FOR,
    days_to_finish,
    due_days,
    is_jump,
    months_to_close,
)
from oer.usage.robots import RobotPolicy
from oer.usage.services.days import count_day
from oer.usage.services.months import close_months
from oer.usage.services.people import close_people, count_people

EVENTS_FOR_MONTHS = 13
WORDS_FOR = timedelta(days=30)
VISITORS_TO_SHOW = 5


@dataclass(frozen=True)
class Expired:
    """How many rows were deleted or emptied."""

    events: int
    words: int
    queries: int


def expire(session: Session, today: date) -> Expired:
    """Delete what has reached the end of its retention period."""
    oldest = events_from(today)
    events = _affected(session, sa.delete(UsageEvent).where(UsageEvent.day < oldest))
    session.execute(sa.delete(PersonMonth).where(PersonMonth.month < first_of_month(oldest)))
    session.execute(sa.delete(ReadTogether).where(ReadTogether.day < oldest))
    session.execute(sa.delete(SpoolProgress).where(SpoolProgress.finished_at < _midnight(oldest)))
    session.execute(sa.delete(SetAsideLine).where(SetAsideLine.at < _midnight(today - WORDS_FOR)))
    if events:
        used = sa.exists().where(UsageEvent.user_agent_id == UserAgent.id)
        session.execute(sa.delete(UserAgent).where(~used))
    old = today - WORDS_FOR
    words = _affected(
        session,
        sa.update(UsageEvent).where(UsageEvent.day < old, UsageEvent.words.is_not(None)).values(words=None),
    )
    rare = sa.delete(QueryFigure).where(QueryFigure.day < old, QueryFigure.visitors < VISITORS_TO_SHOW)
    return Expired(events, words, _affected(session, rare))


def _affected(session: Session, statement: sa.Delete | sa.Update) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _midnight(day: date) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+07:00")


def events_from(today: date) -> date:
    """Return the first day whose events are kept: the same day of the month, 13 months ago."""
    month = months_back(today, EVENTS_FOR_MONTHS)
    return min(month + timedelta(days=today.day - 1), next_month(month))


def clock_is_steady(session: Session, now: datetime) -> bool:
    """Tell whether the clock has run without a jump for most of a day, and record this check.

    Closing months and deleting events cannot be undone, so they wait after a jump of the clock or a long stop.
    """
    seen = session.get(WorkerClock, 1)
    if seen is None:
        seen = WorkerClock(id=1, last_seen=now, steady_since=now)
        session.add(seen)
    elif is_jump(seen, now):
        seen.steady_since = now
    seen.last_seen = now
    session.flush()
    return now - seen.steady_since >= STEADY_FOR


log = logging.getLogger(__name__)
FIRST_HOUR = 1  # by then the day before is final: see `final_from`


def close_day(database: Database, now: datetime, policy: RobotPolicy) -> bool:
    """Do the nightly work unless today's is done; return whether it was done now. May be called at any time."""
    today = city_date(now)
    with database.transaction() as session:
        steady = clock_is_steady(session, now)
        if session.get_one(WorkerClock, 1).nightly_done == today or city_time(now).hour < FIRST_HOUR:
            return False
    judge_again(database, policy)
    count_due_days(database, now)
    with database.transaction() as session:
        for month in _open_months(session, today):
            count_people(session, month)
        if steady:
            _close_and_expire(session, today)
        session.get_one(WorkerClock, 1).nightly_done = today
    return True


def count_due_days(database: Database, now: datetime, progress: Progress = no_progress) -> list[date]:
    """Count every day with events that are not counted, or that is over but not final; return the days counted."""
    with database.reading() as session:
        days = sorted({*due_days(session), *days_to_finish(session, now)})
    return [day for day in tracked(days, "days", progress) if count_day(database, day)]


def _open_months(session: Session, today: date) -> list[date]:
    to_close = months_to_close(session, today)
    running = first_of_month(today)
    before = months_back(running, 1)
    return sorted({*to_close, before, running} if to_close or today.day <= 10 else {running})


def _close_and_expire(session: Session, today: date) -> None:
    for month in close_months(session, today):
        close_people(session, month)
        log.info("the figures of %s are closed", f"{month:%Y-%m}")
    gone = expire(session, today)
    log.info("expired: %s", gone)


def judge_again(database: Database, policy: RobotPolicy) -> int:
    """Judge the user agents that were judged by older lists again; return how many verdicts changed.

    Existing figures stay (CoP 5.1, 7.8) until open days are counted again or closed months are corrected.
    """
    with database.reading() as session:
        agent = UserAgent
        old = session.execute(
            sa.select(agent.id, agent.text, agent.is_robot).where(agent.list_version != policy.version)
        ).all()
    verdicts = [(number, policy.is_robot(text), before) for number, text, before in old]
    with database.transaction() as session:
        for number, is_robot, _ in verdicts:
            session.execute(
                sa.update(agent).where(agent.id == number).values(is_robot=is_robot, list_version=policy.version)
            )
    return sum(is_robot != before for _, is_robot, before in verdicts)
