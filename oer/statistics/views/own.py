"""An educator's figures: of the materials that they own."""

from dataclasses import replace

from flask import Response

from oer.accounts.permissions import Action, require
from oer.statistics.schemas.usage_reports import USAGE_REPORTS
from oer.statistics.views.frame import as_file, asked_filters, blueprint, export_filters, figures_page
from oer.web.identity import signed_in


def _owner() -> int:
    account = signed_in()
    require(account, Action.STATISTICS_OWN)
    return int(account.id)


@blueprint.get("/my/statistics")
def own() -> str | tuple[str, int]:
    """Show how the educator's own materials are used."""
    owner = _owner()
    return figures_page(
        "statistics/own.html", lambda: replace(asked_filters(), owner=owner), exports="statistics.own_export"
    )


@blueprint.get("/my/statistics/<name>.<extension>")
def own_export(name: str, extension: str) -> Response:
    """Send one of the page's reports as CSV, XLSX or JSON."""
    owner = _owner()
    return as_file(USAGE_REPORTS, name, extension, replace(export_filters(), owner=owner))
