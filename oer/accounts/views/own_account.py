"""A person's own account: profile, password, sign-ins, consents, data export, deletion, role requests."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries, services
from oer.accounts.forms import ROLE_NAMES, ChangeEmailForm, ChangePasswordForm, PrivacyForm, ProfileForm, text_of
from oer.accounts.models import Account, TokenPurpose
from oer.accounts.services.consents import CONSENT_TEXTS
from oer.accounts.views.blueprint import blueprint, client_address, password_confirmed
from oer.accounts.views.sign_in import sign_in_browser
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.ids import token_hash
from oer.web.context import commit_and_release, db, settings
from oer.web.forms import form_checks_token
from oer.web.identity import clear_sign_in_cookie, require_account, sign_in_token
from oer.web.languages import gettext


@blueprint.get("/account")
def own_page() -> str:
    """Show what there is about oneself and the ways to change it."""
    account = require_account()
    return render_template(
        "accounts/own_page.html",
        account=account,
        role_names=ROLE_NAMES,
        sign_ins=queries.sign_ins_of(db(), account.id),
        this_sign_in=token_hash(sign_in_token() or ""),
        requests=queries.role_requests_of(db(), account.id),
        consents=queries.consents_of(db(), account.id),
    )


@blueprint.route("/account/profile", methods=["GET", "POST"])
@form_checks_token
def profile() -> Response | tuple[str, int]:
    """Change name and language."""
    account = require_account()
    form = ProfileForm(name=account.name, language=account.language).offer()
    if not form.validate_on_submit():
        return render_template("accounts/profile.html", form=form), form.refusal_status if form.errors else 200
    services.change_name(db(), account, text_of(form.name))
    services.change_language(db(), account, form.language.data)
    return _saved(gettext("Saved."))


@blueprint.route("/account/email", methods=["GET", "POST"])
@form_checks_token
def email() -> Response | tuple[str, int]:
    """Ask for another e-mail address; it counts once its own mail was answered."""
    account, form = require_account(), ChangeEmailForm()
    if not form.validate_on_submit() or not password_confirmed(account, form):
        status = form.refusal_status if form.errors else 200
        return render_template("accounts/email.html", form=form, account=account), status
    address = text_of(form.email)
    services.count_mail_request(db(), settings().secret_key, address, client_address())
    services.request_new_email(db(), account, address)
    words = N_("We have written to %(email)s. The address counts once you open the link in that mail.")
    return _saved(gettext(words, email=address))


@blueprint.get("/account/new-email/<token>")
def new_email(token: str) -> str:
    """Show the button that confirms a new address."""
    queries.usable_token(db(), token, TokenPurpose.NEW_EMAIL)
    return render_template("accounts/confirm.html", title=gettext("Confirm your new e-mail address"))


@blueprint.post("/account/new-email/<token>")
def new_email_now(token: str) -> Response:
    """Give the account its new address."""
    services.confirm_new_email(db(), token)
    return _saved(gettext("Your new e-mail address is confirmed."))


@blueprint.route("/account/password", methods=["GET", "POST"])
@form_checks_token
def password() -> Response | tuple[str, int]:
    """Change the password; every other sign-in ends."""
    account, form = require_account(), ChangePasswordForm()
    form.personal = (account.name, account.email)
    if not form.validate_on_submit() or not password_confirmed(account, form):
        status = form.refusal_status if form.errors else 200
        return render_template("accounts/password.html", form=form, account=account), status
    password_hash = services.hash_password(text_of(form.password))
    services.change_password(db(), account, password_hash)
    sign_in_browser(account)
    return _saved(gettext("Your new password is set. Everybody else who was signed in with the old one is signed out."))


@blueprint.post("/account/sign-ins/<int:sign_in_id>/end")
def end_one_sign_in(sign_in_id: int) -> Response:
    """End one of one's own sign-ins."""
    services.revoke_sign_in(db(), require_account().id, sign_in_id)
    return _saved(gettext("That browser is signed out."))


@blueprint.post("/account/sign-ins/end")
def end_all_sign_ins() -> Response:
    """Sign out everywhere, here too."""
    services.end_sign_ins(db(), require_account().id)
    commit_and_release()
    clear_sign_in_cookie()
    flash(gettext("You are signed out everywhere."))
    return redirect(url_for("accounts.sign_in"), 303)


def _saved(words: str) -> Response:
    flash(words)
    return redirect(url_for("accounts.own_page"), 303)


# A person's page of purposes: each consent apart, and what they may tell under it.


@blueprint.route("/account/privacy", methods=["GET", "POST"])
@form_checks_token
def privacy() -> Response | tuple[str, int]:
    """Give and withdraw consents; tell and take back what they are for."""
    account = require_account()
    consents = queries.consents_of(db(), account.id)
    form = PrivacyForm().offer()
    if not form.is_submitted():
        form.show(consents, queries.declarations_of(db(), account.id))
    elif form.validate() and _save(account, form):
        flash(gettext("Saved."))
        return redirect(url_for("accounts.privacy"), 303)
    page = render_template("accounts/privacy.html", form=form, consents=consents, texts=CONSENT_TEXTS)
    return page, form.refusal_status if form.errors else 200


def _save(account: Account, form: PrivacyForm) -> bool:
    told = form.told(queries.declarations_of(db(), account.id))
    try:
        services.set_consents(db(), account, form.wanted, "account page")
        services.update_declarations(db(), account, told)
    except Invalid as refused:
        form.tell(refused)
        return False
    return True
