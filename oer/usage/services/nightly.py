"""The nightly work: people, months to close, what expires, user agents to judge again."""

import logging
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import city_date, city_time
from oer.core.db import Database
from oer.core.months import first_of_month, months_back
from oer.usage.models import UserAgent, WorkerClock
from oer.usage.queries.days import days_to_finish, due_days
from oer.usage.queries.months import months_to_close
from oer.usage.robots import RobotPolicy
from oer.usage.services.days import count_day
from oer.usage.services.expiry import clock_is_steady, expire
from oer.usage.services.months import close_months
from oer.usage.services.people import close_people, count_people

log = logging.getLogger(__name__)
FIRST_HOUR = 1  # by then the last searches of the day before have had their half hour


def close_day(database: Database, now: datetime, policy: RobotPolicy) -> bool:
    """Do once a day what is to be done once a day; return whether this was the time. Safe to ask at any moment."""
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
            _do_what_cannot_be_undone(session, today)
        session.get_one(WorkerClock, 1).nightly_done = today
    return True


def count_due_days(database: Database, now: datetime) -> list[date]:
    """Count every day whose figures do not hold all their events yet, or are not final though it is over."""
    with database.reading() as session:
        days = sorted({*due_days(session), *days_to_finish(session, now)})
    return [day for day in days if count_day(database, day)]


def _open_months(session: Session, today: date) -> list[date]:
    to_close = months_to_close(session, today)
    running = first_of_month(today)
    before = months_back(running, 1)
    return sorted({*to_close, before, running} if to_close or today.day <= 10 else {running})


def _do_what_cannot_be_undone(session: Session, today: date) -> None:
    for month in close_months(session, today):
        close_people(session, month)
        log.info("the figures of %s are closed", f"{month:%Y-%m}")
    gone = expire(session, today)
    log.info("expired: %s", gone)


def judge_again(database: Database, policy: RobotPolicy) -> int:
    """Judge the user agents that were judged by older lists; return how many verdicts changed.

    Figures made before stay (CoP 5.1, 7.8): counting open days anew or correcting closed months applies the verdicts.
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
