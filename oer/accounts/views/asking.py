"""Small steps that several pages of accounts take."""

from flask import request

from oer.accounts import services
from oer.accounts.models import Account
from oer.core.i18n import N_
from oer.web.context import db, release, settings
from oer.web.forms import Form
from oer.web.languages import gettext
from oer.web.local_addresses import local_address

WRONG_PASSWORD = N_("This is not your password.")


def client_address() -> str:
    """Return the address that the request came from; proxies are believed only as far as the settings say."""
    return request.remote_addr or ""


def way_on(text: str | None, otherwise: str) -> str:
    """Return where to go on after signing in: `text` if it is a plain path of this site, else `otherwise`."""
    path = local_address(text, otherwise).partition("?")[0]
    # A browser folds `/..//host` into `//host`; no page of ours has such an address.
    return otherwise if "//" in path or ".." in path.split("/") else local_address(text, otherwise)


def owner_asks(account: Account, form: Form) -> bool:
    """Tell whether the form's field `current` holds the account's password, and say so beside it if not.

    Each try counts; the database is let go of while the password is hashed. Raises TooMany.
    """
    services.note_password_asked(db(), settings().secret_key, account.id)
    kept = account.password_hash
    release()
    if services.verify_password(kept, form.current.data or ""):
        return True
    form.current.errors = [gettext(WRONG_PASSWORD)]
    return False


def page_number(text: str | None) -> int:
    """Return the number of a page of a list as an address names it; what is no number is the first."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 9 else 1
