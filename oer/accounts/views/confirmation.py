"""What a browser has proved so far: that it knows the password, and when it last proved all that the account asks."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import redirect, request, session, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries
from oer.accounts.models import Account
from oer.accounts.permissions import needs_second_factor
from oer.accounts.second_factor_models import PasskeyPurpose, SecondStep
from oer.accounts.services.passkeys import passkey_that_signed, relying_party
from oer.accounts.services.second_factors import code_is_right, tell_of_wrong_codes
from oer.accounts.services.second_steps import begin_second_step, second_step_begun
from oer.accounts.services.throttling import (
    SECOND_STEP_WRONG,
    count_second_step,
    count_wrong_second_step,
    uncount_second_step,
)
from oer.accounts.views.blueprint import next_address
from oer.accounts.views.devices import this_device
from oer.config import REQUIRED
from oer.web.context import commit_and_release, db, settings
from oer.web.identity import require_account, sign_in_token
from oer.web.signatures import LEEWAY_SECONDS

CONFIRMED_SECONDS = 15 * 60
CONFIRMED_AT = "confirmed_at"
_SECOND_STEP = "second_step"
_AFTER_SET_UP = "after_set_up"


def lead_to_second_step(account: Account, next_page: str | None) -> Response:
    """Have this browser take the second step of an account whose password it gave."""
    session[_SECOND_STEP] = begin_second_step(db(), account, next_page or "")
    return redirect(url_for("accounts.second_step"), 303)


def second_step_token() -> str:
    """Return the token of the second step that this browser has begun, or ""."""
    return str(session.get(_SECOND_STEP, ""))


def second_step_of_browser() -> SecondStep | None:
    """Return the second step that this browser has begun, or None."""
    token = second_step_token()
    return second_step_begun(db(), token) if token else None


def mark_confirmed() -> None:
    """Note that this browser has just proved all that the account asks."""
    session[CONFIRMED_AT] = int(time.time())


def go_on_after_sign_in(account: Account, next_page: str | None) -> Response:
    """Lead somebody who has just signed in to the page that they wanted, staff by way of what they must set up."""
    mark_confirmed()
    wanted = next_address(next_page, url_for("accounts.own_page"))
    required = settings().staff_second_factor == REQUIRED and needs_second_factor(account)
    if required and not queries.has_second_factor(db(), account.id):
        session[_AFTER_SET_UP] = wanted
        return redirect(url_for("accounts.second_factors"), 303)
    return redirect(wanted, 303)


def keep_page_after_set_up(address: str | None) -> None:
    """Keep the page to go on to once a second step is set up; one that was kept before stays without an address."""
    if address:
        session[_AFTER_SET_UP] = next_address(address, "")


def page_after_set_up() -> str:
    """Return the page that somebody wanted before they were led to set up a second step, or ""."""
    return str(session.get(_AFTER_SET_UP, ""))


def is_confirmed() -> bool:
    """Tell whether this browser has proved within the last minutes all that the account asks at a sign-in."""
    confirmed_at = int(session.get(CONFIRMED_AT, 0))
    return -LEEWAY_SECONDS <= time.time() - confirmed_at < CONFIRMED_SECONDS  # another host's clock may be ahead


def recently_confirmed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only those see a page who have just signed in or confirmed; lead others to the page that asks them to."""

    @wraps(view)
    def asking(**values: Any) -> Any:
        require_account()
        if is_confirmed():
            return view(**values)
        wanted = request.script_root + request.path if request.method == "GET" else url_for("accounts.second_factors")
        return redirect(url_for("accounts.confirm_again", next=wanted), 303)

    return asking


def second_factor_given(account: Account, code: str, answer: str, purpose: PasskeyPurpose) -> bool:
    """Tell whether a code or a passkey's answer is right for an account, and use it up.

    Codes are counted, which is committed before one is checked. Raises TooMany.
    """
    site = relying_party(settings())
    if answer:
        given = site and passkey_that_signed(
            db(), site, account_id=account.id, answer=answer, purpose=purpose, bound_to=challenge_bound_to(purpose)
        )
        return given is not None
    device = this_device(account)
    count_second_step(db(), settings().secret_key, account.id, device)
    commit_and_release()
    if not code_is_right(db(), settings(), account, code):
        if purpose is PasskeyPurpose.SECOND_STEP:
            _count_wrong(account)
        return False
    uncount_second_step(db(), settings().secret_key, account.id, device)
    return True


def _count_wrong(account: Account) -> None:
    if count_wrong_second_step(db(), settings().secret_key, account.id):
        tell_of_wrong_codes(db(), account, SECOND_STEP_WRONG.most)
    commit_and_release()  # the answer is a refusal, which is rolled back


def challenge_bound_to(purpose: PasskeyPurpose) -> str:
    """Return the secret of this browser that a passkey's challenge belongs to."""
    if purpose is PasskeyPurpose.SECOND_STEP:
        return second_step_token()
    if purpose is PasskeyPurpose.SIGN_IN:
        return str(session.get("csrf_token", ""))
    return sign_in_token() or ""
