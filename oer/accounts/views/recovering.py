"""A forgotten password."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries, services
from oer.accounts.forms.rules import typed
from oer.accounts.forms.signing_in import EmailForm, NewPasswordForm
from oer.accounts.models import TokenPurpose
from oer.accounts.views.asking import client_address
from oer.accounts.views.blueprints import blueprint
from oer.web.context import db, language, release, settings
from oer.web.forms import form_checks_token
from oer.web.languages import gettext


@blueprint.route("/reset", methods=["GET", "POST"])
@form_checks_token
def ask_reset() -> tuple[str, int] | str:
    """Ask for a link that sets a new password. The answer is the same whether the address was known or not."""
    form = EmailForm()
    if not form.validate_on_submit():
        return render_template("accounts/ask_reset.html", form=form), form.refusal_status if form.errors else 200
    email = typed(form.email)
    services.note_mail_asked(db(), settings().secret_key, email, client_address())
    services.request_reset(db(), email=email, language=language())
    release()  # nobody waits for the database while the page is made
    return render_template("accounts/mail_sent.html", email=email, registering=False)


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@form_checks_token
def reset(token: str) -> Response | tuple[str, int]:
    """Set a new password by a mailed link."""
    form = NewPasswordForm()
    account = queries.usable_token(db(), token, TokenPurpose.RESET).account
    form.personal = (account.name, account.email)
    if not form.validate_on_submit():
        status = form.refusal_status if form.errors else 200
        return render_template("accounts/reset.html", form=form, email=account.email), status
    release()
    password_hash = services.hash_password(typed(form.password))
    services.reset_password(db(), token, password_hash)
    flash(gettext("Your new password is set. You can sign in now."))
    return redirect(url_for("accounts.sign_in"), 303)
