"""The reports of demand: searches over time, and queries that led nowhere."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from oer.core.i18n import N_
from oer.statistics.queries.demand import Searched, queries_in_vain, searches_by_time
from oer.statistics.queries.filters import Filters
from oer.statistics.queries.needs import needs_by_query
from oer.statistics.queries.overview import Asked, final_before, is_daily, times_of
from oer.statistics.schemas.reports import Cell, Column, Report

DEFINITIONS = (
    N_("Searches: each new list of results, by COUNTER's Searches_Platform; a further page of the same list is none."),
    N_("Without a result: searches that found nothing."),
    N_("Said to be needed: people who sent the form “Tell us that you need this” for the same words."),
    N_("Abandoned: searches that found something, of which their visitor opened nothing within 30 minutes."),
)
ENOUGH_VISITORS = N_(
    "A query is shown once 5 different visitors made it within one day; its spellings are counted as one."
)
COLUMNS = (
    Column("searches", N_("Searches"), number=True),
    Column("without_result", N_("Without a result"), number=True),
    Column("abandoned", N_("Abandoned"), number=True),
)


def searches(asked: Asked) -> Report:
    """Return the searches of each day, or of each month where the stretch is long, with their shares."""
    session, filters = asked.session, asked.filters
    daily = is_daily(filters)
    found = searches_by_time(session, filters.since, filters.until, daily=daily)
    rows = [
        {"time": time if daily else f"{time:%Y-%m}", **_cells(found.get(time, Searched()))}
        for time in times_of(filters, daily=daily)
    ]
    columns = [
        Column("time", N_("Day") if daily else N_("Month")),
        *COLUMNS,
        Column("share", N_("Without a result, in percent"), number=True),
    ]
    title = N_("Searches by day") if daily else N_("Searches by month")
    return _report(session, filters, "searches", title, columns, rows)


def queries(asked: Asked) -> Report:
    """Return the queries that led nowhere, those asked most often first."""
    session, filters = asked.session, asked.filters
    found = queries_in_vain(session, filters.since, filters.until)
    needs = needs_by_query(session, filters.since, filters.until, [each.folded for each in found])
    rows: list[dict[str, Cell]] = [
        {
            "query": each.words,
            "days": each.days,
            "folded": each.folded,
            "needs": needs.get(each.folded, 0),
            **_cells(each.figures),
        }
        for each in found
    ]
    columns = [
        Column("query", N_("What was searched for")),
        Column("days", N_("Days"), number=True),
        *COLUMNS,
        Column("needs", N_("Said to be needed"), number=True),
    ]
    return _report(session, filters, "queries", N_("Searched for in vain"), columns, rows)


def _cells(figures: Searched) -> dict[str, Cell]:
    share = round(figures.without_result / figures.searches * 100, 1) if figures.searches else None
    return {
        "searches": figures.searches,
        "without_result": figures.without_result,
        "abandoned": figures.abandoned,
        "share": share,
    }


def _report(
    session: Session, filters: Filters, name: str, title: str, columns: list[Column], rows: list[dict[str, Cell]]
) -> Report:
    return Report(
        name=name,
        title=title,
        columns=columns,
        rows=rows,
        definitions=DEFINITIONS,
        since=filters.since,
        until=filters.until,
        notes=[ENOUGH_VISITORS] if name == "queries" else [],
        provisional=filters.until >= final_before(session),
    )


DEMAND_REPORTS: dict[str, Callable[[Asked], Report]] = {"searches": searches, "queries": queries}
