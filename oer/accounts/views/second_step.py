"""The second step of signing in: a code of the authenticator app, a passkey, or a recovery code; a passkey alone."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries
from oer.accounts.forms import PasskeySignInForm, SecondStepForm, text_of
from oer.accounts.second_factor_models import PasskeyPurpose
from oer.accounts.services.passkeys import options_to_sign, passkey_that_signed, relying_party
from oer.accounts.services.second_steps import finish_second_step
from oer.accounts.services.throttling import count_passkey_asked
from oer.accounts.views.blueprint import blueprint, client_address
from oer.accounts.views.confirmation import (
    challenge_bound_to,
    go_on_after_sign_in,
    second_factor_given,
    second_step_of_browser,
    second_step_token,
)
from oer.accounts.views.sign_in import sign_in_browser
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.web.context import db, settings
from oer.web.forms import FORM_EXPIRED, form_checks_token
from oer.web.languages import gettext

NOT_RIGHT = N_("This is not right, or was used before. Please try again with a new code.")
START_AGAIN = N_("Signing in took too long. Please start again.")
NO_PASSKEYS = N_("Passkeys cannot be used at this address.")


@blueprint.route("/sign-in/second-step", methods=["GET", "POST"])
@form_checks_token
def second_step() -> Response | tuple[str, int]:
    """Take the second step; only then does the sign-in begin."""
    step, form = second_step_of_browser(), SecondStepForm()
    valid = form.validate_on_submit()
    if step is None:
        if form.errors:
            raise Invalid(FORM_EXPIRED, code="csrf")
        flash(gettext(START_AGAIN))
        return redirect(url_for("accounts.sign_in"), 303)
    account_id, next_page = step.account_id, step.next_page
    if not valid:
        return _page(account_id, form, form.page_status)
    if not second_factor_given(step.account, text_of(form.code), text_of(form.answer), PasskeyPurpose.SECOND_STEP):
        form.show_errors(Invalid(NOT_RIGHT, field="code"))
        return _page(account_id, form, 401)
    # Read anew: while a code was checked, the account may have been closed or its password changed.
    step = second_step_of_browser()
    if step is None or not finish_second_step(db(), step.id):
        flash(gettext(START_AGAIN))
        return redirect(url_for("accounts.sign_in"), 303)
    account = queries.find_account(db(), account_id)
    sign_in_browser(account)
    return go_on_after_sign_in(account, next_page)


@blueprint.post("/sign-in/second-step/passkey")
def second_step_options() -> Response:
    """Send what the browser is to ask a passkey of the account."""
    step, site = second_step_of_browser(), relying_party(settings())
    if step is None:
        raise Invalid(START_AGAIN, code="second_step_expired")
    if site is None:
        raise NotFound(NO_PASSKEYS)
    return json_answer(options_to_sign(db(), site, step.account_id, PasskeyPurpose.SECOND_STEP, second_step_token()))


@blueprint.post("/sign-in/passkey/options")
def passkey_options() -> Response:
    """Send what the browser is to ask any passkey of this site."""
    site = relying_party(settings())
    if site is None:
        raise NotFound(NO_PASSKEYS)
    count_passkey_asked(db(), settings().secret_key, client_address())
    purpose = PasskeyPurpose.SIGN_IN
    return json_answer(options_to_sign(db(), site, None, purpose, challenge_bound_to(purpose)))


@blueprint.post("/sign-in/passkey")
@form_checks_token
def passkey_sign_in() -> Response:
    """Sign in by a passkey alone, whose device has verified who holds it: what one has, and who one is or knows."""
    form, site = PasskeySignInForm(), relying_party(settings())
    if not form.validate_on_submit():
        raise Invalid(FORM_EXPIRED, code="csrf")
    purpose = PasskeyPurpose.SIGN_IN
    used = site and passkey_that_signed(
        db(),
        site,
        account_id=None,
        answer=text_of(form.answer),
        purpose=purpose,
        bound_to=challenge_bound_to(purpose),
    )
    if not used:
        flash(gettext(N_("This passkey could not be used. Please sign in with your password.")))
        return redirect(url_for("accounts.sign_in", next=form.next.data or None), 303)
    account = queries.find_account(db(), used.account_id)
    sign_in_browser(account)
    return go_on_after_sign_in(account, form.next.data)


def json_answer(text: str) -> Response:
    """Return JSON that nobody keeps."""
    response = Response(text, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(account_id: int, form: SecondStepForm, status: int) -> tuple[str, int]:
    factors = queries.second_factors_of(db(), account_id)
    passkeys = bool(factors.passkeys) and relying_party(settings()) is not None
    return render_template("accounts/second_step.html", form=form, factors=factors, passkeys=passkeys), status
