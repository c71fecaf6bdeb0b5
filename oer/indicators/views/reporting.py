"""A reporter's pages: what their units owe, and one page on which a report is entered line by line."""

from collections.abc import Iterable

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.permissions import Action, require, units_for
from oer.core.errors import OerError
from oer.indicators.models import Target, UnitReport
from oer.indicators.queries.entry import cells_of, grouped
from oer.indicators.queries.overview import nearest_targets
from oer.indicators.queries.rounds import progress_of, reports_for_units
from oer.indicators.services.decisions import submit
from oer.indicators.views.blueprint import blueprint, own_report
from oer.indicators.views.lines import LineView, line_views
from oer.web.context import db
from oer.web.errors import message_of
from oer.web.identity import signed_in
from oer.web.languages import gettext


@blueprint.get("/my/reports")
def my_rounds() -> str:
    """List what the reporter's units owe, the nearest due date first."""
    account = signed_in()
    require(account, Action.INDICATOR_REPORT)
    reports = reports_for_units(db(), units_for(account, Action.INDICATOR_REPORT))
    return render_template("indicators/my_rounds.html", reports=progress_of(db(), reports))


@blueprint.get("/my/reports/<int:round_id>/<unit_code>")
def report(round_id: int, unit_code: str) -> str:
    """Show a report: its groups, and every line with its form."""
    return report_page(own_report(round_id, unit_code))


def report_page(found: UnitReport, instead: LineView | None = None) -> str:
    """Return the page of a report, with `instead` in place of its line as it was saved."""
    views = {line.cell.indicator.id: line for line in line_views(cells_of(db(), found))}
    groups = grouped([line.cell for line in views.values()])
    targets = targets_beside(found, {line.cell.indicator.set_id for line in views.values()})
    if instead is not None:
        views[instead.cell.indicator.id] = instead
    return render_template(
        "indicators/report.html", report=found, groups=groups, views=views, targets=targets, opened=_opened()
    )


def targets_beside(found: UnitReport, set_ids: Iterable[int]) -> dict[int, Target]:
    """Return the targets that stand beside the lines of a report, by the lines' numbers."""
    return nearest_targets(db(), sorted(set_ids), found.unit_id)


def _opened() -> int:
    text = request.args.get("line", "")
    return int(text) if text.isdecimal() else 0


def report_address(found: UnitReport, **more: object) -> str:
    """Return where a report is entered."""
    return url_for("indicators.report", round_id=found.round_id, unit_code=found.unit.code, **more)  # type: ignore[arg-type]


@blueprint.post("/my/reports/<int:round_id>/<unit_code>/submit")
def submit_report(round_id: int, unit_code: str) -> Response:
    """Hand the report in, or say what is still missing."""
    found = own_report(round_id, unit_code)
    try:
        submit(db(), found, signed_in().id)
    except OerError as refused:
        flash(message_of(refused), "error")
        return redirect(report_address(found), 303)
    flash(gettext("The report is submitted. Thank you."))
    return redirect(report_address(found), 303)
