"""The whole repository's figures, for administrators."""

from flask import Response

from oer.core.i18n import N_
from oer.statistics.queries.overview import trouble
from oer.statistics.schemas.usage_reports import USAGE_REPORTS
from oer.statistics.views.frame import administrator, as_file, asked_filters, blueprint, export_filters, figures_page
from oer.web.context import db

MORE = (
    ("statistics.demand", N_("Demand")),
    ("statistics.people_page", N_("People")),
    ("statistics.counter_reports", N_("COUNTER reports")),
)


@blueprint.get("/admin/statistics")
def overview() -> str | tuple[str, int]:
    """Show use over time, by material and by format; a filter that is wrong is named above the form."""
    administrator()
    return figures_page(
        "statistics/overview.html", asked_filters, exports="statistics.export", trouble=trouble(db()), more=MORE
    )


@blueprint.get("/admin/statistics/<name>.<extension>")
def export(name: str, extension: str) -> Response:
    """Send one of the page's reports as CSV, XLSX or JSON."""
    administrator()
    return as_file(USAGE_REPORTS, name, extension, export_filters())
