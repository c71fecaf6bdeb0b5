"""The repository's own figures, for everybody: the last twelve months, by month."""

from collections.abc import Callable
from datetime import timedelta

from flask import Response, render_template

from oer.catalogue.queries.browsing import count_public
from oer.core.charts import bar_chart
from oer.core.clock import months_back, today
from oer.statistics.queries.overview import Filters, UsageQuestion
from oer.statistics.schemas.reports import USES, Report
from oer.statistics.schemas.usage_reports import by_format, by_material, over_time, summary
from oer.statistics.views.blueprint import as_file, blueprint
from oer.web.context import db
from oer.web.formatting import partial_date

TOP = 10
MONTHS = 12


def _by_month(asked: UsageQuestion) -> Report:
    return over_time(asked, daily=False)


def _top(asked: UsageQuestion) -> Report:
    return by_material(asked, USES.name, TOP)


PUBLIC_REPORTS: dict[str, Callable[[UsageQuestion], Report]] = {
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
    asked = UsageQuestion(db(), _last_year())
    timeline = _by_month(asked)
    return render_template(
        "statistics/public.html",
        filters=asked.filters,
        materials_in_service=count_public(asked.session),
        summary=summary(asked),
        over_time=timeline,
        chart=bar_chart([partial_date(each) for each in timeline.column("time")], timeline.column(USES.name)),
        measure=USES,
        materials=_top(asked),
        formats=by_format(asked),
    )


@blueprint.get("/statistics/<name>.<extension>")
def public_export(name: str, extension: str) -> Response:
    """Send one of the page's reports as CSV, XLSX or JSON."""
    return as_file(PUBLIC_REPORTS, name, extension, _last_year())
