"""The second step on one's own account: set up an authenticator app, passkeys and recovery codes, and remove them."""

import io

import segno
from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from oer.accounts import queries
from oer.accounts.forms import AuthenticatorAppForm, ConfirmAgainForm, PasskeyForm, text_of
from oer.accounts.models import Account
from oer.accounts.permissions import needs_second_factor
from oer.accounts.second_factor_models import PasskeyPurpose
from oer.accounts.services import second_factors as services
from oer.accounts.services.authenticator_codes import app_address, new_secret, seal, unseal
from oer.accounts.services.passkeys import RelyingParty, options_to_add, options_to_sign, relying_party
from oer.accounts.services.passwords import verify_password
from oer.accounts.services.sign_ins import browser_name, end_sign_ins
from oer.accounts.services.throttling import count_password_prompt
from oer.accounts.views.blueprint import blueprint, next_address
from oer.accounts.views.confirmation import (
    challenge_bound_to,
    keep_page_after_set_up,
    mark_confirmed,
    page_after_set_up,
    recently_confirmed,
    second_factor_given,
)
from oer.accounts.views.second_step import NO_PASSKEYS, json_answer
from oer.accounts.views.sign_in import sign_in_browser
from oer.config import REQUIRED
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import N_, in_language
from oer.web.context import commit_and_release, db, language, settings
from oer.web.forms import form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext

SET_UP_SECONDS = 30 * 60
NOT_CONFIRMED = N_("This is not right. Please check your password, and take a new code.")
WRONG_CODE = N_("This code is not right. Wait for the next one, and check that your phone's clock is right.")
TOOK_TOO_LONG = N_("This took too long, so here is a new QR code. Please scan it.")


@blueprint.get("/account/second-step")
def second_factors() -> str:
    """Show what the account has for the second step, with links to change it."""
    account = require_account()
    keep_page_after_set_up(request.args.get("next"))
    return render_template(
        "accounts/second_factors.html",
        factors=queries.second_factors_of(db(), account.id),
        required=settings().staff_second_factor == REQUIRED and needs_second_factor(account),
        passkeys_work=relying_party(settings()) is not None,
    )


@blueprint.route("/account/second-step/confirm", methods=["GET", "POST"])
@form_checks_token
def confirm_again() -> Response | tuple[str, int]:
    """Ask for everything that a sign-in asks for, before a second factor is changed."""
    account, form = require_account(), ConfirmAgainForm(next=request.args.get("next", ""))
    factors = queries.second_factors_of(db(), account.id)
    if form.validate_on_submit():
        if _is_confirmed_by(account, form, has_factors=factors.count > 0):
            mark_confirmed()
            return redirect(next_address(form.next.data, url_for("accounts.second_factors")), 303)
        form.show_errors(Invalid(NOT_CONFIRMED, field="current"))
    passkeys = bool(factors.passkeys) and relying_party(settings()) is not None
    page = render_template("accounts/confirm_again.html", form=form, factors=factors, passkeys=passkeys)
    return page, form.page_status


def _is_confirmed_by(account: Account, form: ConfirmAgainForm, *, has_factors: bool) -> bool:
    count_password_prompt(db(), settings().secret_key, account.id)
    kept = account.password_hash
    commit_and_release()
    if not verify_password(kept, text_of(form.current)):
        return False
    given = text_of(form.code), text_of(form.answer)
    return not has_factors or second_factor_given(account, *given, PasskeyPurpose.CONFIRM)


@blueprint.post("/account/second-step/confirm/passkey")
def confirm_options() -> Response:
    """Send what the browser is to ask a passkey of the account."""
    account, purpose = require_account(), PasskeyPurpose.CONFIRM
    return json_answer(options_to_sign(db(), _site(), account.id, purpose, challenge_bound_to(purpose)))


@blueprint.route("/account/second-step/app", methods=["GET", "POST"])
@recently_confirmed
@form_checks_token
def authenticator_app() -> Response | tuple[str, int] | str:
    """Show a secret to scan or to type, and add the app once it shows the right code."""
    account, form = require_account(), AuthenticatorAppForm()
    secret = (
        unseal(settings().secret_key, account.id, text_of(form.sealed), within_seconds=SET_UP_SECONDS)
        if form.is_submitted()
        else None
    )
    if form.validate_on_submit():
        first = not queries.has_second_factor(db(), account.id)
        if secret is None:
            form.show_errors(Invalid(TOOK_TOO_LONG, field="code"))
        elif services.add_app(db(), settings(), account, secret, text_of(form.code)):
            return _added(account, gettext("The authenticator app has been added."), first=first)
        else:
            form.show_errors(Invalid(WRONG_CODE, field="code"))
    secret = secret or new_secret()
    form.sealed.data, form.code.data = seal(settings().secret_key, account.id, secret), ""
    address = app_address(secret, account.email, _site_name())
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    page = render_template(
        "accounts/authenticator_app.html", form=form, address=address, groups=groups, picture=_qr_code(address)
    )
    return page, form.page_status


@blueprint.post("/account/second-step/app/remove")
@recently_confirmed
def remove_authenticator_app() -> Response:
    """Remove the authenticator app."""
    services.remove_app(db(), settings(), require_account())
    return _back(gettext("The authenticator app has been removed."))


@blueprint.route("/account/second-step/passkeys/new", methods=["GET", "POST"])
@recently_confirmed
@form_checks_token
def new_passkey() -> Response | tuple[str, int] | str:
    """Add a passkey; the browser makes it, which takes a script."""
    account, site = require_account(), _site()
    form = PasskeyForm(name=browser_name(request.user_agent.string))
    if form.validate_on_submit():
        first = not queries.has_second_factor(db(), account.id)
        bound_to = challenge_bound_to(PasskeyPurpose.ADD)
        name, answer = text_of(form.name), text_of(form.answer)
        try:
            services.add_key(db(), site, account, name=name, answer=answer, bound_to=bound_to)
            return _added(account, gettext("The passkey “%(name)s” has been added.", name=name), first=first)
        except (Invalid, Conflict) as refused:
            form.show_errors(refused)
    return render_template("accounts/new_passkey.html", form=form), form.page_status


@blueprint.post("/account/second-step/passkeys/options")
@recently_confirmed
def new_passkey_options() -> Response:
    """Send what the browser is to tell the device that makes a passkey."""
    account, bound_to = require_account(), challenge_bound_to(PasskeyPurpose.ADD)
    return json_answer(options_to_add(db(), settings(), _site(), account, bound_to))


@blueprint.post("/account/second-step/passkeys/<int:passkey_id>/remove")
@recently_confirmed
def remove_passkey(passkey_id: int) -> Response:
    """Remove a passkey."""
    services.remove_key(db(), settings(), require_account(), passkey_id)
    return _back(gettext("The passkey has been removed."))


@blueprint.post("/account/second-step/codes")
@recently_confirmed
def recovery_codes() -> str:
    """Make recovery codes anew and show them: this once."""
    return _codes_page(require_account(), "")


def _added(account: Account, words: str, *, first: bool) -> Response | str:
    if not first:
        return _back(words)
    # Browsers that are signed in by the password alone are so no longer.
    end_sign_ins(db(), account.id)
    wanted = page_after_set_up()
    sign_in_browser(account)
    mark_confirmed()
    account.lacks_second_factor = False
    keep_page_after_set_up(wanted)
    return _codes_page(account, words)


def _codes_page(account: Account, words: str) -> str:
    codes = services.renew_recovery_codes(db(), settings(), account)
    shown = {"codes": codes, "made_at": now(), "words": words, "after": page_after_set_up()}
    return render_template("accounts/recovery_codes.html", **shown)


def _back(words: str) -> Response:
    flash(words)
    return redirect(url_for("accounts.second_factors"), 303)


def _site() -> RelyingParty:
    found = relying_party(settings())
    if found is None:
        raise NotFound(NO_PASSKEYS)
    return found


def _site_name() -> str:
    return in_language({"vi": settings().site_name, "en": settings().site_name_en}, language())


def _qr_code(address: str) -> Markup:
    target = io.BytesIO()
    code = segno.make(address, error="l", micro=False)
    code.save(target, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False, omitsize=True)
    return Markup(target.getvalue().decode())  # noqa: S704 (segno writes shapes alone, nothing of the text)
