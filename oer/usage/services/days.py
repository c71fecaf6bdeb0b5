"""The figures of a day: counted from its events outside any transaction, replaced in a short one.

Counting is repeatable: the same events give the same figures, so a day is counted again whenever it was touched.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, astuple, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import now
from oer.core.db import Base, Database
from oer.usage.counter import LOGGED_SESSION, Act, Measures, UsageKey, measure, retained
from oer.usage.facts import Facts, facts_about
from oer.usage.models import DailyUsage, QueryFigure, ReadTogether, SearchFigure, SessionFigure, UsageDay
from oer.usage.queries.days import DayEvents, day_events, is_frozen, microseconds
from oer.usage.services.neighbours import read_together
from oer.usage.services.packs import write_pack
from oer.usage.services.rows import insert_missing
from oer.usage.services.searches import query_figures, search_figures
from oer.usage.services.spooling import new_day

SESSION_DIMENSIONS = ("subject", "level")


@dataclass
class DayFigures:
    """Everything that is kept of a day, computed from its events."""

    day: date
    usage: dict[UsageKey, Measures]
    sessions: dict[tuple[str, str], int]
    searches: list[dict[str, Any]]
    queries: list[dict[str, Any]]
    together: list[dict[str, Any]]
    account: dict[str, Any]


def count_day(database: Database, day: date) -> bool:
    """Count a day anew from its events; return False where its month is closed, and nothing moved."""
    with database.reading() as session:
        figures = compute_day(session, day)
    with database.transaction() as session:
        if is_frozen(session, day):
            return False
        store_day(session, figures)
    return True


def compute_day(session: Session, day: date, moment: datetime | None = None) -> DayFigures:
    """Return the figures of a day as its events give them at `moment` (now)."""
    events = day_events(session, day)
    at_day = [act for act in events.acts if act.at < events.ends]
    left = [act for act in retained(events.acts) if act.at < events.ends]
    facts = facts_about(session, {act.item for act in left})
    return DayFigures(
        day,
        measure(left),
        session_figures(left, facts),
        search_figures(events, microseconds(moment or now())),
        query_figures(events, microseconds(moment or now())),
        read_together(left),
        _account(events, len(at_day), len(left)),
    )


def _account(events: DayEvents, before: int, after: int) -> dict[str, Any]:
    return {
        "counted": events.touched,
        "counted_at": now(),
        "events": events.events,
        "robots": events.robots,
        "double_clicks": before - after,
        "searches": len(events.searches),
        "acts": after,
    }


def session_figures(acts: Collection[Act], facts: Facts) -> dict[tuple[str, str], int]:
    """Return how many sessions used any material, and any of each subject and level, signed in or not."""
    sessions: set[tuple[str, str, str]] = set()
    for act in acts:
        sessions.add(("total", "", act.session))
        sessions.add(("signed-in", "yes" if act.session.startswith(LOGGED_SESSION) else "no", act.session))
        for dimension in SESSION_DIMENSIONS:
            for value in facts.get(act.item, {}).get(dimension, ()):
                sessions.add((dimension, value, act.session))
    return Counter((dimension, value) for dimension, value, _ in sessions)


def store_day(session: Session, figures: DayFigures) -> None:
    """Put the figures of a day in the place of the old ones."""
    day = figures.day
    _replace(session, DailyUsage, day, [key._asdict() | asdict(it) for key, it in figures.usage.items()])
    write_pack(session, day, 0, [(*key, astuple(it)) for key, it in figures.usage.items()])
    _replace(
        session,
        SessionFigure,
        day,
        [{"dimension": name, "value": value, "sessions": n} for (name, value), n in figures.sessions.items()],
    )
    _replace(session, SearchFigure, day, figures.searches)
    _replace(session, QueryFigure, day, figures.queries)
    _replace(session, ReadTogether, day, figures.together)
    insert_missing(session, UsageDay, [new_day(day)])
    session.execute(sa.update(UsageDay).where(UsageDay.day == day).values(**figures.account))


def _replace(session: Session, table: type[Base], day: date, rows: list[dict[str, Any]]) -> None:
    column = table.__table__.c.day
    session.execute(sa.delete(table).where(column == day))
    if rows:
        session.execute(sa.insert(table), [row | {"day": day} for row in rows])
