"""Evidence: sent, fetched, taken away."""

from flask import flash, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from oer.accounts.permissions import Action, may
from oer.config import MIB
from oer.core.errors import Invalid, NotFound, OerError
from oer.core.i18n import N_
from oer.files.queries import servable_blob
from oer.files.services import keep, receive
from oer.indicators.forms.evidence import EvidenceForm
from oer.indicators.queries.entry import cell_of
from oer.indicators.queries.lines import find_evidence
from oer.indicators.queries.rounds import find_report
from oer.indicators.services.evidence import add_evidence, remove_evidence, require_evidence
from oer.indicators.views.blueprint import blueprint, own_report
from oer.web.context import db, engines, release
from oer.web.errors import message_of
from oer.web.forms import EXPIRED, form_checks_token
from oer.web.identity import current_account, signed_in
from oer.web.languages import gettext
from oer.web.sending import Outgoing, send_stored

NO_FILE = N_("Choose a file first.")
MOST_BYTES = 50 * MIB


@blueprint.post("/my/reports/<int:round_id>/<unit_code>/<int:indicator_id>/evidence")
@form_checks_token
def add_file(round_id: int, unit_code: str, indicator_id: int) -> Response:
    """Take a file in beside a line. The database is let go while the file comes."""
    cell_of(db(), own_report(round_id, unit_code), indicator_id)
    release()
    request.max_content_length = MOST_BYTES
    form = EvidenceForm()
    if not form.validate():
        raise Invalid(EXPIRED, code="csrf")
    try:
        _take_in(round_id, unit_code, indicator_id, form.evidence.data)
    except OerError as refused:
        flash(message_of(refused), "error")
    else:
        flash(gettext("The file is added."))
    return _back(round_id, unit_code, indicator_id)


def _take_in(round_id: int, unit_code: str, indicator_id: int, file: FileStorage | None) -> None:
    if not file or not file.filename:
        raise Invalid(NO_FILE, field="evidence")
    opened = engines()
    with receive(opened.storage, opened.scanner, file.stream, file.filename, limit=MOST_BYTES) as received:
        require_evidence(received.media_type)
        found = own_report(round_id, unit_code)
        cell = cell_of(db(), found, indicator_id)
        blob = keep(db(), opened.storage, received)
        add_evidence(db(), found, cell.indicator, blob, received.name, signed_in().id)


def _back(round_id: int, unit_code: str, indicator_id: int) -> Response:
    where = url_for("indicators.report", round_id=round_id, unit_code=unit_code, line=indicator_id)
    return redirect(f"{where}#line-{indicator_id}", 303)


@blueprint.post("/my/reports/<int:round_id>/<unit_code>/evidence/<int:evidence_id>/remove")
def remove_file(round_id: int, unit_code: str, evidence_id: int) -> Response:
    """Take a file away from its line."""
    found = own_report(round_id, unit_code)
    line = find_evidence(db(), found, evidence_id).observation.indicator_id
    remove_evidence(db(), found, evidence_id, signed_in().id)
    flash(gettext("The file is removed."))
    return _back(round_id, unit_code, line)


@blueprint.get("/my/reports/<int:round_id>/<unit_code>/evidence/<int:evidence_id>")
def fetch_file(round_id: int, unit_code: str, evidence_id: int) -> Response:
    """Send a file of evidence to a reporter of its unit or to an administrator."""
    report = find_report(db(), round_id, unit_code)
    if not may(current_account(), Action.INDICATOR_ADMINISTER):
        report = own_report(round_id, unit_code)
    found = find_evidence(db(), report, evidence_id)
    blob = servable_blob(db(), engines().storage, found.blob_sha256)
    if blob.size != found.size:
        raise NotFound(N_("There is no such file."))
    return send_stored(Outgoing(blob.sha256, blob.size, found.media_type, found.name))
