"""A person's own page, and what they change there."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries, services
from oer.accounts.forms.administering import ROLE_NAMES
from oer.accounts.forms.own_page import ChangeEmailForm, ChangePasswordForm, ProfileForm
from oer.accounts.forms.rules import typed
from oer.accounts.models import TokenPurpose
from oer.accounts.views.asking import client_address, owner_asks
from oer.accounts.views.blueprints import blueprint
from oer.accounts.views.signing_in import carry
from oer.core.i18n import N_
from oer.core.ids import token_hash
from oer.web.context import db, release, settings
from oer.web.forms import form_checks_token
from oer.web.identity import end_sign_in, sign_in_token, signed_in
from oer.web.languages import gettext


@blueprint.get("/account")
def own_page() -> str:
    """Show what there is about oneself and the ways to change it."""
    account = signed_in()
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
    account = signed_in()
    form = ProfileForm(name=account.name, language=account.language).offer()
    if not form.validate_on_submit():
        return render_template("accounts/profile.html", form=form), form.refusal_status if form.errors else 200
    services.change_name(db(), account, typed(form.name))
    services.change_language(db(), account, form.language.data)
    return _saved(gettext("Saved."))


@blueprint.route("/account/email", methods=["GET", "POST"])
@form_checks_token
def email() -> Response | tuple[str, int]:
    """Ask for another e-mail address; it counts once its own mail was answered."""
    account, form = signed_in(), ChangeEmailForm()
    if not form.validate_on_submit() or not owner_asks(account, form):
        status = form.refusal_status if form.errors else 200
        return render_template("accounts/email.html", form=form, account=account), status
    address = typed(form.email)
    services.note_mail_asked(db(), settings().secret_key, address, client_address())
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
    account, form = signed_in(), ChangePasswordForm()
    form.personal = (account.name, account.email)
    if not form.validate_on_submit() or not owner_asks(account, form):
        status = form.refusal_status if form.errors else 200
        return render_template("accounts/password.html", form=form, account=account), status
    password_hash = services.hash_password(typed(form.password))
    services.change_password(db(), account, password_hash)
    carry(account)
    return _saved(gettext("Your new password is set. Everybody else who was signed in with the old one is signed out."))


@blueprint.post("/account/sign-ins/<int:sign_in_id>/end")
def end_one_sign_in(sign_in_id: int) -> Response:
    """End one of one's own sign-ins."""
    services.revoke_sign_in(db(), signed_in().id, sign_in_id)
    return _saved(gettext("That browser is signed out."))


@blueprint.post("/account/sign-ins/end")
def end_all_sign_ins() -> Response:
    """Sign out everywhere, here too."""
    services.end_sign_ins(db(), signed_in().id)
    release()
    end_sign_in()
    flash(gettext("You are signed out everywhere."))
    return redirect(url_for("accounts.sign_in"), 303)


def _saved(words: str) -> Response:
    flash(words)
    return redirect(url_for("accounts.own_page"), 303)
