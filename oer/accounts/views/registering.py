"""Registering, and confirming one's address."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries, services
from oer.accounts.forms.rules import typed
from oer.accounts.forms.signing_in import RegisterForm
from oer.accounts.models import Purpose, TokenPurpose
from oer.accounts.queries.purposes import TEXTS
from oer.accounts.views.asking import client_address
from oer.accounts.views.blueprints import blueprint
from oer.web.context import db, language, release, settings
from oer.web.forms import form_checks_token
from oer.web.languages import gettext


@blueprint.route("/register", methods=["GET", "POST"])
@form_checks_token
def register() -> tuple[str, int] | str:
    """Begin an account. The answer is the same whether the address was known or not."""
    form = RegisterForm()
    if not form.validate_on_submit():
        status = form.refusal_status if form.errors else 200
        return render_template("accounts/register.html", form=form, terms=TEXTS[Purpose.ACCOUNT]), status
    email = typed(form.email)
    services.note_mail_asked(db(), settings().secret_key, email, client_address())
    release()
    password_hash = services.hash_password(typed(form.password))
    services.register(db(), email=email, name=typed(form.name), password_hash=password_hash, language=language())
    release()  # nobody waits for the database while the page is made
    return render_template("accounts/mail_sent.html", email=email, registering=True)


@blueprint.get("/confirm/<token>")
def confirm(token: str) -> str:
    """Show the button that confirms; programs that open mailed links press no buttons."""
    queries.usable_token(db(), token, TokenPurpose.CONFIRM)
    return render_template("accounts/confirm.html", title=gettext("Confirm your e-mail address"))


@blueprint.post("/confirm/<token>")
def confirm_now(token: str) -> Response:
    """Confirm the address of a new account."""
    services.confirm_email(db(), token)
    flash(gettext("Your e-mail address is confirmed. You can sign in now."))
    return redirect(url_for("accounts.sign_in"), 303)
