"""LC-16 and LC-20 from registers and reports; LC-12 from ticked courses, LC-13 from ratings; LC-17 from a table.

The source of LC-17 lies outside the repository; of LC-12 and LC-13 a table takes the place of what is known here. Each
band of such a table names its period and what is counted: `2026-03 started`, `2026-Q1 5`, `2026 people`. People of a
quarter are not the sum of its months' people, so a period has figures only where a table gives them for that period.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from oer.accounts.models import Account
from oer.accounts.queries import told_by
from oer.catalogue.models import Material, Version
from oer.catalogue.queries.files import formats_of
from oer.core.clock import CITY_TIME_ZONE, last_of_month, months_back, today
from oer.core.db import in_portions
from oer.core.disclosure import Disclosure, hide_in_row
from oer.core.i18n import N_
from oer.indicators.computation import formulas
from oer.indicators.computation.formulas import (
    UNKNOWN,
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
from oer.indicators.computation.queries import points_of_city, source_of, table_for, values_of
from oer.indicators.models.rounds import Assignment, Round, UnitReport
from oer.indicators.models.sets import Indicator, IndicatorSet
from oer.indicators.periods import Period
from oer.learning.models import StartedCourse
from oer.learning.queries.voices import counts
from oer.learning.voice_models import Rating

NO_POINTS = N_("No register of learning points was confirmed in the six months before the end of this period.")
NO_REPORTS = N_("No report was due in this period.")
NO_RESIDENTS = N_("There is no population table with a date up to the end of this period.")
CONFIRMED_WITHIN_MONTHS = 6


def learning_points(session: Session, period: Period) -> Computation:
    """LC-16, by ward: from the learning points that wards keep and check here.

    While none is kept here, from a register imported as a reference table with the bands `registered` and `in_use`.
    """
    kept = points_of_city(session, period.end)
    if kept is not None:
        source = SourceRows("learning_point, learning_point_check", ("ward", "registered", "in_use"), list(kept))
        return _points(session, period, kept, source)
    table = table_for(session, LEARNING_POINTS, period.end)
    if table is None or table.as_of < _confirmed_since(period.end):
        return no_data(NO_POINTS)
    values = values_of(session, table)
    places = sorted({place for place, _ in values} - {WHOLE_CITY})
    rows = [(place, band, f"{value:f}") for (place, band), value in sorted(values.items())]
    source = SourceRows(f"reference_table {table.code} {table.digest}", ("place", "band", "value"), rows)
    found = [(place, values.get((place, "registered")), values.get((place, "in_use"), Decimal(0))) for place in places]
    return _points(session, period, found, source)


def _points(
    session: Session,
    period: Period,
    by_ward: Sequence[tuple[str, Decimal | int | None, Decimal | int]],
    source: SourceRows,
) -> Computation:
    if not by_ward:
        return no_data(NO_POINTS)
    registered = sum((number or 0 for _, number, _ in by_ward), Decimal(0))
    used = sum((number for _, _, number in by_ward), Decimal(0))
    made = Computation([Figure(points_in_use(used, registered, NO_POINTS)), Figure(count(used), measure="points")])
    made.figures.append(_per_residents(session, period, registered))
    for place, all_points, in_use in by_ward:
        made.figures.append(Figure(points_in_use(in_use, all_points, NO_POINTS), "ward", place))
    made.sources.append(source)
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

NO_PATHS = N_(
    "Nobody who agreed to be counted has ticked a part of a course in this period or the three months before it, and "
    "no table of completions was imported."
)
_DECLARED = {"ward": "ward", "age-band": "age_band", "gender": "gender", "disability": "disability", "group": "group"}
NO_RATINGS = N_("Nobody rated a material in this period, and no table of ratings was imported.")
NO_CONTRIBUTIONS = N_(
    "The repository does not record volunteers' accepted contributions yet, and no table of them was imported."
)
ImportedNumbers = dict[tuple[str, str], Decimal]


def path_completions(session: Session, period: Period) -> Computation:
    """LC-12: first completions of courses, among those started in the period or the three months before it.

    Of an imported table if there is one, else of what people ticked who agreed to be counted.
    """
    numbers, sources = _imported(session, PATHS, period)
    started, completed = numbers.get((WHOLE_CITY, "started")), numbers.get((WHOLE_CITY, "completed"))
    if started is None or completed is None:
        return _ticked_courses(session, period)
    return Computation(_completions(int(started), int(completed)), sources)


def _completions(started: int, completed: int) -> list[Figure]:
    shown = hide_in_row({"part": completed, "rest": max(started - completed, 0)})["part"]
    return [
        Figure(disclosed(completion_share(completed, started), shown)),
        Figure(disclosed(count(completed), shown), measure="completions"),
    ]


def _ticked_courses(session: Session, period: Period) -> Computation:
    begin, end = (_midnight(day) for day in (months_back(period.start, 3), period.end + timedelta(days=1)))
    table = StartedCourse
    rows = sa.select(table.account_id, table.course, table.started_at, table.finished_at)
    within = (
        sa.and_(table.started_at >= begin, table.started_at < end),
        sa.and_(table.finished_at >= _midnight(period.start), table.finished_at < end),
    )
    found = session.execute(rows.where(sa.or_(*within))).all()
    told = told_by(session, {row.account_id for row in found}, period.end)
    counted = [row for row in found if row.account_id in told]
    if not counted:
        return no_data(NO_PATHS)
    started = sum(begin <= row.started_at < end for row in counted)
    ended = [row for row in counted if row.finished_at and _midnight(period.start) <= row.finished_at < end]
    made = Computation(_completions(started, len(ended)))
    by = {"path": Counter(row.course for row in ended)}
    for dimension, name in _DECLARED.items():
        by[dimension] = Counter(each for row in ended for each in told[row.account_id].get(name) or [UNKNOWN])
    for dimension, counts_of in by.items():
        shown = hide_in_row(counts_of)
        made.figures += [
            Figure(disclosed(count(number), shown[member]), dimension, member, "completions")
            for member, number in sorted(counts_of.items())
        ]
    tally = [(dimension, member, number) for dimension in by for member, number in sorted(by[dimension].items())]
    totals = [("started", "", started), ("completed", "", len(ended))]
    made.sources.append(SourceRows("started_course", ("dimension", "member", "people"), [*totals, *tally]))
    return made


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_TIME_ZONE)


def satisfaction(session: Session, period: Period) -> Computation:
    """LC-13: the share of ratings 4 and 5, and the mean: of an imported table if there is one, else of the ratings."""
    numbers, sources = _imported(session, RATINGS, period)
    stars = {star: int(numbers.get((WHOLE_CITY, str(star)), 0)) for star in range(1, 6)}
    if not sum(stars.values()):
        return _of_ratings(session, period)
    good, mean = formulas.satisfaction(stars)
    return Computation([Figure(good), Figure(mean, measure="mean")], sources)


def _of_ratings(session: Session, period: Period) -> Computation:
    """LC-13 from the ratings that people gave last in the period; by main subject, level and format of the material.

    Below 30 ratings there are neither figures nor rows, of the whole or of a member.
    """
    given = _ratings_by_material(session, period)
    if not given:
        return no_data(NO_RATINGS)
    whole = sum(given.values(), Counter[int]())
    good, mean = formulas.satisfaction(whole)
    made, rows = Computation([Figure(good), Figure(mean, measure="mean")]), [("", "", whole)]
    for dimension, of in _members_of(session, given).items():
        by_member: dict[str, Counter[int]] = {}
        for material_id, stars in given.items():
            for member in of[material_id]:
                by_member.setdefault(member, Counter()).update(stars)
        shown = hide_in_row({member: sum(stars.values()) for member, stars in by_member.items()})
        for member, stars in sorted(by_member.items()):
            made.figures.append(Figure(disclosed(formulas.satisfaction(stars)[0], shown[member]), dimension, member))
            if shown[member] is Disclosure.PLAIN:
                rows.append((dimension, member, stars))
    kept = [
        (dimension, member, star, stars[star])
        for dimension, member, stars in rows
        if sum(stars.values()) >= formulas.LEAST_RATINGS
        for star in sorted(stars)
    ]
    made.sources.append(SourceRows("rating", ("dimension", "member", "stars", "ratings"), kept))
    return made


def _ratings_by_material(session: Session, period: Period) -> dict[int, Counter[int]]:
    since, until = _midnight(period.start), _midnight(period.end + timedelta(days=1))
    query = (
        sa.select(Rating.material_id, Rating.stars, sa.func.count())
        .join(Account, Account.id == Rating.account_id)
        .where(Rating.rated_at >= since, Rating.rated_at < until, counts())
        .group_by(Rating.material_id, Rating.stars)
    )
    found: dict[int, Counter[int]] = {}
    for material_id, star, number in session.execute(query):
        found.setdefault(material_id, Counter())[star] = number
    return found


def _members_of(session: Session, materials: Collection[int]) -> dict[str, dict[int, list[str]]]:
    """Return the main subject, the levels and the formats of each material, as it is published now."""
    subject, level, format_ = ({number: [UNKNOWN] for number in materials} for _ in range(3))
    for some in in_portions(sorted(materials)):
        query = sa.select(Material.id, Version.id, Version.record)
        query = query.join(Version, Version.id == Material.current_version_id).where(Material.id.in_(some))
        rows = session.execute(query).all()
        formats = formats_of(session, [version_id for _, version_id, _ in rows])
        for material_id, version_id, record in rows:
            subject[material_id] = (record.get("subjects") or [UNKNOWN])[:1]
            level[material_id] = record.get("levels") or [UNKNOWN]
            format_[material_id] = formats[version_id] or [UNKNOWN]
    return {"subject": subject, "level": level, "format": format_}


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
