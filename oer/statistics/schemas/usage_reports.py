"""The reports: use (over time, by material, by format, in sum), people, and demand."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from oer.accounts.services.consents import DISABILITY_ANSWERS, GENDERS
from oer.core.clock import last_of_month, months_back, today
from oer.core.disclosure import Disclosure
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.statistics.queries import overview
from oer.statistics.queries.demand import Searched, needs_by_query, queries_in_vain, searches_by_time
from oer.statistics.queries.overview import Filters, UsageQuestion, final_before, is_daily, times_of
from oer.statistics.schemas.filters import format_label, label_of
from oer.statistics.schemas.reports import (
    DOWNLOADS,
    MEASURES,
    PLAYS,
    READS,
    UNIQUE_USES,
    USES,
    Cell,
    Column,
    Hidden,
    Measure,
    Report,
)
from oer.usage.counter.counting import UsageCounts
from oer.usage.providers import UNKNOWN
from oer.usage.queries.people import DIMENSIONS, TOGETHER, PeopleRow, people_of
from oer.vocabularies import vocabularies

FILTER_LABELS = {
    "collection": N_("Course"),
    "unit": N_("Unit"),
    "subject": N_("Subject"),
    "level": N_("Level"),
    "audience": N_("For whom"),
    "licence": N_("Licence"),
    "language": N_("Language"),
    "format": N_("Format"),
}
FORMAT_MEASURES = (USES, UNIQUE_USES, READS, PLAYS, DOWNLOADS)
UNIQUES_PER_FORMAT = N_("A material opened in two formats in one session is a unique use of each of them.")
NOT_COMPARABLE = N_("No change is given, because the previous period began before counting did.")
ALL_MATERIALS = 100_000


def over_time(asked: UsageQuestion, *, daily: bool | None = None) -> Report:
    """Return the figures of each day, or of each month if the period is long."""
    by_day = overview.is_daily(asked.filters) if daily is None else daily
    points = overview.series(asked, daily=by_day)
    rows = [
        {"time": point.time if by_day else f"{point.time:%Y-%m}", **_usage_cells(point.figures)} for point in points
    ]
    return _usage_report(
        asked,
        "over-time",
        N_("Figures by day") if by_day else N_("Figures by month"),
        [Column("time", N_("Day") if by_day else N_("Month")), *_columns(MEASURES)],
        rows,
        MEASURES,
    )


def by_material(asked: UsageQuestion, measure: str = USES.name, limit: int = ALL_MATERIALS) -> Report:
    """Return the figures of each material with any, highest first."""
    top = overview.top_materials(asked, measure, limit)
    return _usage_report(
        asked,
        "materials",
        N_("Materials by use"),
        [Column("material", N_("Material")), Column("id", N_("Identifier"), on_pages=False), *_columns(MEASURES)],
        [{"material": each.title, "id": each.public_id, **_usage_cells(each.figures)} for each in top],
        MEASURES,
    )


def by_format(asked: UsageQuestion) -> Report:
    """Return the figures of each format that was used, highest first."""
    found = overview.formats(asked)
    rows = [
        {"format": dict(format_label(name)), **_usage_cells(figures, FORMAT_MEASURES)}
        for name, figures in found.items()
    ]
    columns = [Column("format", N_("Format")), *_columns(FORMAT_MEASURES)]
    title = N_("Use by format")
    return _usage_report(asked, "formats", title, columns, rows, FORMAT_MEASURES, [UNIQUES_PER_FORMAT])


def summary(asked: UsageQuestion) -> Report:
    """Return the figures of the period and of the one before, and the change."""
    now, before = (overview.totals(usage) for usage in (asked.usage, asked.before))
    comparable = overview.first_counted_day(asked.session) <= asked.filters.before.since
    rows = [_comparison(measure, now, before, comparable=comparable) for measure in MEASURES]
    columns = [
        Column("measure", N_("Measure")),
        Column("now", N_("This period"), number=True),
        Column("before", N_("Previous period"), number=True),
        Column("change", N_("Change in percent"), number=True),
    ]
    notes = [] if comparable else [NOT_COMPARABLE]
    return _usage_report(asked, "summary", N_("Summary"), columns, rows, MEASURES, notes)


def _comparison(measure: Measure, now: UsageCounts, before: UsageCounts, *, comparable: bool) -> dict[str, Cell]:
    new, old = getattr(now, measure.name), getattr(before, measure.name)
    change = round((new - old) / old * 100, 1) if old and comparable else None
    return {"measure": measure.heading, "now": new, "before": old, "change": change, "name": measure.name}


def _columns(measures: Sequence[Measure]) -> list[Column]:
    return [Column(measure.name, measure.heading, number=True) for measure in measures]


def _usage_cells(figures: UsageCounts, measures: Sequence[Measure] = MEASURES) -> dict[str, Cell]:
    return {measure.name: getattr(figures, measure.name) for measure in measures}


def _usage_report(
    asked: UsageQuestion,
    name: str,
    title: str,
    columns: list[Column],
    rows: Sequence[dict[str, Cell]],
    measures: Sequence[Measure],
    notes: Sequence[str] = (),
) -> Report:
    session, filters = asked.session, asked.filters
    chosen = [(FILTER_LABELS[key], dict(label_of(session, key, value))) for key, value in filters.chosen.items()]
    return Report(
        name=name,
        title=title,
        columns=columns,
        rows=rows,
        definitions=[measure.definition for measure in measures],
        since=filters.since,
        until=filters.until,
        filters=chosen,
        provisional=filters.until >= overview.final_before(session),
        notes=notes,
    )


USAGE_REPORTS: dict[str, Callable[[UsageQuestion], Report]] = {
    "summary": summary,
    "over-time": over_time,
    "materials": by_material,
    "formats": by_format,
}


# People: by one dimension, or by ward and age band, with small numbers hidden.

DIMENSION_LABELS = {
    "ward": N_("By ward"),
    "age-band": N_("By age"),
    "gender": N_("By gender"),
    "group": N_("By group"),
    "disability": N_("By disability"),
    "ward+age-band": N_("By ward and age"),
}
PEOPLE_DEFINITIONS = (
    N_("People: account holders who agreed to be counted and opened at least one material in the period. Anonymous"
       " use is never counted as people."),
    N_("Regular: active in three or more ISO weeks of the month; a week belongs to the month of its Thursday."),
    N_("What people did not declare is “unknown” and is never distributed over the other values."),
)  # fmt: skip
HIDING = (
    N_("Numbers from 1 to 9 are shown as “<10”. Other numbers are withheld (“…”) if a hidden one could be computed"
       " from them."),
    N_("People are counted by one dimension at a time, or by ward and age; people in several groups count in each."),
)  # fmt: skip
SMALL, WITHHELD = Hidden("<10"), Hidden("…")
NO_SUCH_PERIOD = N_("“period”: “%(value)s” is not a month (2026-03), a quarter (2026-Q1) or a year (2026).")
NO_SUCH_DIMENSION = N_("“by”: there is no value “%(value)s”.")
UNKNOWN_FILTER = N_("There is no filter called “%(name)s”.")
_PERIOD = re.compile(r"([0-9]{4})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?")


def read_period(given: Mapping[str, str], usual: str = "") -> tuple[str, str]:
    """Return the requested period and dimension; by default `usual` (or this month) by ward.

    Raises Invalid, naming the field. Other parameters are refused, so people are never counted by more dimensions.
    """
    for name in given:
        if name not in {"period", "by"}:
            raise Invalid(UNKNOWN_FILTER, field=name[:40], name=name[:40])
    period = given.get("period") or usual or f"{today():%Y-%m}"
    match = _PERIOD.fullmatch(period)
    if match is None or not 2000 <= int(match[1]) <= today().year:
        raise Invalid(NO_SUCH_PERIOD, field="period", value=period[:20])
    by = given.get("by") or DIMENSIONS[0]
    if by not in DIMENSIONS:
        raise Invalid(NO_SUCH_DIMENSION, field="by", value=by[:40])
    return period, by


def people(session: Session, period: str, by: str) -> Report:
    """Return the people of a period by one dimension."""
    found = people_of(session, period, by)
    headings = [Column("value", _heading(by)), *([Column("second", N_("Age"))] if by == TOGETHER else [])]
    rows: list[dict[str, Cell]] = [{"value": N_("All people"), "second": "", "people": _number(found.total)}]
    if "-Q" not in period and "-" in period:
        rows.append({"value": N_("of whom regular"), "second": "", "people": _number(found.regular)})
    first, age = ("age-band", "") if by == "age-band" else (by, "age-band")
    for row in found.rows:
        value = row.second if by == "age-band" else row.value
        second = _value_label(age, row.second) if by == TOGETHER else ""
        rows.append({"value": _value_label(first, value), "second": second, "people": _number(row)})
    since, until = days_of(period)
    return Report(
        name="people",
        title=N_("People who used materials"),
        columns=[*headings, Column("people", N_("People"), number=True)],
        rows=rows,
        definitions=PEOPLE_DEFINITIONS,
        since=since,
        until=until,
        filters=[(N_("Counted"), DIMENSION_LABELS[by])],
        exclusions=HIDING,
        provisional=until >= today(),
    )


def _heading(by: str) -> str:
    return {
        "ward": N_("Ward, commune or special zone"),
        "age-band": N_("Age"),
        "gender": N_("Gender"),
        "group": N_("Group"),
        "disability": N_("Disability"),
    }.get(by, N_("Ward, commune or special zone"))


def _value_label(dimension: str, value: str) -> Cell:
    if value == UNKNOWN:
        return N_("unknown")
    if dimension in {"ward", TOGETHER}:
        return dict(vocabularies().places.labels(value))
    if dimension == "group":
        return dict(vocabularies().audiences.labels(value))
    return {**GENDERS, **DISABILITY_ANSWERS}.get(value, value)


def _number(row: PeopleRow) -> Cell:
    return {Disclosure.PLAIN: row.people, Disclosure.SMALL: SMALL, Disclosure.WITHHELD: WITHHELD}[row.shown]


def days_of(period: str) -> tuple[date, date]:
    """Return the first and last day of a month, quarter or year."""
    year = int(period[:4])
    if len(period) == 4:
        return date(year, 1, 1), date(year, 12, 31)
    if "Q" in period:
        first = date(year, int(period[-1]) * 3 - 2, 1)
        return first, last_of_month(months_back(first, -2))
    first = date(year, int(period[-2:]), 1)
    return first, last_of_month(first)


# Demand: searches over time, and unsuccessful queries.

DEMAND_DEFINITIONS = (
    N_("Searches: each new list of results (COUNTER: Searches_Platform); further pages of the same list do not count."),
    N_("Without a result: searches that found nothing."),
    N_("Needed by: how many people sent the form “Tell us that you need this” for the same query."),
    N_("Abandoned: searches with results of which the visitor opened none within 30 minutes."),
)
ENOUGH_VISITORS = N_("A query is shown if at least 5 visitors made it on one day; all its spellings count as one.")
COLUMNS = (
    Column("searches", N_("Searches"), number=True),
    Column("without_result", N_("Without a result"), number=True),
    Column("abandoned", N_("Abandoned"), number=True),
)


def searches(asked: UsageQuestion) -> Report:
    """Return the searches of each day, or of each month if the period is long, with their shares."""
    session, filters = asked.session, asked.filters
    daily = is_daily(filters)
    found = searches_by_time(session, filters.since, filters.until, daily=daily)
    rows = [
        {"time": time if daily else f"{time:%Y-%m}", **_demand_cells(found.get(time, Searched()))}
        for time in times_of(filters, daily=daily)
    ]
    columns = [
        Column("time", N_("Day") if daily else N_("Month")),
        *COLUMNS,
        Column("share", N_("Without a result, in percent"), number=True),
    ]
    title = N_("Searches by day") if daily else N_("Searches by month")
    return _demand_report(session, filters, "searches", title, columns, rows)


def queries(asked: UsageQuestion) -> Report:
    """Return the unsuccessful queries, the most frequent first."""
    session, filters = asked.session, asked.filters
    found = queries_in_vain(session, filters.since, filters.until)
    needs = needs_by_query(session, filters.since, filters.until, [each.folded for each in found])
    rows: list[dict[str, Cell]] = [
        {
            "query": each.words,
            "days": each.days,
            "folded": each.folded,
            "needs": needs.get(each.folded, 0),
            **_demand_cells(each.figures),
        }
        for each in found
    ]
    columns = [
        Column("query", N_("What was searched for")),
        Column("days", N_("Days"), number=True),
        *COLUMNS,
        Column("needs", N_("Needed by"), number=True),
    ]
    return _demand_report(session, filters, "queries", N_("Unsuccessful searches"), columns, rows)


def _demand_cells(figures: Searched) -> dict[str, Cell]:
    share = round(figures.without_result / figures.searches * 100, 1) if figures.searches else None
    return {
        "searches": figures.searches,
        "without_result": figures.without_result,
        "abandoned": figures.abandoned,
        "share": share,
    }


def _demand_report(
    session: Session, filters: Filters, name: str, title: str, columns: list[Column], rows: list[dict[str, Cell]]
) -> Report:
    return Report(
        name=name,
        title=title,
        columns=columns,
        rows=rows,
        definitions=DEMAND_DEFINITIONS,
        since=filters.since,
        until=filters.until,
        notes=[ENOUGH_VISITORS] if name == "queries" else [],
        provisional=filters.until >= final_before(session),
    )


DEMAND_REPORTS: dict[str, Callable[[UsageQuestion], Report]] = {"searches": searches, "queries": queries}
