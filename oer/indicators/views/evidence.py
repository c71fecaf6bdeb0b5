"""Evidence: fetched, taken away. It is added with its line."""

from flask import flash, redirect
from werkzeug.wrappers import Response

from oer.accounts.permissions import Action, may
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.files.queries import servable_blob
from oer.indicators.queries.lines import find_evidence
from oer.indicators.queries.rounds import find_report
from oer.indicators.services.evidence import remove_evidence
from oer.indicators.views.blueprint import blueprint, own_report
from oer.indicators.views.reporting import report_address
from oer.web.context import db, engines
from oer.web.identity import current_account, signed_in
from oer.web.languages import gettext
from oer.web.sending import Outgoing, send_stored


@blueprint.post("/my/reports/<int:round_id>/<unit_code>/evidence/<int:evidence_id>/remove")
def remove_file(round_id: int, unit_code: str, evidence_id: int) -> Response:
    """Take a file away from its line."""
    found = own_report(round_id, unit_code)
    line = find_evidence(db(), found, evidence_id).observation.indicator_id
    remove_evidence(db(), found, evidence_id, signed_in().id)
    flash(gettext("The file is removed."))
    return redirect(report_address(found, line=line, _anchor=f"line-{line}"), 303)


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
