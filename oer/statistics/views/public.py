"""The repository's own figures, for everybody: the last twelve months, by month."""

from collections.abc import Callable
from datetime import timedelta

from flask import Response, render_template

from oer.catalogue.queries import count_public
from oer.core.clock import today
from oer.core.months import months_back
from oer.statistics.queries.filters import Filters
from oer.statistics.queries.overview import Asked
from oer.statistics.schemas.charts import chart
from oer.statistics.schemas.measures import USES
from oer.statistics.schemas.reports import Report
from oer.statistics.schemas.usage_reports import by_format, by_material, over_time, summary
from oer.statistics.views.frame import as_file, blueprint
from oer.web.context import db
from oer.web.words import partial_day

TOP = 10
MONTHS = 12


def _by_month(asked: Asked) -> Report:
    return over_time(asked, daily=False)


def _top(asked: Asked) -> Report:
    return by_material(asked, USES.name, TOP)


PUBLIC_REPORTS: dict[str, Callable[[Asked], Report]] = {
    "summary": summary,
    "over-time": _by_month,
    "materials": _top,
    "formats": by_format,
}


def _last_year() -> Filters:
    # Up to yesterday: today is still being counted, and everybody's figures may be a day old.
    until = today() - timedelta(days=1)
    return Filters(since=months_back(until, MONTHS - 1), until=until)


@blueprint.get("/statistics")
def public() -> str:
    """Show what the repository's materials are used for, in the open."""
    asked = Asked(db(), _last_year())
    timeline = _by_month(asked)
    return render_template(
        "statistics/public.html",
        filters=asked.filters,
        materials_in_service=count_public(asked.session),
        summary=summary(asked),
        over_time=timeline,
        chart=chart([partial_day(each) for each in timeline.column("time")], timeline.column(USES.name)),
        measure=USES,
        materials=_top(asked),
        formats=by_format(asked),
    )


@blueprint.get("/statistics/<name>.<extension>")
def public_export(name: str, extension: str) -> Response:
    """Send one of the page's reports as CSV, XLSX or JSON."""
    return as_file(PUBLIC_REPORTS, name, extension, _last_year())
