"""Computed figures: worked out anew while a period is open, kept for good once its months are closed."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.indicators.models import ComputedFigure
from oer.indicators.models.figures import OPEN_VERSION
from oer.indicators.periods import Period, read_period
from oer.indicators.queries.computed import COMPUTED_CODES, Computation, compute
from oer.indicators.queries.figures import standing_version
from oer.usage.queries.months import versions

REASON_NEEDED = N_("A correction of a closed period needs a reason.")
NOT_CLOSED = N_("%(period)s is not closed yet: its figures still move by themselves.")
SAME = N_("Nothing has changed since the figures were closed.")


def refresh_open(session: Session, period: Period) -> None:
    """Work out the figures of an open period anew; closed ones stay as they are."""
    if standing_version(session, period.name) == OPEN_VERSION:
        _store(session, period, OPEN_VERSION, "")


def close_figures(session: Session, period: Period) -> bool:
    """Keep a period's figures for good, once all its months are closed; return whether that was done now."""
    closed = versions(session)
    if standing_version(session, period.name) != OPEN_VERSION or any(month not in closed for month in period.months()):
        return False
    _store(session, period, 1, "")
    record(session, None, "figures.closed", "period", period.name, version=1)
    return True


def correct_figures(session: Session, actor_id: int | None, period: Period, reason: str) -> int:
    """Work a closed period out again, as a new version with its reason; return the version.

    Raises Invalid without a reason, Conflict where the period is open or nothing changed.
    """
    if not reason.strip():
        raise Invalid(REASON_NEEDED, field="reason")
    version = standing_version(session, period.name)
    if version == OPEN_VERSION:
        raise Conflict(NOT_CLOSED, period=period.name)
    before = _data_versions(session, period, version)
    made = {code: compute(session, code, period) for code in COMPUTED_CODES}
    if {code: each.digest() for code, each in made.items()} == before:
        raise Conflict(SAME, code="nothing_changed")
    _write(session, period, version + 1, reason.strip(), made)
    record(session, actor_id, "figures.corrected", "period", period.name, version=version + 1, reason=reason.strip())
    return version + 1


def _data_versions(session: Session, period: Period, version: int) -> dict[str, str]:
    figure = ComputedFigure
    query = sa.select(figure.code, figure.data_version).where(figure.period == period.name, figure.version == version)
    return dict(session.execute(query.distinct()).all())


def _store(session: Session, period: Period, version: int, reason: str) -> None:
    figure = ComputedFigure
    session.execute(sa.delete(figure).where(figure.period == period.name, figure.version == OPEN_VERSION))
    _write(session, period, version, reason, {code: compute(session, code, period) for code in COMPUTED_CODES})


def _write(session: Session, period: Period, version: int, reason: str, made: dict[str, Computation]) -> None:
    rows = [row for code, computation in made.items() for row in _rows(code, period, computation)]
    moment = now()
    for row in rows:
        row |= {"version": version, "correction": reason, "made_at": moment}
    session.execute(sa.insert(ComputedFigure), rows)
    session.flush()


def _rows(code: str, period: Period, made: Computation) -> list[dict[str, object]]:
    digest, count = made.digest(), made.row_count
    return [
        {
            "code": code,
            "period": period.name,
            "period_start": period.start,
            "period_end": period.end,
            "dimension": cell.dimension,
            "member": cell.member,
            "measure": cell.measure,
            "state": cell.result.state,
            "value": cell.result.value,
            "numerator": cell.result.numerator,
            "denominator": cell.result.denominator,
            "why": cell.result.why,
            "denominator_source": cell.result.denominator_source,
            "data_version": digest,
            "row_count": count,
        }
        for cell in made.cells
    ]


def periods_of(month: date) -> list[Period]:
    """Return the month, the quarter and the year that a month belongs to."""
    names = [f"{month:%Y-%m}", f"{month.year}-Q{(month.month + 2) // 3}", f"{month.year}"]
    return [read_period(name) for name in names]


def keep_figures_current(session: Session, today: date) -> list[str]:
    """Close every period whose months are closed, and work out the open ones of this month and the last anew.

    Returns the names of what was closed.
    """
    closed = []
    for month in sorted(versions(session)):
        closed += [each.name for each in periods_of(month) if close_figures(session, each)]
    before = date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
    for name in {each.name: each for month in (before, today) for each in periods_of(month)}.values():
        refresh_open(session, name)
    return closed
