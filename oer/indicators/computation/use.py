"""LC-02, LC-09, LC-14, LC-18: sessions, requests, searches, learning events of the city."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.i18n import N_
from oer.indicators.computation.formulas import (
    WINDOWS_BEFORE,
    Computation,
    Figure,
    Result,
    SourceRows,
    count,
    event_uplift,
    no_data,
    requests_per_unique,
    without_result,
)
from oer.indicators.computation.queries import events_of_city
from oer.indicators.periods import Period
from oer.usage.models import DailyUsage, SearchFigure, SessionFigure
from oer.usage.queries.totals import Scope, by_format, by_item, by_time, total_of

NO_SESSIONS = N_("No use of a material was counted in this period.")
NO_SEARCHES = N_("No search was counted in this period.")
NOTHING_BEFORE = N_("Counting had not begun in the weeks before this event.")
NO_EVENTS = N_("No learning event that ended in this period is in the calendar of events.")
MOST_ITEMS = 100_000


def sessions(session: Session, period: Period) -> Computation:
    """LC-02. A session ends with its day, so the days can be added."""
    figure = SessionFigure
    query = (
        sa.select(figure.dimension, figure.value, sa.func.sum(figure.sessions))
        .where(figure.day >= period.start, figure.day <= period.end)
        .group_by(figure.dimension, figure.value)
        .order_by(figure.dimension, figure.value)
    )
    rows = [(dimension, value, int(number)) for dimension, value, number in session.execute(query)]
    if not rows:
        return no_data(NO_SESSIONS)
    cells = [
        Figure(count(number), "" if dimension == "total" else dimension, "" if dimension == "total" else value)
        for dimension, value, number in rows
    ]
    return Computation(cells, [SourceRows("session_figure", ("dimension", "value", "sessions"), rows)])


def requests(session: Session, period: Period) -> Computation:
    """LC-09: Total_Item_Requests and Unique_Item_Requests of COUNTER, Access_Method Regular."""
    scope = Scope(period.start, period.end)
    months = by_time(session, scope, daily=False)
    total = total_of(months)
    if not months:
        return no_data(NO_SESSIONS)
    made = Computation([Figure(count(total.tir)), Figure(count(total.uir), measure="unique")])
    made.figures.append(Figure(requests_per_unique(total.tir, total.uir), measure="ratio"))
    for name, figures in sorted(by_format(session, scope).items()):
        if figures.tir:
            made.figures.append(Figure(count(figures.tir), "format", name))
    made.figures += [Figure(count(figures.tir), "month", f"{month:%Y-%m}") for month, figures in months.items()]
    items = by_item(session, scope, limit=MOST_ITEMS)
    rows = [(item, figures.tir, figures.uir) for item, figures in items]
    made.sources.append(SourceRows("monthly_usage, daily_usage", ("item", "tir", "uir"), rows))
    return made


def searches_without_result(session: Session, period: Period) -> Computation:
    """LC-14, also by the language of the page."""
    figure = SearchFigure
    query = (
        sa.select(figure.language, sa.func.sum(figure.searches), sa.func.sum(figure.without_result))
        .where(figure.day >= period.start, figure.day <= period.end)
        .group_by(figure.language)
        .order_by(figure.language)
    )
    rows = [(language, int(searches), int(empty)) for language, searches, empty in session.execute(query)]
    if not rows:
        return no_data(NO_SEARCHES)
    searched, empty = sum(row[1] for row in rows), sum(row[2] for row in rows)
    made = Computation([Figure(without_result(empty, searched))])
    made.figures += [Figure(without_result(row[2], row[1]), "query-language", row[0] or "unknown") for row in rows]
    made.sources.append(SourceRows("search_figure", ("language", "searches", "without_result"), rows))
    return made


def events(session: Session, period: Period) -> Computation:
    """LC-18, by event; there is no total."""
    found = events_of_city(session, period.start, period.end)
    if not found:
        return no_data(NO_EVENTS)
    made = Computation()
    began = session.scalar(sa.select(sa.func.min(DailyUsage.day)))
    for code, _, starts_on, ends_on in found:
        windows = _windows(starts_on, ends_on, began)
        numbers = [_unique_requests(session, start, end) for start, end in windows]
        made.figures.append(Figure(_uplift(numbers), "event", code))
        rows = [(code, str(start), str(end), number) for (start, end), number in zip(windows, numbers, strict=True)]
        made.sources.append(SourceRows("daily_usage", ("event", "from", "to", "uir"), rows))
    return made


def _windows(start: date, end: date, began: date | None) -> list[tuple[date, date]]:
    """Return the event's window and the four of the same length before it, but none from before counting `began`."""
    length = (end - start).days + 1
    steps = [timedelta(days=length * number) for number in range(1, WINDOWS_BEFORE + 1)]
    return [(start, end), *((start - step, end - step) for step in steps if began and start - step >= began)]


def _unique_requests(session: Session, start: date, end: date) -> int:
    return total_of(by_time(session, Scope(start, end), daily=True)).uir


def _uplift(numbers: list[int]) -> Result:
    return event_uplift(numbers[0], numbers[1:], NOTHING_BEFORE)
