"""Where the pages of accounts hang: people's own, and the administrators'."""

from flask import Blueprint, request

from oer.accounts.permissions import Action, require
from oer.web.identity import signed_in

blueprint = Blueprint("accounts", __name__)
admin = Blueprint("accounts_admin", __name__, url_prefix="/admin")


@blueprint.before_request
@admin.before_request
def _take_the_whole_form() -> None:
    # Asking who is signed in begins a transaction, which for a POST holds SQLite's write lock: a form that comes
    # slowly must be there before.
    request.form.get("csrf_token")


@admin.before_request
def _administrators_only() -> None:
    require(signed_in(), Action.ACCOUNT_ADMINISTER)
