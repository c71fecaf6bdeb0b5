"""Signing in and out."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries, services
from oer.accounts.forms.rules import typed
from oer.accounts.forms.signing_in import SignInForm
from oer.accounts.models import Account, AccountState
from oer.accounts.services.registration import send_confirmation
from oer.accounts.services.sign_ins import UNCONFIRMED
from oer.accounts.views.asking import client_address, way_on
from oer.accounts.views.blueprints import blueprint
from oer.core.i18n import N_
from oer.web.context import db, language, release, settings
from oer.web.forms import form_checks_token
from oer.web.identity import begin_sign_in, end_sign_in, sign_in_token
from oer.web.languages import gettext

WRONG = N_("The e-mail address or the password is not right. Please check both.")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@form_checks_token
def sign_in() -> Response | tuple[str, int] | str:
    """Sign in by e-mail address and password, and go on where one wanted to go."""
    form = SignInForm(next=request.args.get("next", ""))
    if not form.validate_on_submit():
        return _page(form, form.refusal_status if form.errors else 200)
    account = _account_with_right_password(form)
    if account is None:
        form.password.errors = [gettext(WRONG)]
        return _page(form, 422)
    if account.state is AccountState.UNCONFIRMED:
        return _unconfirmed(form, account)
    carry(account)
    return redirect(way_on(form.next.data, url_for("accounts.own_page")), 303)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the sign-in of this browser."""
    if token := sign_in_token():
        services.end_sign_in(db(), token)
    end_sign_in()
    return redirect(url_for("pages.home"), 303)


def carry(account: Account) -> None:
    """Begin a new sign-in in this browser; one that it carried before ends."""
    if old := sign_in_token():
        services.end_sign_in(db(), old)
    token = services.start_sign_in(db(), account, user_agent=request.user_agent.string, days=settings().sign_in_days)
    begin_sign_in(account, token)


def _account_with_right_password(form: SignInForm) -> Account | None:
    secret, email, password = settings().secret_key, typed(form.email), typed(form.password)
    services.note_sign_in(db(), secret, email, client_address())
    found = queries.account_with_email(db(), email)
    kept = found.password_hash if found else None
    release()  # the count stands, and nobody waits for the database while the password is hashed
    if not services.verify_password(kept, password) or kept is None:
        services.note_wrong_password(db(), secret, client_address())
        release()
        return None
    newer = services.hash_password(password) if services.is_outdated(kept) else None
    account = queries.account_with_email(db(), email)
    if account is None or account.password_hash != kept:  # changed meanwhile
        return None
    services.forgive_sign_in(db(), secret, email, client_address())
    if newer:
        services.replace_hash(db(), account, newer)
    return account


def _unconfirmed(form: SignInForm, account: Account) -> tuple[str, int]:
    services.note_mail_asked(db(), settings().secret_key, account.email, client_address())
    send_confirmation(db(), account, language())
    release()
    form.email.errors = [gettext(UNCONFIRMED)]
    return _page(form, 403)


def _page(form: SignInForm, status: int) -> tuple[str, int]:
    return render_template("accounts/sign_in.html", form=form), status
