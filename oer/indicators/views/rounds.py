"""Rounds as an administrator runs them: dashboard, opening, following, reviewing, freezing, publishing."""

from collections.abc import Callable, Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import WARD
from oer.accounts.permissions import Action, may
from oer.accounts.queries import account_names, all_units
from oer.core.clock import today
from oer.core.errors import Invalid, OerError
from oer.core.i18n import in_language
from oer.core.seen import FIELD as SEEN
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.indicators.forms import AssignmentChoices, DueDateForm, ErratumForm, ReasonForm, RoundForm
from oer.indicators.models.rounds import EDITABLE, Observation, ReportState, UnitReport
from oer.indicators.models.sets import Indicator, SetKind
from oer.indicators.places import places_by_province
from oer.indicators.queries.entry import (
    AnswerChange,
    answer_changes,
    line_groups,
    parts_seen,
    report_line,
    report_lines,
)
from oer.indicators.queries.overview import contributions, latest_period, overview
from oer.indicators.queries.rounds import (
    all_rounds,
    find_report,
    find_round,
    groups_of_round,
    no_counts,
    parts_of,
    progress_of,
    reports_of,
    state_counts,
    state_counts_by_round,
    states_seen,
)
from oer.indicators.queries.sets import current_sets, indicators_of
from oer.indicators.queries.values import city_values
from oer.indicators.services.entry import correct_published
from oer.indicators.services.notifications import remind
from oer.indicators.services.reports import approve, return_report
from oer.indicators.services.rounds import change_due_date, freeze_round, open_round, publish_round, reopen_round
from oer.indicators.views.blueprint import administrator, blueprint, reader, said_at
from oer.vocabularies.places import FORMER_PROVINCES
from oer.web.context import db, language
from oer.web.errors import error_message
from oer.web.forms import form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext


@blueprint.get("/indicators/work", endpoint="overview")
def overview_page() -> Response:
    """Redirect to the start page of an administrator or leader, or of a reporter."""
    page = "dashboard" if may(require_account(), Action.INDICATOR_READ) else "my_rounds"
    return redirect(url_for(f"indicators.{page}"))


@blueprint.get("/admin/indicators")
def dashboard() -> str:
    """Show where the city stands, what moved, who has not reported, what the repository contributes."""
    reader()
    current = next((each for each in all_rounds(db()) if each.is_open), None)
    reports = progress_of(db(), reports_of(db(), current.id)) if current else []
    period = latest_period(db())
    return render_template(
        "indicators/dashboard.html",
        current=current,
        counts=state_counts(db(), current.id) if current else {},
        by_code={each.report.unit.code: each for each in reports},
        late=[each for each in reports if each.report.unit.kind != WARD and each.report.is_editable],
        provinces=[(FORMER_PROVINCES[name], places) for name, places in places_by_province().items()],
        standing=overview(db()),
        contributions=contributions(db(), period),
        period=period,
        ReportState=ReportState,
    )


@blueprint.get("/admin/indicators/rounds/<int:round_id>/values")
def round_values(round_id: int) -> str:
    """Show the city's values from the approved reports of a round, with warnings if sums do not match."""
    reader()
    found = find_round(db(), round_id)
    return render_template("indicators/round_values.html", round=found, values=city_values(db(), round_id))


MANUAL = (SetKind.UNESCO, SetKind.REGULATORY)


@blueprint.get("/admin/indicators/rounds")
def rounds() -> str:
    """List all rounds with the number of reports in each state."""
    reader()
    counts = state_counts_by_round(db())
    found = [(each, counts.get(each.id, no_counts())) for each in all_rounds(db())]
    return render_template("indicators/rounds.html", rounds=found, ReportState=ReportState)


@blueprint.route("/admin/indicators/rounds/new", methods=["GET", "POST"])
@form_checks_token
def new_round() -> Response | tuple[str, int]:
    """Open a round in two steps: what is asked for which period, then which unit reports what."""
    account = administrator()
    units = all_units(db())
    form = RoundForm(period_start=today().replace(month=1, day=1), period_end=today().replace(month=12, day=31))
    form.offer(current_sets(db(), MANUAL, with_lines=True), units)
    if not form.is_submitted() or not form.validate() or "change" in request.form:
        status = form.refusal_status if form.errors else 200
        return render_template("indicators/new_round.html", form=form), status
    choices = AssignmentChoices(_chosen_lines(form), units, form.lead_unit.data or "", request.form)
    if "open" not in request.form:
        return render_template("indicators/new_round_assignments.html", form=form, choices=choices), 200
    try:
        made = open_round(
            db(),
            account.id,
            title=form.title,
            period=form.period,
            due_on=form.due,
            assignments=choices.assignments(),
            note=form.note.data or "",
        )
    except Invalid as refused:
        form.show_errors(refused, otherwise="sets")
        return render_template("indicators/new_round_assignments.html", form=form, choices=choices), refused.status
    flash(gettext("The round is open. Its reporters have been notified by email."))
    return redirect(url_for("indicators.round_page", round_id=made.id), 303)


def _chosen_lines(form: RoundForm) -> list[Indicator]:
    chosen = [each.id for each in current_sets(db(), MANUAL) if each.code in (form.sets.data or [])]
    start, end = form.period.start, form.period.end
    return [each for each in indicators_of(db(), chosen) if each.is_enterable(start, end)]


@blueprint.get("/admin/indicators/rounds/<int:round_id>")
def round_page(round_id: int) -> str:
    """Show who has reported, as tiles and as a table of places by focus area."""
    reader()
    found = find_round(db(), round_id)
    reports = progress_of(db(), reports_of(db(), round_id))
    by_code = {each.report.unit.code: each for each in reports}
    return render_template(
        "indicators/round.html",
        round=found,
        reports=reports,
        by_code=by_code,
        others=[each for each in reports if each.report.unit.kind != WARD],
        provinces=[(FORMER_PROVINCES[name], places) for name, places in places_by_province().items()],
        groups=groups_of_round(db(), round_id),
        counts=state_counts(db(), round_id),
        due_form=DueDateForm(due_on=found.due_on),
        ReportState=ReportState,
    )


def _run_action(round_id: int, action: Callable[[], str]) -> Response:
    try:
        flash(action())
    except OerError as refused:
        flash(error_message(refused), "error")
    return redirect(url_for("indicators.round_page", round_id=round_id), 303)


@blueprint.post("/admin/indicators/rounds/<int:round_id>/remind")
def remind_round(round_id: int) -> Response:
    """Remind all reporters whose reports are not submitted."""
    administrator()

    def action() -> str:
        waiting = [each for each in reports_of(db(), round_id) if each.state in EDITABLE]
        return gettext("%(count)s emails are being sent.", count=remind(db(), waiting))

    return _run_action(round_id, action)


@blueprint.post("/admin/indicators/rounds/<int:round_id>/due-date")
def set_due_date(round_id: int) -> Response:
    """Change the due date."""
    account = administrator()

    def action() -> str:
        form = DueDateForm()
        if not form.validate() or form.due_on.data is None:
            return gettext("That is not a date.")
        change_due_date(db(), account.id, find_round(db(), round_id), form.due_on.data)
        return gettext("Saved.")

    return _run_action(round_id, action)


@blueprint.get("/admin/indicators/rounds/<int:round_id>/freeze")
def ask_to_freeze(round_id: int) -> str:
    """Say what is missing and what freezing does, and ask."""
    administrator()
    return _freeze_page(round_id)


def _freeze_page(round_id: int, changed: Sequence[str] = ()) -> str:
    found, reports = find_round(db(), round_id), progress_of(db(), reports_of(db(), round_id))
    names = {each.report.unit.code: in_language(each.report.unit.name, language()) for each in reports}
    return render_template(
        "indicators/freeze.html",
        round=found,
        missing=[each for each in reports if each.report.state is not ReportState.APPROVED],
        total=len(reports),
        incomplete=sum(not each.report.complete for each in reports if each.report.state is ReportState.APPROVED),
        seen=seen_of(states_seen(each.report for each in reports)),
        changed=[names.get(code, code) for code in changed],
    )


@blueprint.post("/admin/indicators/rounds/<int:round_id>/freeze")
def freeze(round_id: int) -> Response | tuple[str, int]:
    """Freeze the round, if it is as the page that asked showed it."""
    account = administrator()
    found = find_round(db(), round_id)
    try:
        freeze_round(db(), account.id, found, seen=request.form.get(SEEN, ""))
    except ChangedMeanwhile as error:
        return _freeze_page(round_id, error.parts), error.status
    except OerError as refused:
        flash(error_message(refused), "error")
    else:
        flash(gettext("The round has been frozen, and its reporters are told."))
    return redirect(url_for("indicators.round_page", round_id=round_id), 303)


@blueprint.post("/admin/indicators/rounds/<int:round_id>/reopen")
def reopen(round_id: int) -> Response:
    """Open a frozen round again, with a reason."""
    account = administrator()

    def action() -> str:
        reopen_round(db(), account.id, find_round(db(), round_id), request.form.get("reason", ""))
        return gettext("The round is open again, and its reporters are told why.")

    return _run_action(round_id, action)


@blueprint.route(
    "/admin/indicators/rounds/<int:round_id>/<unit_code>/<int:indicator_id>/erratum", methods=["GET", "POST"]
)
@form_checks_token
def erratum(round_id: int, unit_code: str, indicator_id: int) -> Response | tuple[str, int]:
    """Correct a published value, with a reason that is published with it."""
    account = administrator()
    report = find_report(db(), round_id, unit_code)
    line = report_line(db(), report, indicator_id)
    form = ErratumForm(obj=line.observation)
    if form.validate_on_submit():
        try:
            correct_published(db(), account.id, report, line.indicator, form.entry(), form.reason.data or "")
        except OerError as refused:
            form.show_errors(refused, otherwise="reason")
        else:
            flash(gettext("The value is corrected; the erratum is published with it."))
            return redirect(url_for("indicators.review", round_id=round_id, unit_code=unit_code), 303)
    page = render_template("indicators/erratum.html", report=report, line=line, form=form)
    return page, form.refusal_status if form.errors else 200


@blueprint.post("/admin/indicators/rounds/<int:round_id>/publish")
def publish(round_id: int) -> Response:
    """Publish the approved values."""
    account = administrator()

    def action() -> str:
        publish_round(db(), account.id, find_round(db(), round_id))
        return gettext("The approved values are now public.")

    return _run_action(round_id, action)


# Reviewing a report.


@blueprint.get("/admin/indicators/rounds/<int:round_id>/<unit_code>")
def review(round_id: int, unit_code: str) -> str:
    """Show a report with every warning."""
    reader()
    return _review_page(find_report(db(), round_id, unit_code), ReasonForm())


def _review_page(report: UnitReport, form: ReasonForm, changed: Sequence[str] = ()) -> str:
    lines = report_lines(db(), report)
    groups = line_groups(lines)
    names = {str(line.indicator.id): line.indicator.code for line in lines} | {"report": gettext("State")}
    return render_template(
        "indicators/review.html",
        report=report,
        groups=groups,
        history=_history_of(report),
        parts=parts_of(db(), report),
        said=said_at(report),
        warned=sum(len(line.warnings) for line in lines),
        form=form,
        seen=seen_of(parts_seen(report, lines)),
        changed=[names.get(name, name) for name in changed],
    )


def _history_of(report: UnitReport) -> dict[int, list[tuple[AnswerChange, str]]]:
    """Return by line what its answer was before, with who changed it: a name, or what is left of one."""
    changes = answer_changes(db(), Observation.report_id == report.id)
    names = account_names(db(), {each.by_id for each in changes if each.by_id is not None})
    found: dict[int, list[tuple[AnswerChange, str]]] = {}
    for each in reversed(changes):
        found.setdefault(each.indicator.id, []).append((each, names.get(each.by_id or 0, "")))
    return found


@blueprint.post("/admin/indicators/rounds/<int:round_id>/<unit_code>/approve")
def approve_report(round_id: int, unit_code: str) -> Response | tuple[str, int]:
    """Approve a report."""
    account = administrator()
    found = find_report(db(), round_id, unit_code)
    try:
        approve(db(), found, account.id, seen=request.form.get(SEEN, ""))
    except ChangedMeanwhile as error:
        return _review_page(found, ReasonForm(formdata=None), error.parts), error.status
    except OerError as refused:
        flash(error_message(refused), "error")
        return redirect(url_for("indicators.review", round_id=round_id, unit_code=unit_code), 303)
    flash(gettext("The report has been approved."))
    return redirect(url_for("indicators.round_page", round_id=round_id), 303)


@blueprint.post("/admin/indicators/rounds/<int:round_id>/<unit_code>/return")
@form_checks_token
def return_to_unit(round_id: int, unit_code: str) -> Response | tuple[str, int]:
    """Return a report with a reason."""
    account = administrator()
    found = find_report(db(), round_id, unit_code)
    form = ReasonForm()
    if not form.validate():
        return _review_page(found, form), form.refusal_status
    try:
        return_report(db(), found, account.id, form.reason.data or "", seen=request.form.get(SEEN, ""))
    except ChangedMeanwhile as error:
        return _review_page(found, form, error.parts), error.status
    except OerError as refused:
        form.show_errors(refused, otherwise="reason")
        return _review_page(found, form), refused.status
    flash(gettext("The report has been returned and its reporters have been notified."))
    return redirect(url_for("indicators.round_page", round_id=round_id), 303)
