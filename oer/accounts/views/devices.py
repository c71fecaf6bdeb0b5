"""The cookie by which a browser is known to the accounts that signed in there."""

from datetime import timedelta

from flask import after_this_request, current_app, request
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.services.devices import KNOWN_DAYS, known_device, remember_device
from oer.web.context import db

COOKIE = "oer_device"
_LONGEST = 1000


def this_device(account: Account | None) -> str:
    """Return the key of this browser if it is known to the account, or ""."""
    return known_device(db(), account.id if account else None, _tokens())


def remember_this_device(account: Account) -> None:
    """Make this browser known to the account, which has just proved to be in front of it."""
    value = ".".join(remember_device(db(), account.id, _tokens()))

    @after_this_request
    def _set(response: Response) -> Response:
        if response.status_code < 400:  # what was refused is rolled back
            response.set_cookie(
                COOKIE,
                value,
                max_age=timedelta(days=KNOWN_DAYS),
                secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
                httponly=True,
                samesite="Strict",
            )
        return response


def _tokens() -> list[str]:
    given = request.cookies.get(COOKIE, "")
    return [token for token in given.split(".") if token] if len(given) <= _LONGEST else []
