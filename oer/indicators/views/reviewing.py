"""A report as an administrator reads it, and what is decided of it."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.core.errors import OerError
from oer.indicators.forms.rounds import ReasonForm
from oer.indicators.models import UnitReport
from oer.indicators.queries.entry import cells_of, grouped
from oer.indicators.queries.rounds import find_report
from oer.indicators.services.decisions import approve, return_report
from oer.indicators.views.blueprint import administrator, blueprint
from oer.web.context import db
from oer.web.errors import message_of
from oer.web.forms import form_checks_token
from oer.web.languages import gettext


@blueprint.get("/admin/indicators/rounds/<int:round_id>/<unit_code>")
def review(round_id: int, unit_code: str) -> str:
    """Show a report with every warning."""
    administrator()
    return _page(find_report(db(), round_id, unit_code), ReasonForm())


def _page(report: UnitReport, form: ReasonForm) -> str:
    groups = grouped(cells_of(db(), report))
    warned = sum(len(cell.warnings) for group in groups for cell in group.cells)
    return render_template("indicators/review.html", report=report, groups=groups, warned=warned, form=form)


@blueprint.post("/admin/indicators/rounds/<int:round_id>/<unit_code>/approve")
def approve_report(round_id: int, unit_code: str) -> Response:
    """Approve a report."""
    account = administrator()
    try:
        approve(db(), find_report(db(), round_id, unit_code), account.id)
    except OerError as refused:
        flash(message_of(refused), "error")
        return redirect(url_for("indicators.review", round_id=round_id, unit_code=unit_code), 303)
    flash(gettext("The report is approved."))
    return redirect(url_for("indicators.round_page", round_id=round_id), 303)


@blueprint.post("/admin/indicators/rounds/<int:round_id>/<unit_code>/return")
@form_checks_token
def return_to_unit(round_id: int, unit_code: str) -> Response | tuple[str, int]:
    """Return a report with a reason."""
    account = administrator()
    found = find_report(db(), round_id, unit_code)
    form = ReasonForm()
    if not form.validate():
        return _page(found, form), form.refusal_status
    try:
        return_report(db(), found, account.id, form.reason.data or "")
    except OerError as refused:
        form.tell(refused)
        return _page(found, form), refused.status
    flash(gettext("The report is returned, and its reporters are told."))
    return redirect(url_for("indicators.round_page", round_id=round_id), 303)
