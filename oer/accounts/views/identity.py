"""Signing in with an identity of the provider that the settings name: there, back, and whose account it is.

What is between the two is kept in the browser's session. The page to which the provider sends people back only has a
button (a script presses it): GET writes nothing, and programs that open addresses press no buttons.
"""

import time
from dataclasses import asdict
from typing import Any

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from oer.accounts import queries
from oer.accounts.forms import IdentityAccountForm, SignInForm, text_of
from oer.accounts.models import Account, AccountState, ExternalIdentity, Purpose
from oer.accounts.services import identities
from oer.accounts.services.consents import CONSENT_TEXTS
from oer.accounts.services.identity_provider import (
    AWAY,
    REFUSED,
    Identity,
    IdentityProvider,
    ProviderAway,
    SignInAttempt,
)
from oer.accounts.services.throttling import count_identity_asked
from oer.accounts.views.blueprint import blueprint, client_address
from oer.accounts.views.confirmation import go_on_after_sign_in, is_confirmed, lead_to_second_step
from oer.accounts.views.sign_in import WRONG, account_with_right_password, sign_in_browser
from oer.core.errors import Conflict, Forbidden, Invalid, NotFound
from oer.core.i18n import LANGUAGES, N_, in_language
from oer.web.context import commit_and_release, db, language, settings
from oer.web.errors import error_message
from oer.web.forms import form_checks_token
from oer.web.identity import current_account, require_account
from oer.web.languages import address_in, gettext
from oer.web.signatures import LEEWAY_SECONDS

EXTENSION_KEY = "oer_identity_provider"
_ATTEMPT, _IDENTITY = "identity_attempt", "identity"
MINUTES = 15
LONGEST_NEXT = 1000
BACK_OUT = N_("You did not sign in there. You can sign in with your e-mail address here.")
START_AGAIN = N_("Signing in took too long. Please start again.")
LINKED = N_("From now on you can sign in with it.")
REMOVED = N_("It is no longer linked to your account.")


@blueprint.get("/sign-in/identity")
def identity() -> Response:
    """Send a browser to the provider."""
    attempt = SignInAttempt()
    try:
        address = _provider().address_for(attempt, language())
    except ProviderAway:
        return _to_sign_in(AWAY)
    wanted = request.args.get("next", "")[:LONGEST_NEXT]
    session[_ATTEMPT] = {**asdict(attempt), "next": wanted, "language": language(), "at": int(time.time())}
    return redirect(address)


@blueprint.get("/sign-in/identity/back")
def identity_back() -> Response | str:
    """Take back a browser from the provider, in its language, with a button that goes on."""
    kept, provider = session.get(_ATTEMPT), _provider()
    if not kept:
        return _to_sign_in(START_AGAIN)
    if kept["language"] != language() and kept["language"] in LANGUAGES:
        return redirect(address_in(kept["language"]))
    state, code = request.args.get("state", ""), request.args.get("code", "")
    if state != kept["state"] or request.args.get("iss", provider.issuer) != provider.issuer:
        return _to_sign_in(REFUSED)
    if not code:
        return _to_sign_in(BACK_OUT)
    return render_template("accounts/identity_back.html", state=state, code=code)


@blueprint.post("/sign-in/identity/back")
def finish_identity() -> Response:
    """Ask the provider who it is, and sign in to the account that the identity belongs to, if there is one."""
    kept, provider = session.pop(_ATTEMPT, None), _provider()
    if not kept or not _is_recent(kept):
        return _to_sign_in(START_AGAIN)
    count_identity_asked(db(), settings().secret_key, client_address())
    commit_and_release()  # nothing is held while the provider is asked
    attempt = SignInAttempt(kept["state"], kept["nonce"], kept["verifier"])
    try:
        found = provider.identity_of(attempt, state=request.form.get("state", ""), code=request.form.get("code", ""))
    except (Invalid, ProviderAway) as error:
        return _to_sign_in(error.message)
    account = identities.account_of_identity(db(), found)
    if account is not None:
        return _signed_in(account, kept["next"])
    session[_IDENTITY] = {**asdict(found), "next": kept["next"], "at": int(time.time())}
    return redirect(url_for("accounts.identity_account"), 303)


@blueprint.route("/sign-in/identity/account", methods=["GET", "POST"])
@form_checks_token
def identity_account() -> Response | tuple[str, int]:
    """Ask whose account an identity is to belong to that came for the first time."""
    kept, _ = session.get(_IDENTITY), _provider()
    if not kept or not _is_recent(kept):
        return _to_sign_in(START_AGAIN)
    found = Identity(kept["issuer"], kept["subject"], kept["email"], kept["name"])
    account: Account | None = current_account()
    if account is not None:
        return _link_own(account, found)
    known = queries.account_with_email(db(), found.email) if found.email else None
    if known is not None and known.state is AccountState.ACTIVE:
        return _link_known(found, kept["next"])
    if found.email and (known is None or known.state is AccountState.UNCONFIRMED):
        return _make_account(found, kept["next"])
    session.pop(_IDENTITY)
    return _to_sign_in(identities.CLOSED if known else identities.NOT_VERIFIED)


@blueprint.post("/account/identity/remove")
def remove_identity() -> Response:
    """Remove the identity of one's own account."""
    account = require_account()
    if not is_confirmed():
        return redirect(url_for("accounts.confirm_again", next=url_for("accounts.own_page")), 303)
    try:
        identities.remove_identity(db(), account, _provider().issuer)
    except Conflict as error:
        flash(error_message(error), "error")
    else:
        flash(gettext(REMOVED))
    return redirect(url_for("accounts.own_page"), 303)


def _link_own(account: Account, found: Identity) -> Response | tuple[str, int]:
    """Link an identity to the account of whoever is signed in, once they have said so."""
    if not is_confirmed():
        return redirect(url_for("accounts.confirm_again", next=url_for("accounts.identity_account")), 303)
    form = SignInForm()
    if request.method == "GET" or not form.csrf_token.validate(form):
        return render_template("accounts/identity_account.html", form=form, way="own", account=account), 200
    session.pop(_IDENTITY)
    try:
        identities.link_identity(db(), account, found)
    except Conflict as error:
        flash(error_message(error), "error")
    else:
        flash(gettext(LINKED), "good")
    return redirect(url_for("accounts.own_page"), 303)


def _link_known(found: Identity, wanted: str) -> Response | tuple[str, int]:
    """Link an identity to the account that has its address, once the account's password was typed."""
    form = SignInForm(email=found.email)
    if form.validate_on_submit():
        form.email.data = found.email
        account = account_with_right_password(form)
        if account is not None:
            session.pop(_IDENTITY, None)
            try:
                identities.link_identity(db(), account, found)
            except Conflict as error:
                return _to_sign_in(error.message)
            return _signed_in(account, wanted)
        form.show_errors(Invalid(WRONG, field="password"))
    page = render_template("accounts/identity_account.html", form=form, way="known", email=found.email)
    return page, form.page_status


def _make_account(found: Identity, wanted: str) -> Response | tuple[str, int]:
    form = IdentityAccountForm(name=found.name)
    if form.validate_on_submit():
        try:
            account = identities.make_account_of_identity(db(), found, name=text_of(form.name), language=language())
        except (Conflict, Invalid) as error:
            form.show_errors(error)
        else:
            session.pop(_IDENTITY, None)
            return _signed_in(account, wanted)
    terms = CONSENT_TEXTS[Purpose.ACCOUNT]
    page = render_template("accounts/identity_account.html", form=form, way="new", email=found.email, terms=terms)
    return page, form.page_status


def _signed_in(account: Account, wanted: str) -> Response:
    """Sign in to an account whose identity was proved, by way of its second step as after a password."""
    if account.state is AccountState.ACTIVE and queries.has_second_factor(db(), account.id):
        return lead_to_second_step(account, wanted)
    try:
        sign_in_browser(account)
    except Forbidden as error:
        return _to_sign_in(error.message)
    return go_on_after_sign_in(account, wanted)


def _is_recent(kept: dict[str, Any]) -> bool:
    return -LEEWAY_SECONDS <= time.time() - float(kept["at"]) < MINUTES * 60


def _to_sign_in(message: str) -> Response:
    flash(gettext(message), "error")
    return redirect(url_for("accounts.sign_in"), 303)


def _provider() -> IdentityProvider:
    """Return the provider of this installation. Raises NotFound if the settings name none."""
    if not settings().oidc_issuer:
        raise NotFound(N_("This site has no sign-in service."))
    found = current_app.extensions.get(EXTENSION_KEY)
    if found is None:
        found = current_app.extensions.setdefault(EXTENSION_KEY, IdentityProvider(settings()))
    return found  # type: ignore[no-any-return]


def _button() -> str:
    """Return what the button of the provider says in the language of the page; "" if there is none."""
    own = settings()
    return in_language({"vi": own.oidc_button, "en": own.oidc_button_en}, language()) if own.oidc_issuer else ""


def _linked() -> ExternalIdentity | None:
    """Return the identity of whoever is signed in."""
    account = current_account()
    return identities.identity_of_account(db(), account.id, settings().oidc_issuer) if account else None


@blueprint.record_once
def _add_template_globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(identity_button=_button, linked_identity=_linked)
