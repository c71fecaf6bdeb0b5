"""The two blueprints of accounts (people's own pages, the administrators' pages) and what their views share."""

from flask import Blueprint, request

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.accounts.services.passwords import verify_password
from oer.accounts.services.throttling import count_password_prompt
from oer.core.i18n import N_
from oer.web.context import commit_and_release, db, settings
from oer.web.forms import Form
from oer.web.identity import require_account
from oer.web.languages import gettext
from oer.web.request_validation import local_redirect_target

blueprint = Blueprint("accounts", __name__)
admin = Blueprint("accounts_admin", __name__, url_prefix="/admin")


@admin.before_request
def _administrators_only() -> None:
    require(require_account(), Action.ACCOUNT_ADMINISTER)


# Small steps that several pages of accounts take.

WRONG_PASSWORD = N_("This is not your password.")


def client_address() -> str:
    """Return the address that the request came from; proxies are believed only as far as the settings say."""
    return request.remote_addr or ""


def next_address(text: str | None, otherwise: str) -> str:
    """Return where to go on after signing in: `text` if it is a plain path of this site, else `otherwise`."""
    path = local_redirect_target(text, otherwise).partition("?")[0]
    # A browser folds `/..//host` into `//host`; no page of ours has such an address.
    return otherwise if "//" in path or ".." in path.split("/") else local_redirect_target(text, otherwise)


def password_confirmed(account: Account, form: Form) -> bool:
    """Tell whether the form's field `current` holds the account's password, and say so beside it if not.

    Each try counts; the database is let go of while the password is hashed. Raises TooMany.
    """
    count_password_prompt(db(), settings().secret_key, account.id)
    kept = account.password_hash
    commit_and_release()
    if verify_password(kept, form.current.data or ""):
        return True
    form.current.errors = [gettext(WRONG_PASSWORD)]
    return False


def page_number(text: str | None) -> int:
    """Return the number of a page of a list as an address names it; what is no number is the first."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 9 else 1
