"""LC-16 and LC-20: learning points in use, reports in time."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from oer.core.clock import today
from oer.core.i18n import N_
from oer.core.months import last_of_month, months_back
from oer.indicators.formulas.results import Result, count, per
from oer.indicators.formulas.use import points_in_use, timeliness
from oer.indicators.models import Duty, Indicator, IndicatorSet, Round, UnitReport
from oer.indicators.models.references import LEARNING_POINTS, POPULATION, WHOLE_CITY
from oer.indicators.periods import Period
from oer.indicators.queries.computed.shapes import Cell, Computation, Rows, nothing
from oer.indicators.queries.references import source_of, table_for, values_of

NO_POINTS = N_("No register of learning points was confirmed in the six months before the end of this period.")
NO_REPORTS = N_("No report was due in this period.")
NO_RESIDENTS = N_("There is no population table with a date up to the end of this period.")
CONFIRMED_WITHIN_MONTHS = 6


def learning_points(session: Session, period: Period) -> Computation:
    """LC-16, from the register that is taken in as a reference table: bands `registered` and `in_use`, by ward."""
    table = table_for(session, LEARNING_POINTS, period.end)
    if table is None or table.as_of < _confirmed_since(period.end):
        return nothing(NO_POINTS)
    values = values_of(session, table)
    places = sorted({place for place, _ in values} - {WHOLE_CITY})
    used = sum(values.get((place, "in_use"), 0) for place in places)
    registered = sum(values.get((place, "registered"), 0) for place in places)
    made = Computation([Cell(points_in_use(used, registered, NO_POINTS)), Cell(count(used), measure="points")])
    made.cells.append(_per_residents(session, period, registered))
    for place in places:
        in_use, all_points = values.get((place, "in_use"), 0), values.get((place, "registered"))
        made.cells.append(Cell(points_in_use(in_use, all_points, NO_POINTS), "ward", place))
    rows = [(place, band, f"{value:f}") for (place, band), value in sorted(values.items())]
    made.sources.append(Rows(f"reference_table {table.code} {table.digest}", ("place", "band", "value"), rows))
    return made


def _confirmed_since(end: date) -> date:
    # The day after the period, six months back.
    month = months_back(end, CONFIRMED_WITHIN_MONTHS)
    return month.replace(day=min(end.day, last_of_month(month).day))


def _per_residents(session: Session, period: Period, points: Decimal | int) -> Cell:
    table = table_for(session, POPULATION, period.end)
    residents = values_of(session, table).get((WHOLE_CITY, "total")) if table else None
    source = source_of(table) if table else ""
    return Cell(per(points, residents, 100_000, why=NO_RESIDENTS, source=source), measure="per_100000")


def timely_reports(session: Session, period: Period) -> Computation:
    """LC-20: the reports that fell due in the period, by kind of unit, unit and set."""
    reports = _due_reports(session, period)
    if not reports:
        return nothing(NO_REPORTS)
    made = Computation([Cell(_timely(reports))])
    for kind in sorted({each.unit.kind for each in reports}):
        of_kind = [each for each in reports if each.unit.kind == kind]
        made.cells.append(Cell(_timely(of_kind), "unit-kind", kind))
    for code in sorted({each.unit.code for each in reports}):
        made.cells.append(Cell(_timely([each for each in reports if each.unit.code == code]), "unit", code))
    for code, ids in _reports_by_set(session, reports).items():
        made.cells.append(Cell(_timely([each for each in reports if each.id in ids]), "indicator-set", code))
    rows = [(each.round_id, each.unit.code, each.was_in_time, each.complete) for each in reports]
    made.sources.append(Rows("unit_report", ("round", "unit", "in_time", "complete"), rows))
    return made


def _due_reports(session: Session, period: Period) -> list[UnitReport]:
    query = (
        sa.select(UnitReport)
        .join(UnitReport.round)
        .options(contains_eager(UnitReport.round))
        .where(Round.due_on >= period.start, Round.due_on <= min(period.end, today()))
        .order_by(UnitReport.round_id, UnitReport.unit_id)
    )
    return list(session.scalars(query))


def _timely(reports: Iterable[UnitReport]) -> Result:
    found = list(reports)
    return timeliness(sum(each.was_in_time and each.complete for each in found), len(found))


def _reports_by_set(session: Session, reports: list[UnitReport]) -> dict[str, set[int]]:
    query = (
        sa.select(IndicatorSet.code, Duty.report_id)
        .join(Indicator, Indicator.set_id == IndicatorSet.id)
        .join(Duty, Duty.indicator_id == Indicator.id)
        .where(Duty.report_id.in_([each.id for each in reports]))
        .distinct()
        .order_by(IndicatorSet.code)
    )
    found: dict[str, set[int]] = {}
    for code, report_id in session.execute(query):
        found.setdefault(code, set()).add(report_id)
    return found
