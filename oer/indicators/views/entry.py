"""A reporter's pages: the reports of their units, and a report entered line by line with its evidence."""

import base64
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import CombinedMultiDict, FileStorage, MultiDict
from werkzeug.wrappers import Response

from oer.accounts.permissions import Action, may, require, units_for
from oer.config import MIB
from oer.core.errors import NotFound, OerError
from oer.core.i18n import N_
from oer.core.spreadsheets import XLSX_TYPE
from oer.files.queries import servable_blob
from oer.files.services.ingest import Received, receive, save_blob
from oer.indicators.entry_sheets import write_sheet
from oer.indicators.forms import EntryForm, SheetForm
from oer.indicators.models.rounds import Observation, UnitReport
from oer.indicators.models.sets import Target
from oer.indicators.queries.entry import ReportLine, find_evidence, line_groups, report_line, report_lines
from oer.indicators.queries.overview import nearest_targets
from oer.indicators.queries.rounds import find_report, progress_of, reports_for_units, reports_to_check
from oer.indicators.services.entry import (
    MOST_EVIDENCE_BYTES,
    ChangedMeanwhile,
    add_evidence,
    remove_evidence,
    require_evidence,
    save_entry,
)
from oer.indicators.services.entry_sheets import TakenIn, take_in_sheet
from oer.indicators.services.reports import submit
from oer.indicators.views.blueprint import blueprint, checked_or_own_report, own_report, said_at
from oer.web.context import commit_and_release, db, installation, language, roll_back
from oer.web.errors import error_message
from oer.web.file_responses import FileToSend, send_stored_file
from oer.web.forms import form_checks_token
from oer.web.identity import current_account, require_account
from oer.web.languages import gettext
from oer.web.request_validation import row_number


@dataclass
class LineView:
    """A line with its form. `theirs` is what someone else saved in the meantime, `differing` the fields that differ."""

    line: ReportLine
    form: EntryForm
    is_open: bool = False
    just_saved: bool = False
    theirs: Observation | None = None
    differing: list[str] = field(default_factory=list)


def line_views(lines: Iterable[ReportLine]) -> list[LineView]:
    """Return lines with their forms, as saved."""
    return [LineView(line, EntryForm.of(line)) for line in lines]


@blueprint.get("/my/reports")
def my_rounds() -> str:
    """List the reports of the reporter's units, nearest due date first."""
    account = require_account()
    require(account, Action.INDICATOR_REPORT)
    units = units_for(account, Action.INDICATOR_REPORT)
    reports = reports_for_units(db(), units)
    checks = len(reports_to_check(db(), units)) if units else 0  # administrators decide on the whole
    return render_template("indicators/my_rounds.html", reports=progress_of(db(), reports), checks=checks)


@blueprint.get("/my/reports/<int:round_id>/<unit_code>")
def report(round_id: int, unit_code: str) -> str:
    """Show a report: its groups, and every line with its form."""
    return report_page(own_report(round_id, unit_code))


def report_page(found: UnitReport, instead: LineView | None = None) -> str:
    """Return the page of a report; `instead` replaces the saved view of its line."""
    views = {view.line.indicator.id: view for view in line_views(report_lines(db(), found))}
    groups = line_groups([view.line for view in views.values()])
    targets = targets_beside(found, {view.line.indicator.set_id for view in views.values()})
    if instead is not None:
        views[instead.line.indicator.id] = instead
    return render_template(
        "indicators/report.html",
        report=found,
        groups=groups,
        views=views,
        targets=targets,
        opened=_opened(),
        said=said_at(found),
    )


def targets_beside(found: UnitReport, set_ids: Iterable[int]) -> dict[int, Target]:
    """Return the targets shown with the lines of a report, by indicator id."""
    return nearest_targets(db(), sorted(set_ids), found.unit_id)


def _opened() -> int:
    return row_number(request.args.get("line")) or 0


def report_address(found: UnitReport, **more: object) -> str:
    """Return the URL of the page where a report is entered."""
    return url_for("indicators.report", round_id=found.round_id, unit_code=found.unit.code, **more)  # type: ignore[arg-type]


@blueprint.post("/my/reports/<int:round_id>/<unit_code>/submit")
def submit_report(round_id: int, unit_code: str) -> Response:
    """Submit the report, or say what is missing."""
    found = own_report(round_id, unit_code)
    try:
        submit(db(), found, require_account().id)
    except OerError as refused:
        flash(error_message(refused), "error")
        return redirect(report_address(found), 303)
    flash(gettext("The report has been submitted. Thank you."))
    return redirect(report_address(found), 303)


# The whole report as a workbook, there and back.

MOST_SHEET_BYTES = 5 * MIB


@blueprint.get("/my/reports/<int:round_id>/<unit_code>/sheet.xlsx")
def sheet_file(round_id: int, unit_code: str) -> FlaskResponse:
    """Send the sheet of a report, with what is saved so far."""
    found = own_report(round_id, unit_code)
    response = FlaskResponse(_sheet_of(found, language()), content_type=XLSX_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{_sheet_name(found)}"'
    return response


def _sheet_of(found: UnitReport, of_language: str, outcome: TakenIn | None = None) -> bytes:
    lines = report_lines(db(), found)
    targets = targets_beside(found, {line.indicator.set_id for line in lines})
    typed, faults = (outcome.typed, outcome.faults) if outcome else ({}, [])
    return write_sheet(found, lines, targets, of_language, typed, faults)


def _sheet_name(found: UnitReport) -> str:
    return f"{found.round.period.name.replace('/', '--')}-{found.unit.code}.xlsx"


@blueprint.route("/my/reports/<int:round_id>/<unit_code>/sheet", methods=["GET", "POST"])
@form_checks_token
def sheet(round_id: int, unit_code: str) -> Response | tuple[str, int]:
    """Take in a filled sheet: what is right is saved, what is wrong is told and marked in the sheet that comes back."""
    found = own_report(round_id, unit_code)
    if request.method == "POST":
        request.max_content_length = MOST_SHEET_BYTES
    form = SheetForm()
    if not form.validate_on_submit():
        return _sheet_page(found, form), form.page_status
    try:
        outcome = take_in_sheet(db(), found, form.file.data.read(), language(), require_account().id)
    except OerError as refused:
        form.show_errors(refused, otherwise="file")
        return _sheet_page(found, form), refused.status
    if not outcome.faults and not outcome.unknown_rows:
        flash(gettext("%(saved)s lines saved, %(same)s as they were.", saved=len(outcome.saved), same=outcome.same))
        return redirect(report_address(found), 303)
    db().expire_all()
    return _sheet_page(found, form, outcome), 422 if outcome.faults else 200


def _sheet_page(found: UnitReport, form: SheetForm, outcome: TakenIn | None = None) -> str:
    marked = _sheet_of(found, outcome.language, outcome) if outcome and outcome.faults else b""
    return render_template(
        "indicators/sheet.html",
        report=found,
        form=form,
        outcome=outcome,
        marked=base64.b64encode(marked).decode(),
        name=_sheet_name(found),
        xlsx=XLSX_TYPE,
    )


# Saving a line. Values and an evidence file are in one form, so that a fault in one does not lose the other.

Answered = Response | tuple[str, int]


@blueprint.post("/my/reports/<int:round_id>/<unit_code>/<int:indicator_id>")
@form_checks_token
def save_line(round_id: int, unit_code: str, indicator_id: int) -> Answered:
    """Save one line. Errors are shown at their fields, on a page with everything that was typed."""
    report_line(db(), own_report(round_id, unit_code), indicator_id)
    commit_and_release()  # do not hold a connection while a file is uploaded slowly and scanned
    request.max_content_length = 2 * MOST_EVIDENCE_BYTES  # until then, too large is said at the field
    sent: list[MultiDict[str, Any]] = [request.files, request.form]
    with ExitStack() as held:
        received, refused = None, None
        try:
            received = held.enter_context(_received(request.files.get(f"l{indicator_id}-evidence")))
        except OerError as error:
            refused = error
        found = own_report(round_id, unit_code)
        line = report_line(db(), found, indicator_id)
        form = EntryForm.of(line, CombinedMultiDict(sent))
        return _save(found, line, form, received, refused)


@contextmanager
def _received(file: FileStorage | None) -> Iterator[Received | None]:
    if file is None or not file.filename:
        yield None
        return
    opened = installation()
    with receive(opened.storage, opened.scanner, file.stream, file.filename, limit=MOST_EVIDENCE_BYTES) as received:
        require_evidence(received.media_type)
        yield received


def _save(
    found: UnitReport, line: ReportLine, form: EntryForm, received: Received | None, refused: OerError | None
) -> Answered:
    valid = form.validate()
    if refused is not None:
        form.show_errors(refused, otherwise="evidence")
    if not valid or refused is not None:
        return _again(found, line, form, refused.status if valid and refused else form.refusal_status)
    try:
        _write(found, line, form, received)
    except ChangedMeanwhile as changed:
        return _conflict(found, line, form, changed)
    except OerError as error:
        form.show_error(error, line.indicator.answer)
        return _again(found, line, form, error.status)
    return _saved(found, line.indicator.id)


def _write(found: UnitReport, line: ReportLine, form: EntryForm, received: Received | None) -> None:
    actor_id, indicator = require_account().id, line.indicator
    entry = form.entry(indicator.answer)
    save_entry(db(), found, indicator, entry, revision=form.revision.number, actor_id=actor_id)
    if received is not None:
        add_evidence(db(), found, indicator, save_blob(db(), installation().storage, received), received.name, actor_id)


def _conflict(found: UnitReport, line: ReportLine, form: EntryForm, changed: ChangedMeanwhile) -> Answered:
    # The page shows what the other person saved, so sending the form again is a deliberate replacement.
    form.revision.raw_data, form.revision.data = None, str(changed.observation.revision)
    view = LineView(line, form, theirs=changed.observation, differing=changed.differing)
    return _again(found, line, form, changed.status, view)


def _again(found: UnitReport, line: ReportLine, form: EntryForm, status: int, view: LineView | None = None) -> Answered:
    shown = replace(view or LineView(line, form), is_open=True)
    page = _line_html(found, shown) if "X-Line-Only" in request.headers else report_page(found, instead=shown)
    roll_back()
    return page, status


def _line_html(found: UnitReport, view: LineView) -> str:
    targets = targets_beside(found, [view.line.indicator.set_id])
    return render_template("indicators/_line.html", report=found, view=view, targets=targets, said=said_at(found))


def _saved(found: UnitReport, indicator_id: int) -> Answered:
    if "X-Line-Only" in request.headers:
        db().expire_all()  # evidence may have been added
        line = report_line(db(), found, indicator_id)
        view = LineView(line, EntryForm.of(line), is_open=True, just_saved=True)
        return _line_html(found, view), 200
    flash(gettext("Saved."))
    return redirect(report_address(found, line=indicator_id, _anchor=f"line-{indicator_id}"), 303)


# Evidence is added with its line; here it is downloaded and removed.


@blueprint.post("/my/reports/<int:round_id>/<unit_code>/evidence/<int:evidence_id>/remove")
def remove_file(round_id: int, unit_code: str, evidence_id: int) -> Response:
    """Remove a file from its line."""
    found = own_report(round_id, unit_code)
    line = find_evidence(db(), found, evidence_id).observation.indicator_id
    remove_evidence(db(), found, evidence_id, require_account().id)
    flash(gettext("The file has been removed."))
    return redirect(report_address(found, line=line, _anchor=f"line-{line}"), 303)


@blueprint.get("/my/reports/<int:round_id>/<unit_code>/evidence/<int:evidence_id>")
def fetch_file(round_id: int, unit_code: str, evidence_id: int) -> Response:
    """Send a file of evidence to a reporter of its unit or of one that checks it, or to who may read all."""
    report = find_report(db(), round_id, unit_code)
    if not may(current_account(), Action.INDICATOR_READ):
        report = checked_or_own_report(round_id, unit_code)
    found = find_evidence(db(), report, evidence_id)
    blob = servable_blob(db(), installation().storage, found.blob_sha256)
    if blob.size != found.size:
        raise NotFound(N_("There is no such file."))
    return send_stored_file(FileToSend(blob.sha256, blob.size, found.media_type, found.name))
