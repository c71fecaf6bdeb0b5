"""A reporter's pages: what their units owe, and one page on which a report is entered line by line."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.permissions import Action, require, units_for
from oer.core.errors import OerError
from oer.indicators.forms.entry import EntryForm
from oer.indicators.models import UnitReport
from oer.indicators.queries.entry import Cell, cell_of, cells_of, grouped
from oer.indicators.queries.rounds import progress_of, reports_for_units
from oer.indicators.services.decisions import submit
from oer.indicators.services.entry import ChangedMeanwhile, save_entry
from oer.indicators.views.blueprint import blueprint, own_report
from oer.indicators.views.lines import LineView, line_views
from oer.web.context import db
from oer.web.errors import message_of
from oer.web.forms import form_checks_token
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
    found = own_report(round_id, unit_code)
    return _page(found, line_views(cells_of(db(), found)))


def _page(found: UnitReport, lines: list[LineView]) -> str:
    groups = grouped([line.cell for line in lines])
    views = {line.cell.indicator.id: line for line in lines}
    return render_template("indicators/report.html", report=found, groups=groups, views=views, opened=_opened())


def _opened() -> int:
    text = request.args.get("line", "")
    return int(text) if text.isdecimal() else 0


@blueprint.post("/my/reports/<int:round_id>/<unit_code>/<int:indicator_id>")
@form_checks_token
def save_line(round_id: int, unit_code: str, indicator_id: int) -> Response | tuple[str, int]:
    """Save one line. Whatever is wrong is told at its field, on the page with everything that was typed."""
    found = own_report(round_id, unit_code)
    cell = cell_of(db(), found, indicator_id)
    form = EntryForm.of(cell, request.form)
    if not form.validate():
        return _again(found, LineView(cell, form, is_open=True), form.refusal_status)
    try:
        save_entry(
            db(),
            found,
            cell.indicator,
            form.entry(cell.indicator.answer),
            revision=form.read_revision,
            actor_id=signed_in().id,
        )
    except ChangedMeanwhile as changed:
        return _conflict(found, cell, form, changed)
    except OerError as refused:
        form.tell(refused, cell.indicator.answer)
        return _again(found, LineView(cell, form, is_open=True), refused.status)
    return _saved(found, indicator_id)


def _conflict(found: UnitReport, cell: Cell, form: EntryForm, changed: ChangedMeanwhile) -> tuple[str, int]:
    # Sent once more, it is meant: what the other saved was seen.
    form.revision.raw_data, form.revision.data = None, str(changed.observation.revision)
    view = LineView(cell, form, is_open=True, theirs=changed.observation, differing=changed.differing)
    return _again(found, view, changed.status)


def _again(found: UnitReport, view: LineView, status: int) -> tuple[str, int]:
    if "X-Line-Only" in request.headers:
        return render_template("indicators/_line.html", report=found, line=view), status
    lines = line_views(cells_of(db(), found))
    number = view.cell.indicator.id
    return _page(found, [view if line.cell.indicator.id == number else line for line in lines]), status


def _saved(found: UnitReport, indicator_id: int) -> Response | tuple[str, int]:
    if "X-Line-Only" in request.headers:
        cell = cell_of(db(), found, indicator_id)
        view = LineView(cell, EntryForm.of(cell), is_open=True, just_saved=True)
        return render_template("indicators/_line.html", report=found, line=view), 200
    flash(gettext("Saved."))
    return redirect(_address(found, line=indicator_id, _anchor=f"line-{indicator_id}"), 303)


def _address(found: UnitReport, **more: object) -> str:
    return url_for("indicators.report", round_id=found.round_id, unit_code=found.unit.code, **more)  # type: ignore[arg-type]


@blueprint.post("/my/reports/<int:round_id>/<unit_code>/submit")
def submit_report(round_id: int, unit_code: str) -> Response:
    """Hand the report in, or say what is still missing."""
    found = own_report(round_id, unit_code)
    try:
        submit(db(), found, signed_in().id)
    except OerError as refused:
        flash(message_of(refused), "error")
        return redirect(_address(found), 303)
    flash(gettext("The report is submitted. Thank you."))
    return redirect(_address(found), 303)
