"""Assignments of an open round, units that check lines of others' reports, comments at lines."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import WARD, Unit
from oer.accounts.permissions import Action, may, require, units_for
from oer.accounts.queries import all_units
from oer.core.errors import Conflict, Invalid, NotFound, OerError
from oer.core.i18n import N_, in_language
from oer.core.seen import FIELD as SEEN
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.indicators.forms import ReasonForm, ReassignForm
from oer.indicators.models.rounds import Round, UnitReport
from oer.indicators.models.sets import Indicator
from oer.indicators.places import place_code
from oer.indicators.queries.entry import parts_seen, report_lines
from oer.indicators.queries.rounds import (
    NO_REPORT,
    checkers_of,
    find_report,
    find_round,
    lines_asked,
    reports_to_check,
)
from oer.indicators.queries.sets import current_sets, indicators_of
from oer.indicators.services.reports import approve_part, comment_on_line, part_checked_by, return_report
from oer.indicators.services.rounds import assign_lines, set_checker, take_back_lines
from oer.indicators.views.blueprint import administrator, blueprint, checked_or_own_report, said_at
from oer.indicators.views.rounds import MANUAL
from oer.web.context import db
from oer.web.errors import error_message
from oer.web.forms import form_checks_token
from oer.web.identity import current_account, require_account
from oer.web.languages import gettext
from oer.web.request_validation import local_redirect_target

NO_SUCH_LINE = N_("Choose a group or a line.")


@blueprint.route("/admin/indicators/rounds/<int:round_id>/assignments", methods=["GET", "POST"])
@form_checks_token
def assignments(round_id: int) -> Response | tuple[str, int]:
    """Show who reports and who checks what, and change it while the round is open."""
    account = administrator()
    found = find_round(db(), round_id)
    lines, units = _lines(found), all_units(db())
    form = ReassignForm().offer(lines, units)
    if form.validate_on_submit():
        try:
            words = _reassign(found, account.id, form, lines, units)
        except OerError as refused:
            form.show_errors(refused, otherwise="what")
        else:
            flash(words)
            return redirect(url_for("indicators.assignments", round_id=round_id), 303)
    page = render_template(
        "indicators/assignments.html",
        round=found,
        form=form,
        lines=lines,
        asked=lines_asked(db(), round_id),
        checkers=checkers_of(db(), round_id),
    )
    return page, form.page_status


def _lines(found: Round) -> list[Indicator]:
    """Return what can be asked in a round: the lines of its sets and of those in force now."""
    sets = {each.id for each in current_sets(db(), MANUAL)} | {each.id for each in found.sets}
    lines = indicators_of(db(), sorted(sets))
    return [each for each in lines if each.is_enterable(found.period_start, found.period_end)]


def _reassign(found: Round, actor_id: int, form: ReassignForm, lines: list[Indicator], units: list[Unit]) -> str:
    chosen = [each.id for each in lines if form.what.data in {f"group:{each.group_code}", f"line:{each.id}"}]
    if not chosen:
        raise Invalid(NO_SUCH_LINE, field="what")
    deed, who = form.deed.data, _chosen_units(form, units)
    if deed == "check":
        unit = next((each for each in units if each.code == form.unit.data and each.kind != WARD), None)
        set_checker(db(), actor_id, found, chosen, unit)
        return gettext("Saved.")
    change = assign_lines if deed == "add" else take_back_lines
    outcome = change(db(), actor_id, found, chosen, [each.id for each in who])
    return gettext(
        "Changed: %(changed)s lines of units. Left as they were, because they are handed in or answered: %(left)s.",
        changed=outcome.changed,
        left=outcome.left,
    )


def _chosen_units(form: ReassignForm, units: list[Unit]) -> list[Unit]:
    """Return the units that a form means: a department, the wards that it names, or all of them."""
    if form.unit.data:
        return [each for each in units if each.code == form.unit.data]
    named = [line.strip() for line in (form.wards.data or "").splitlines() if line.strip()]
    try:
        codes = {place_code(each) for each in named}
    except Invalid as unknown:
        unknown.field = "wards"
        raise
    return [each for each in units if each.kind == WARD and (not codes or each.code in codes)]


# A unit that checks lines of other units' reports.


@blueprint.get("/my/checks")
def checks() -> str:
    """List the submitted reports of which the requester's units check lines."""
    account = require_account()
    require(account, Action.INDICATOR_REPORT)
    waiting = reports_to_check(db(), units_for(account, Action.INDICATOR_REPORT))
    return render_template("indicators/checks.html", waiting=waiting)


def _checked(round_id: int, unit_code: str, checker: str) -> tuple[UnitReport, Unit]:
    """Return a report and the unit that checks it, of which the requester is a reporter. Raises NotFound."""
    account = require_account()
    require(account, Action.INDICATOR_REPORT)
    found = find_report(db(), round_id, unit_code)
    mine = units_for(account, Action.INDICATOR_REPORT)
    unit = next((each for each in all_units(db()) if each.code == checker), None)
    if unit is None or (mine is not None and unit.id not in mine):
        raise NotFound(NO_REPORT)
    part_checked_by(db(), found, unit.id)
    return found, unit


@blueprint.get("/my/checks/<int:round_id>/<unit_code>/<checker>")
def check(round_id: int, unit_code: str, checker: str) -> str:
    """Show the lines of a report that a unit checks."""
    return _check_page(*_checked(round_id, unit_code, checker), ReasonForm(formdata=None))


def _check_page(found: UnitReport, unit: Unit, form: ReasonForm, changed: tuple[str, ...] = ()) -> str:
    part = part_checked_by(db(), found, unit.id)
    lines = report_lines(db(), found)
    names = {str(line.indicator.id): line.indicator.code for line in lines} | {"report": gettext("State")}
    return render_template(
        "indicators/check.html",
        report=found,
        unit=unit,
        part=part,
        lines=[line for line in lines if line.indicator.id in part.indicator_ids],
        said=said_at(found),
        form=form,
        seen=seen_of(parts_seen(found, lines)),
        changed=[names.get(name, name) for name in changed],
    )


@blueprint.post("/my/checks/<int:round_id>/<unit_code>/<checker>/approve")
def approve_checked(round_id: int, unit_code: str, checker: str) -> Response | tuple[str, int]:
    """Approve the lines of a report that a unit checks."""
    found, unit = _checked(round_id, unit_code, checker)
    try:
        approve_part(db(), found, unit.id, require_account().id, request.form.get(SEEN, ""))
    except ChangedMeanwhile as error:
        return _check_page(found, unit, ReasonForm(formdata=None), tuple(error.parts)), error.status
    except OerError as refused:
        flash(error_message(refused), "error")
        return redirect(url_for("indicators.checks"), 303)
    flash(gettext("Your unit's part of the report is approved; the city decides on the whole."))
    return redirect(url_for("indicators.checks"), 303)


@blueprint.post("/my/checks/<int:round_id>/<unit_code>/<checker>/return")
@form_checks_token
def return_checked(round_id: int, unit_code: str, checker: str) -> Response | tuple[str, int]:
    """Return a report because of the lines that a unit checks, with a reason."""
    found, unit = _checked(round_id, unit_code, checker)
    form = ReasonForm()
    if not form.validate():
        return _check_page(found, unit, form), form.refusal_status
    reason = (form.reason.data or "").strip()
    said = f"{in_language(unit.name, 'vi')}: {reason}" if reason else ""
    try:
        return_report(db(), found, require_account().id, said, seen=request.form.get(SEEN, ""))
    except ChangedMeanwhile as error:
        return _check_page(found, unit, form, tuple(error.parts)), error.status
    except OerError as refused:
        form.show_errors(refused, otherwise="reason")
        return _check_page(found, unit, form), refused.status
    flash(gettext("The report has been returned and its reporters have been notified."))
    return redirect(url_for("indicators.checks"), 303)


@blueprint.post("/my/reports/<int:round_id>/<unit_code>/<int:indicator_id>/comment")
def comment(round_id: int, unit_code: str, indicator_id: int) -> Response:
    """Say something at a line: its reporters, those of a unit that checks the report, administrators."""
    if may(current_account(), Action.INDICATOR_ADMINISTER):
        found = find_report(db(), round_id, unit_code)
    else:
        found = checked_or_own_report(round_id, unit_code)
    back = local_redirect_target(request.form.get("next"), url_for("indicators.my_rounds"))
    try:
        comment_on_line(db(), found, indicator_id, require_account().id, request.form.get("text", ""))
    except (Invalid, Conflict) as refused:
        flash(error_message(refused), "error")
    else:
        flash(gettext("Your comment stands at the line."))
    return redirect(back, 303)
