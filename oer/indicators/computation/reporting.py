"""LC-16 and LC-20 from registers and reports; LC-12, LC-13 and LC-17 from imported tables.

The sources of LC-12, LC-13 and LC-17 lie outside the repository. Each band of such a table names its period and what
is counted: `2026-03 started`, `2026-Q1 5`, `2026 people`. People of a quarter are not the sum of its months' people, so
a period has figures only where a table gives them for that period.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from oer.core.clock import last_of_month, months_back, today
from oer.core.disclosure import hide_in_row
from oer.core.i18n import N_
from oer.indicators.computation import formulas
from oer.indicators.computation.formulas import (
    Computation,
    Figure,
    Result,
    SourceRows,
    completion_share,
    count,
    disclosed,
    no_data,
    per,
    points_in_use,
    timeliness,
)
from oer.indicators.computation.models import (
    CONTRIBUTORS,
    LEARNING_POINTS,
    PATHS,
    PERIOD_BANDS,
    POPULATION,
    RATINGS,
    WHOLE_CITY,
    ReferenceTable,
    ReferenceValue,
)
from oer.indicators.computation.queries import source_of, table_for, values_of
from oer.indicators.models.rounds import Assignment, Round, UnitReport
from oer.indicators.models.sets import Indicator, IndicatorSet
from oer.indicators.periods import Period

NO_POINTS = N_("No register of learning points was confirmed in the six months before the end of this period.")
NO_REPORTS = N_("No report was due in this period.")
NO_RESIDENTS = N_("There is no population table with a date up to the end of this period.")
CONFIRMED_WITHIN_MONTHS = 6


def learning_points(session: Session, period: Period) -> Computation:
    """LC-16, from the register imported as a reference table, with the bands `registered` and `in_use`, by ward."""
    table = table_for(session, LEARNING_POINTS, period.end)
    if table is None or table.as_of < _confirmed_since(period.end):
        return no_data(NO_POINTS)
    values = values_of(session, table)
    places = sorted({place for place, _ in values} - {WHOLE_CITY})
    used = sum(values.get((place, "in_use"), 0) for place in places)
    registered = sum(values.get((place, "registered"), 0) for place in places)
    made = Computation([Figure(points_in_use(used, registered, NO_POINTS)), Figure(count(used), measure="points")])
    made.figures.append(_per_residents(session, period, registered))
    for place in places:
        in_use, all_points = values.get((place, "in_use"), 0), values.get((place, "registered"))
        made.figures.append(Figure(points_in_use(in_use, all_points, NO_POINTS), "ward", place))
    rows = [(place, band, f"{value:f}") for (place, band), value in sorted(values.items())]
    made.sources.append(SourceRows(f"reference_table {table.code} {table.digest}", ("place", "band", "value"), rows))
    return made


def _confirmed_since(end: date) -> date:
    # The day after the period, six months back.
    month = months_back(end, CONFIRMED_WITHIN_MONTHS)
    return month.replace(day=min(end.day, last_of_month(month).day))


def _per_residents(session: Session, period: Period, points: Decimal | int) -> Figure:
    table = table_for(session, POPULATION, period.end)
    residents = values_of(session, table).get((WHOLE_CITY, "total")) if table else None
    source = source_of(table) if table else ""
    return Figure(per(points, residents, 100_000, why=NO_RESIDENTS, source=source), measure="per_100000")


def timely_reports(session: Session, period: Period) -> Computation:
    """LC-20: reports due in the period; also by kind of unit, by unit and by set."""
    reports = _due_reports(session, period)
    if not reports:
        return no_data(NO_REPORTS)
    made = Computation([Figure(_timely(reports))])
    for kind in sorted({each.unit.kind for each in reports}):
        of_kind = [each for each in reports if each.unit.kind == kind]
        made.figures.append(Figure(_timely(of_kind), "unit-kind", kind))
    for code in sorted({each.unit.code for each in reports}):
        made.figures.append(Figure(_timely([each for each in reports if each.unit.code == code]), "unit", code))
    for code, ids in _reports_by_set(session, reports).items():
        made.figures.append(Figure(_timely([each for each in reports if each.id in ids]), "indicator-set", code))
    rows = [(each.round_id, each.unit.code, each.was_in_time, each.complete) for each in reports]
    made.sources.append(SourceRows("unit_report", ("round", "unit", "in_time", "complete"), rows))
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
        sa.select(IndicatorSet.code, Assignment.report_id)
        .join(Indicator, Indicator.set_id == IndicatorSet.id)
        .join(Assignment, Assignment.indicator_id == Indicator.id)
        .where(Assignment.report_id.in_([each.id for each in reports]))
        .distinct()
        .order_by(IndicatorSet.code)
    )
    found: dict[str, set[int]] = {}
    for code, report_id in session.execute(query):
        found.setdefault(code, set()).add(report_id)
    return found


# LC-12, LC-13 and LC-17, from imported tables.

NO_PATHS = N_("The repository does not record completions of learning paths yet, and no table of them was imported.")
NO_RATINGS = N_("The repository does not record ratings yet, and no table of them was imported.")
NO_CONTRIBUTIONS = N_(
    "The repository does not record volunteers' accepted contributions yet, and no table of them was imported."
)
ImportedNumbers = dict[tuple[str, str], Decimal]


def path_completions(session: Session, period: Period) -> Computation:
    """LC-12: first completions among the paths started in the period or the three months before it."""
    numbers, sources = _imported(session, PATHS, period)
    started, completed = numbers.get((WHOLE_CITY, "started")), numbers.get((WHOLE_CITY, "completed"))
    if started is None or completed is None:
        return no_data(NO_PATHS)
    shown = hide_in_row({"part": int(completed), "rest": max(int(started - completed), 0)})["part"]
    made = Computation([Figure(disclosed(completion_share(completed, started), shown))], sources)
    made.figures.append(Figure(disclosed(count(completed), shown), measure="completions"))
    return made


def satisfaction(session: Session, period: Period) -> Computation:
    """LC-13: the share of ratings 4 and 5; secondary figure: the mean."""
    numbers, sources = _imported(session, RATINGS, period)
    stars = {star: int(numbers.get((WHOLE_CITY, str(star)), 0)) for star in range(1, 6)}
    if not sum(stars.values()):
        return no_data(NO_RATINGS)
    good, mean = formulas.satisfaction(stars)
    return Computation([Figure(good), Figure(mean, measure="mean")], sources)


def volunteers(session: Session, period: Period) -> Computation:
    """LC-17: each contributor once; also by ward if the table has wards."""
    numbers, sources = _imported(session, CONTRIBUTORS, period)
    people = numbers.get((WHOLE_CITY, "people"))
    if people is None:
        return no_data(NO_CONTRIBUTIONS)
    made = Computation([Figure(disclosed(count(people), hide_in_row({"all": int(people)})["all"]))], sources)
    wards = {place: int(number) for (place, _), number in sorted(numbers.items()) if place != WHOLE_CITY}
    shown = hide_in_row({**wards, "elsewhere": max(int(people) - sum(wards.values()), 0)})
    made.figures += [Figure(disclosed(count(number), shown[place]), "ward", place) for place, number in wards.items()]
    return made


def _imported(session: Session, code: str, period: Period) -> tuple[ImportedNumbers, list[SourceRows]]:
    """Return what the newest table that covers a period says, by place and what is counted; empty if there is none."""
    table, begins = ReferenceTable, f"{period.name} "
    query = (
        sa.select(table)
        .join(ReferenceValue)
        .where(table.code == code, ReferenceValue.band.in_([begins + word for word in PERIOD_BANDS[code]]))
        .order_by(table.as_of.desc(), table.version.desc())
        .limit(1)
    )
    found = session.scalars(query).first()
    if found is None:
        return {}, []
    of_period = {key: value for key, value in values_of(session, found).items() if key[1].startswith(begins)}
    rows = [(place, band, f"{value:f}") for (place, band), value in sorted(of_period.items())]
    source = SourceRows(f"reference_table {found.code} {found.digest}", ("place", "band", "value"), rows)
    return {(place, band.removeprefix(begins)): value for (place, band), value in of_period.items()}, [source]
