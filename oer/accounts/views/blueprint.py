"""The two blueprints of accounts (people's own pages, the administrators' pages) and what their views share."""

from flask import Blueprint, request

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.accounts.services.passwords import verify_password
from oer.accounts.services.throttling import count_password_prompt
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.web.context import commit_and_release, db, settings
from oer.web.forms import Form
from oer.web.identity import require_account
from oer.web.request_validation import local_redirect_target, row_number

blueprint = Blueprint("accounts", __name__)
admin = Blueprint("accounts_admin", __name__, url_prefix="/admin")


@admin.before_request
def _administrators_only() -> None:
    require(require_account(), Action.ACCOUNT_ADMINISTER)


WRONG_PASSWORD = N_("The password is not correct.")


def client_address() -> str:
    """Return the IP address of the client. Proxies are trusted only as far as the settings say."""
    return request.remote_addr or ""


def next_address(text: str | None, otherwise: str) -> str:
    """Return the address to go to after signing in: `text` if it is a plain path of this site, else `otherwise`."""
    path = local_redirect_target(text, otherwise).partition("?")[0]
    # Browsers resolve `/..//host` to `//host`, another site. No page of ours has such an address.
    return otherwise if "//" in path or ".." in path.split("/") else local_redirect_target(text, otherwise)


def password_confirmed(account: Account, form: Form) -> bool:
    """Tell whether the form's field `current` holds the account's password; if not, show an error at the field.

    Each attempt is counted, and committed before the password is hashed. Raises TooMany.
    """
    count_password_prompt(db(), settings().secret_key, account.id)
    kept = account.password_hash
    commit_and_release()
    if verify_password(kept, form.current.data or ""):
        return True
    form.show_errors(Invalid(WRONG_PASSWORD, field="current"))
    return False


def page_number(text: str | None) -> int:
    """Return the page number that an address names; 1 for anything that is not a number."""
    return row_number(text) or 1
