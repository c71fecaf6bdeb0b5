"""Where the pages of accounts hang: people's own, and the administrators'."""

from flask import Blueprint

from oer.accounts.permissions import Action, require
from oer.web.identity import signed_in

blueprint = Blueprint("accounts", __name__)
admin = Blueprint("accounts_admin", __name__, url_prefix="/admin")


@admin.before_request
def _administrators_only() -> None:
    require(signed_in(), Action.ACCOUNT_ADMINISTER)
