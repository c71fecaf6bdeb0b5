"""Computed figures: recomputed while a period is open, kept for good once its months are closed."""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.clock import months_back, now
from oer.core.db import Database
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import N_
from oer.core.text import clean_text
from oer.indicators.computation import catalogue, people, reporting, use
from oer.indicators.computation.descriptions import PEOPLE_CODES
from oer.indicators.computation.formulas import RECIPE, Computation, SourceRows
from oer.indicators.computation.models import MOST_SHOWN_ROWS, OPEN_VERSION, ComputedFigure, FigureSource
from oer.indicators.computation.queries import standing_version
from oer.indicators.periods import Period, read_period
from oer.usage.queries.processing import first_counted_month, versions

Compute = Callable[[Session, Period], Computation]

COMPUTATIONS: dict[str, Compute] = {
    "LC-01": people.active_learners,
    "LC-02": use.sessions,
    "LC-03": people.active_per_resident,
    "LC-04": catalogue.in_service,
    "LC-05": catalogue.levels,
    "LC-06": catalogue.accessible,
    "LC-07": catalogue.target_groups,
    "LC-08": catalogue.local_and_sustainable,
    "LC-09": use.requests,
    "LC-10": people.priority_groups,
    "LC-11": people.regular_learners,
    "LC-12": reporting.path_completions,
    "LC-13": reporting.satisfaction,
    "LC-14": use.searches_without_result,
    "LC-15": catalogue.organisations,
    "LC-16": reporting.learning_points,
    "LC-17": reporting.volunteers,
    "LC-18": use.events,
    "LC-19": catalogue.openly_licensed,
    "LC-20": reporting.timely_reports,
}
COMPUTED_CODES = tuple(COMPUTATIONS)
NO_COMPUTED_INDICATOR = N_("There is no computed indicator with this code.")


def compute(session: Session, code: str, period: Period) -> Computation:
    """Compute one indicator for a month, quarter or year; reads for seconds. Raises NotFound."""
    if code not in COMPUTATIONS:
        raise NotFound(NO_COMPUTED_INDICATOR)
    return COMPUTATIONS[code](session, period)


REASON_NEEDED = N_("A correction of a closed period needs a reason.")
NOT_CLOSED = N_("%(period)s is not closed yet: its figures are still updated automatically.")
SAME = N_("Nothing has changed since the figures were closed.")


@dataclass(frozen=True)
class ComputedPeriod:
    """A period's figures, not stored yet: computing them reads for seconds, so it happens outside the write lock.

    `stands_on_closed`: whether all its months were closed before it was computed.
    """

    period: Period
    computations: dict[str, Computation]
    stands_on_closed: bool

    def digests(self) -> dict[str, str]:
        """Return the data version of each indicator, by code."""
        return {code: each.digest() for code, each in self.computations.items()}


def compute_period(session: Session, period: Period) -> ComputedPeriod:
    """Compute all indicators for a period from the current totals. Writes nothing."""
    closed = is_closed(session, period)  # asked first: what closes meanwhile is computed again
    return ComputedPeriod(period, {code: compute(session, code, period) for code in COMPUTED_CODES}, closed)


def store_provisional(session: Session, made: ComputedPeriod) -> bool:
    """Replace a period's provisional figures. Does nothing if the period is closed; returns whether it was open."""
    if standing_version(session, made.period.name) != OPEN_VERSION:
        return False
    _store(session, made, OPEN_VERSION, "")
    return True


def close_figures(session: Session, made: ComputedPeriod) -> bool:
    """Store a period's final figures if they stand on closed months; return whether that happened now."""
    period = made.period
    if standing_version(session, period.name) != OPEN_VERSION or not made.stands_on_closed:
        return False
    _store(session, made, 1, "")
    record(session, None, "figures.closed", "period", period.name, version=1)
    return True


def is_closed(session: Session, period: Period) -> bool:
    """Whether the usage of all months of a period is closed; months before counting began have nothing to close."""
    closed, began = versions(session), first_counted_month(session)
    months = [month for month in period.months() if began is not None and month >= began]
    return bool(months) and all(month in closed for month in months)


def correct_figures(session: Session, actor_id: int | None, made: ComputedPeriod, reason: str) -> int:
    """Store a closed period's figures as a new version with its reason; return the version.

    Raises Invalid without a reason, Conflict if the period is open or nothing has changed.
    """
    period = made.period
    reason = clean_text(reason)
    if not reason:
        raise Invalid(REASON_NEEDED, field="reason")
    version = standing_version(session, period.name)
    if version == OPEN_VERSION:
        raise Conflict(NOT_CLOSED, period=period.name)
    if not made.stands_on_closed:
        raise Conflict(NOT_CLOSED, period=period.name)
    if made.digests() == _data_versions(session, period, version):
        raise Conflict(SAME, code="nothing_changed")
    _store(session, made, version + 1, reason)
    record(session, actor_id, "figures.corrected", "period", period.name, version=version + 1, reason=reason)
    return version + 1


def _data_versions(session: Session, period: Period, version: int) -> dict[str, str]:
    figure = ComputedFigure
    query = sa.select(figure.code, figure.data_version).where(figure.period == period.name, figure.version == version)
    return dict(session.execute(query.distinct()).all())


def _store(session: Session, made: ComputedPeriod, version: int, reason: str) -> None:
    figure, source, period = ComputedFigure, FigureSource, made.period
    for kind in (figure, source):
        session.execute(sa.delete(kind).where(kind.period == period.name, kind.version == OPEN_VERSION))
    moment = now()
    rows = [row for code, computation in made.computations.items() for row in _rows(code, period, computation)]
    for row in rows:
        row |= {"version": version, "correction": reason, "made_at": moment}
    session.execute(sa.insert(figure), rows)
    _store_sources(session, made, version, moment)
    session.flush()


def _store_sources(session: Session, made: ComputedPeriod, version: int, moment: datetime) -> None:
    about = {"period": made.period.name, "version": version, "kept_at": moment}
    rows = [
        {**about, "code": code, "digest": computation.digest(), "position": position, **_packed(source)}
        for code, computation in made.computations.items()
        if code not in PEOPLE_CODES
        for position, source in enumerate(computation.sources)
    ]
    if rows:
        session.execute(sa.insert(FigureSource), rows)


def _packed(source: SourceRows) -> dict[str, object]:
    text = json.dumps(source.rows, default=str, ensure_ascii=False)
    return {
        "table_name": source.table,
        "column_names": list(source.columns),
        "row_count": len(source.rows),
        "first_rows": json.loads(json.dumps(source.rows[:MOST_SHOWN_ROWS], default=str)),
        "packed_rows": zlib.compress(text.encode()),
    }


def _rows(code: str, period: Period, made: Computation) -> list[dict[str, object]]:
    digest, count = made.digest(), made.row_count
    about = {"code": code, "period": period.name, "period_start": period.start, "period_end": period.end}
    return [
        {
            **about,
            "dimension": figure.dimension,
            "member": figure.member,
            "measure": figure.measure,
            "state": figure.result.state,
            "value": figure.result.value,
            "numerator": figure.result.numerator,
            "denominator": figure.result.denominator,
            "why": figure.result.why,
            "denominator_source": figure.result.denominator_source,
            "data_version": digest,
            "recipe": RECIPE,
            "row_count": count,
        }
        for figure in made.figures
    ]


def keep_figures_current(database: Database, today: date) -> list[str]:
    """Close every period whose months are closed; recompute the open ones that this month and the last belong to.

    Returns the names of what was closed. Each period is a transaction of its own.
    """
    with database.reading() as session:
        due, without_rows = _due_periods(session, today), _periods_without_rows(session)
    closed = []
    for period in due:
        with database.reading() as session:
            made = compute_period(session, period)
        with database.transaction() as session:
            if close_figures(session, made):
                closed.append(period.name)
            else:
                store_provisional(session, made)
    for period in without_rows:
        with database.reading() as session:
            made = compute_period(session, period)
        with database.transaction() as session:
            _store_sources(session, made, standing_version(session, period.name), now())
    return closed


def _periods_without_rows(session: Session) -> list[Period]:
    """Return the closed periods whose rows were never stored: those closed before this product stored rows."""
    figure, source = ComputedFigure, FigureSource
    kept = sa.select(source.period).where(source.version > OPEN_VERSION)
    stands_on_rows = sa.and_(figure.version > OPEN_VERSION, figure.row_count > 0, figure.code.not_in(PEOPLE_CODES))
    query = sa.select(figure.period).where(stands_on_rows, figure.period.not_in(kept)).distinct()
    return [read_period(name) for name in session.scalars(query.order_by(figure.period))]


def _due_periods(session: Session, today: date) -> list[Period]:
    found = {each.name: each for month in sorted(versions(session)) for each in periods_around(month)}
    to_close = [
        each
        for each in found.values()
        if standing_version(session, each.name) == OPEN_VERSION and is_closed(session, each)
    ]
    running = {each.name: each for month in (months_back(today, 1), today) for each in periods_around(month)}
    named = {each.name for each in to_close}
    still_open = [each for each in running.values() if standing_version(session, each.name) == OPEN_VERSION]
    return to_close + [each for each in still_open if each.name not in named]


def periods_around(month: date) -> list[Period]:
    """Return the month, the quarter and the year that a month belongs to."""
    names = [f"{month:%Y-%m}", f"{month.year}-Q{(month.month + 2) // 3}", f"{month.year}"]
    return [read_period(name) for name in names]
