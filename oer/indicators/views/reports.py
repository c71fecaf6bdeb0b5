"""Reports to send: requested, followed while they are built, downloaded, read as a page; their text boxes."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Unit
from oer.accounts.permissions import Action, may, may_in
from oer.core.errors import NotFound, OerError
from oer.files.queries import servable_blob
from oer.indicators.models.rounds import Round
from oer.indicators.queries.rounds import all_rounds, find_report, find_round
from oer.indicators.queries.values import city_values
from oer.indicators.reports.assembly import KINDS, chapters_to_write
from oer.indicators.reports.document import show
from oer.indicators.reports.form import MARKS, FormDetails
from oer.indicators.reports.models import BuildState, ReportBuild
from oer.indicators.reports.queries import (
    NO_BUILD,
    find_build,
    find_report_file,
    last_details,
    report_builds,
    texts_of,
)
from oer.indicators.reports.services import request_build, write_text
from oer.indicators.reports.writers import MEDIA_TYPES, WRITERS, read_json
from oer.indicators.views.blueprint import administrator, blueprint, own_report, reader
from oer.web.context import db, installation
from oer.web.errors import error_message
from oer.web.file_responses import FileToSend, send_stored_file
from oer.web.identity import require_account
from oer.web.languages import gettext
from oer.web.request_validation import row_number


@blueprint.get("/admin/indicators/reports")
def builds() -> str:
    """List the requested reports, of one round if the query names it."""
    reader()
    asked = row_number(request.args.get("round_id"))
    found = find_round(db(), asked) if asked is not None else None
    listed = report_builds(db(), found.id if found else None)
    return _list_page(listed, found, last_details(db(), None), unit_code="", rounds=all_rounds(db()))


def _list_page(
    listed: list[ReportBuild], found: Round | None, details: FormDetails, *, unit_code: str, rounds: list[Round]
) -> str:
    running = any(each.state in {BuildState.WAITING, BuildState.RUNNING} for each in listed)
    return render_template(
        "indicators/builds.html",
        builds=listed,
        round=found,
        details=details,
        marks=MARKS,
        unit_code=unit_code,
        rounds=rounds,
        kinds=KINDS,
        running=running,
        BuildState=BuildState,
    )


@blueprint.post("/admin/indicators/reports")
def ask() -> Response:
    """Request the report of the city or of a unit."""
    account = administrator()
    unit_code = request.form.get("unit", "")
    found = find_round(db(), row_number(request.form.get("round_id")) or 0)
    unit = find_report(db(), found.id, unit_code).unit if unit_code else None
    return _ask(account.id, found, unit, url_for("indicators.builds", round_id=found.id), of_city=True)


def _ask(actor_id: int, found: Round, unit: Unit | None, back: str, *, of_city: bool) -> Response:
    try:
        details = FormDetails.read(request.form)
        if unit is not None and of_city and details == last_details(db(), None):
            # Nobody changed what the city's last report had, and a unit's report is not the city's.
            details = last_details(db(), unit.id)
        request_build(db(), actor_id, found, unit, request.form.get("kind", ""), details)
    except OerError as refused:
        flash(error_message(refused), "error")
    else:
        flash(gettext("The report is being built. This page shows its progress."))
    return redirect(back, 303)


@blueprint.route("/my/reports/<int:round_id>/<unit_code>/built", methods=["GET", "POST"])
def own_builds(round_id: int, unit_code: str) -> Response | str:
    """List and request the reports of a reporter's own unit."""
    report = own_report(round_id, unit_code)
    if request.method == "POST":
        back = url_for("indicators.own_builds", round_id=round_id, unit_code=unit_code)
        return _ask(require_account().id, report.round, report.unit, back, of_city=False)
    return _list_page(
        report_builds(db(), round_id, report.unit_id),
        report.round,
        last_details(db(), report.unit_id),
        unit_code=unit_code,
        rounds=[report.round],
    )


def _readable(build_id: int) -> ReportBuild:
    """Return a report if the requester may read it: administrators all, reporters those of their units.

    Raises NotFound for any other: its number must not tell that there is one.
    """
    account = require_account()
    found = find_build(db(), build_id)
    if may(account, Action.INDICATOR_READ):
        return found
    if found.unit_id is None or not may_in(account, Action.INDICATOR_REPORT, found.unit_id):
        raise NotFound(NO_BUILD)
    return found


@blueprint.get("/indicators/reports/<int:build_id>/<language>.<extension>")
def built_file(build_id: int, language: str, extension: str) -> Response:
    """Send a finished report."""
    _readable(build_id)
    file = find_report_file(db(), build_id, language, extension)
    blob = servable_blob(db(), installation().storage, file.blob_sha256)
    return send_stored_file(FileToSend(blob.sha256, blob.size, MEDIA_TYPES[extension], file.name))


@blueprint.get("/indicators/reports/<int:build_id>/<language>")
def built_page(build_id: int, language: str) -> str:
    """Show a finished report as a page."""
    found = _readable(build_id)
    file = find_report_file(db(), build_id, language, "json")
    blob = servable_blob(db(), installation().storage, file.blob_sha256)
    document = read_json(b"".join(installation().storage.read(blob.sha256, 0, blob.size)))
    return render_template("indicators/built.html", build=found, document=document, show=show, formats=WRITERS)


@blueprint.route("/admin/indicators/rounds/<int:round_id>/texts/<kind>", methods=["GET", "POST"])
def texts(round_id: int, kind: str) -> Response | tuple[str, int]:
    """Write the text boxes of the city's report."""
    account = administrator()
    found = find_round(db(), round_id)
    chapters = chapters_to_write(kind, city_values(db(), round_id)) if kind in KINDS else []
    errors: dict[str, str] = {}
    for code, _ in chapters if request.method == "POST" else []:
        text = {language: request.form.get(f"{code}-{language}", "") for language in ("vi", "en")}
        try:
            write_text(db(), account.id, found, None, kind=kind, chapter=code, text=text)
        except OerError as refused:
            errors[str(refused.field)] = error_message(refused)
    if request.method == "POST" and not errors:
        flash(gettext("Saved."))
        return redirect(url_for("indicators.texts", round_id=round_id, kind=kind), 303)
    page = render_template(
        "indicators/texts.html",
        round=found,
        kind=kind,
        kinds=KINDS,
        chapters=chapters,
        texts=texts_of(db(), round_id, None),
        errors=errors,
        typed=request.form,
    )
    return page, 422 if errors else 200
