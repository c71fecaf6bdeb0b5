"""Administrators look after accounts and their roles."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries, services
from oer.accounts.forms.administering import ROLE_NAMES, STATE_NAMES, GrantForm
from oer.accounts.models import AccountState, Role, RoleRequestState
from oer.accounts.views.asking import page_number
from oer.accounts.views.blueprints import admin
from oer.core.i18n import in_language
from oer.web.context import db, language
from oer.web.forms import form_checks_token
from oer.web.identity import signed_in
from oer.web.languages import gettext


@admin.get("/accounts")
def accounts() -> str:
    """List accounts by words of their name or address, role and state."""
    asked = {name: request.args.get(name, "") for name in ("q", "role", "state")}
    found = queries.list_accounts(
        db(),
        words=asked["q"],
        role=Role(asked["role"]) if asked["role"] in set(Role) else None,
        state=AccountState(asked["state"]) if asked["state"] in set(AccountState) else None,
        page=page_number(request.args.get("page")),
    )
    waiting = queries.list_role_requests(db(), RoleRequestState.OPEN).total
    words = {"role_names": ROLE_NAMES, "state_names": STATE_NAMES}
    return render_template("accounts/admin/accounts.html", found=found, asked=asked, waiting=waiting, **words)


@admin.route("/accounts/<int:account_id>", methods=["GET", "POST"])
@form_checks_token
def account(account_id: int) -> Response | tuple[str, int]:
    """Show an account; grant it a role."""
    found = queries.find_account(db(), account_id)
    units = [(unit.code, in_language(unit.name, language())) for unit in queries.all_units(db())]
    roles = [(role.value, gettext(ROLE_NAMES[role])) for role in Role if role is not Role.LEARNER]
    form = GrantForm().offer(roles, units)
    if not form.validate_on_submit():
        page = render_template(
            "accounts/admin/account.html", found=found, form=form, role_names=ROLE_NAMES, state_names=STATE_NAMES
        )
        return page, form.refusal_status if form.errors else 200
    unit = queries.find_unit_by_code(db(), form.unit.data) if form.unit.data else None
    services.grant_role(db(), signed_in().id, found.id, Role(form.role.data), unit)
    return _back(account_id, gettext("The role is granted."))


@admin.post("/accounts/<int:account_id>/roles/<int:grant_id>/revoke")
def revoke(account_id: int, grant_id: int) -> Response:
    """Take a role away."""
    actor_id = signed_in().id
    services.revoke_role(db(), actor_id, grant_id)
    if account_id == actor_id:  # one's own right to see this page may just have gone
        return redirect(url_for("accounts.own_page"), 303)
    return _back(account_id, gettext("The role is taken away."))


@admin.post("/accounts/<int:account_id>/disable")
def disable(account_id: int) -> Response:
    """Close an account to its owner."""
    services.disable(db(), signed_in().id, account_id)
    return _back(account_id, gettext("The account is closed and signed out everywhere."))


@admin.post("/accounts/<int:account_id>/enable")
def enable(account_id: int) -> Response:
    """Open a closed account again."""
    services.enable(db(), signed_in().id, account_id)
    return _back(account_id, gettext("The account is open again."))


def _back(account_id: int, words: str) -> Response:
    flash(words)
    return redirect(url_for("accounts_admin.account", account_id=account_id), 303)
