"""What is kept about a person, by what and why, as a page and as a file that a browser opens anywhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, render_template

from oer.accounts.views.blueprint import blueprint
from oer.core import personal_data
from oer.core.clock import now
from oer.core.i18n import N_
from oer.core.personal_data import Basis
from oer.web.context import db
from oer.web.identity import require_account
from oer.web.languages import gettext

BASES = {
    Basis.ACCOUNT: N_("What an account needs"),
    Basis.OWN_ACT: N_("What you saved or sent yourself"),
    Basis.HISTORY: N_("By your consent to a history for yourself"),
    Basis.STATISTICS: N_("By your consents to statistics"),
    Basis.WORK: N_("What you do here as an educator, reviewer or reporter"),
}
# Names in the export, as people read them. What is not here (fields of a material's metadata) is shown as it is named.
LABELS = {
    "account": N_("Account"),
    "added_at": N_("Added on"),
    "answer": N_("Answer"),
    "asked_at": N_("Asked on"),
    "at": N_("Time"),
    "authenticator_app": N_("Authenticator app"),
    "before": N_("The place before"),
    "browser": N_("Browser"),
    "changed_at": N_("Changed on"),
    "collections": N_("Collections"),
    "confirmed_at": N_("Confirmed on"),
    "consent": N_("Consents"),
    "created_at": N_("Created on"),
    "decided_at": N_("Decided on"),
    "declaration": N_("What you told about yourself"),
    "dimension": N_("About"),
    "email": N_("E-mail address"),
    "evidence": N_("Evidence"),
    "expires_at": N_("Valid until"),
    "file": N_("File"),
    "files": N_("Files"),
    "finished": N_("Finished"),
    "finished_at": N_("Finished on"),
    "followed": N_("What you follow"),
    "followed_at": N_("Followed since"),
    "format": N_("Format"),
    "given_at": N_("Given on"),
    "granted_at": N_("Granted on"),
    "id": N_("Id"),
    "indicator": N_("Indicator"),
    "item": N_("Material"),
    "kept_form": N_("A form that you were typing"),
    "kind": N_("Kind"),
    "api_token": N_("Tokens for programs"),
    "known_device": N_("Browsers that you signed in with"),
    "language": N_("Language"),
    "lists": N_("My lists"),
    "material": N_("Material"),
    "materials": N_("Materials"),
    "metadata": N_("Description"),
    "method": N_("Where"),
    "name": N_("Name"),
    "note": N_("Note"),
    "number": N_("Number"),
    "of": N_("Of how many"),
    "one_time_token": N_("Links sent by e-mail"),
    "page": N_("Page"),
    "passkey": N_("Passkeys"),
    "place": N_("Place"),
    "places": N_("Where you stopped"),
    "purpose": N_("Purpose"),
    "reason": N_("Reason"),
    "recovery_code": N_("Recovery codes"),
    "reported_at": N_("Reported on"),
    "return_reason": N_("Why it was returned"),
    "revoked_at": N_("Ended on"),
    "role": N_("Role"),
    "role_grant": N_("Roles"),
    "role_request": N_("My requests"),
    "round": N_("Round"),
    "saved": N_("Saved"),
    "saved_at": N_("Saved on"),
    "search": N_("Search"),
    "second": N_("Second"),
    "second_step": N_("Sign-ins that wait for a second step"),
    "shared": N_("Shared by a link"),
    "sign_in": N_("Sign-ins"),
    "state": N_("State"),
    "summary": N_("Summary"),
    "taken_at": N_("Taken on"),
    "text_version": N_("Version of the text"),
    "title": N_("Title"),
    "unit_id": N_("Unit"),
    "used_at": N_("Used on"),
    "valid_from": N_("Valid from"),
    "valid_to": N_("Valid until"),
    "value": N_("Value"),
    "values": N_("Values"),
    "versions": N_("Versions"),
    "weekly_mail": N_("Weekly mail"),
    "withdrawn_at": N_("Withdrawn on"),
    "words": N_("Words"),
}


@dataclass(frozen=True)
class Kept:
    """What one feature keeps about a person: title, why, the data, and how many entries there are."""

    title: str
    why: str
    data: Any
    count: int


@blueprint.get("/account/data")
def my_data() -> Response:
    """Show what is kept about the person, by what it is kept, and why. No browser of a library keeps it."""
    response = Response(render_template("accounts/my_data.html", **_told()), content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/account/data.html")
def data_html() -> Response:
    """Download the same as a page that needs nothing else."""
    page = render_template("accounts/my_data_file.html", **_told(), made_at=now())
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.html"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _told() -> dict[str, Any]:
    account = require_account()
    told = personal_data.export_person(db(), account.id)
    by_basis: dict[Basis, list[Kept]] = {basis: [] for basis in BASES}
    for keeper in personal_data.keepers():
        data = told[keeper.name]
        by_basis[keeper.basis].append(Kept(keeper.title, keeper.why, data, _entries(data)))
    return {"bases": BASES, "by_basis": by_basis, "label": _label, "as_moment": _as_moment}


def _entries(data: Any) -> int:
    """Count the entries: of a list its own, of several lists those of all, else one if there is anything."""
    if isinstance(data, list):
        return len(data)
    if isinstance(data, dict):
        return sum(len(each) if isinstance(each, list) else 1 for each in data.values() if each)
    return 1 if data else 0


def _label(name: str) -> str:
    return gettext(LABELS[name]) if name in LABELS else name


def _as_moment(value: Any) -> datetime | None:
    """Return the moment that an exported text writes, None for any other value."""
    if not isinstance(value, str) or len(value) < 19 or value[10:11] != "T":
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
