"""Administrators answer those who want to become educators."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries, services
from oer.accounts.forms.administering import REQUEST_STATE_NAMES
from oer.accounts.models import RoleRequestState
from oer.accounts.views.asking import page_number
from oer.accounts.views.blueprints import admin
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.web.context import db
from oer.web.identity import signed_in
from oer.web.languages import gettext

LONGEST_ANSWER = 1000


@admin.get("/role-requests")
def role_requests() -> str:
    """List requests by where they stand."""
    asked = request.args.get("state", "")
    state = RoleRequestState(asked) if asked in set(RoleRequestState) else RoleRequestState.OPEN
    found = queries.list_role_requests(db(), state, page_number(request.args.get("page")))
    return render_template(
        "accounts/admin/role_requests.html", found=found, state=state, state_names=REQUEST_STATE_NAMES
    )


@admin.post("/role-requests/<int:request_id>")
def decide(request_id: int) -> Response:
    """Grant or refuse a request."""
    answer = services.read_text(request.form.get("answer", ""))
    if len(answer) > LONGEST_ANSWER:
        raise Invalid(N_("Use at most %(count)s characters."), field="answer", count=LONGEST_ANSWER)
    granted = request.form.get("decision") == "grant"
    if not granted and request.form.get("decision") != "refuse":
        raise Invalid(N_("Choose whether to grant or to refuse."), field="decision")
    services.decide_role_request(db(), signed_in().id, request_id, granted=granted, answer=answer)
    flash(gettext("The person gets your answer by e-mail."))
    return redirect(url_for("accounts_admin.role_requests"), 303)
