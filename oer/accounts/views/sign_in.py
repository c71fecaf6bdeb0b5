"""Signing in and out, registering, resetting a forgotten password."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries
from oer.accounts.forms import EmailForm, NewPasswordForm, RegisterForm, SignInForm, text_of
from oer.accounts.models import Account, AccountState, Purpose, TokenPurpose
from oer.accounts.services.consents import CONSENT_TEXTS
from oer.accounts.services.kept_forms import forget_kept_forms
from oer.accounts.services.passkeys import relying_party
from oer.accounts.services.passwords import hash_is_outdated, hash_password, verify_password
from oer.accounts.services.registration import (
    confirm_email,
    register_account,
    request_reset,
    reset_password,
    send_confirmation,
    update_password_hash,
)
from oer.accounts.services.sign_ins import UNCONFIRMED, end_sign_in, start_sign_in
from oer.accounts.services.throttling import (
    count_mail_request,
    count_reset_request,
    count_sign_in_attempt,
    count_wrong_password,
    forget_reset_requests,
    uncount_sign_in_attempt,
)
from oer.accounts.views.blueprint import blueprint, client_address
from oer.accounts.views.confirmation import go_on_after_sign_in, lead_to_second_step
from oer.accounts.views.devices import remember_this_device, this_device
from oer.core.errors import Forbidden, Invalid
from oer.core.i18n import N_
from oer.web.context import commit_and_release, db, language, settings
from oer.web.forms import form_checks_token
from oer.web.identity import clear_sign_in_cookie, current_account, set_sign_in_cookie, sign_in_token
from oer.web.languages import gettext

WRONG = N_("The e-mail address or the password is not correct. Please check both.")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@form_checks_token
def sign_in() -> Response | tuple[str, int] | str:
    """Sign in by e-mail address and password, and a second step if there is one; go on to the page that asked."""
    form = SignInForm(next=request.args.get("next", ""))
    if not form.validate_on_submit():
        return _page(form, form.page_status)
    account = account_with_right_password(form)
    if account is None:
        form.show_errors(Invalid(WRONG, field="password"))
        return _page(form, 422)
    if account.state is AccountState.UNCONFIRMED:
        return _unconfirmed(form, account)
    if account.state is AccountState.ACTIVE and queries.has_second_factor(db(), account.id):
        return lead_to_second_step(account, form.next.data)
    sign_in_browser(account)
    return go_on_after_sign_in(account, form.next.data)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the sign-in of this browser."""
    if token := sign_in_token():
        forget_kept_forms(db(), current_account().id)
        end_sign_in(db(), token)
    clear_sign_in_cookie()
    return redirect(url_for("pages.home"), 303)


def sign_in_browser(account: Account) -> None:
    """Start a sign-in in this browser. One that it had before ends."""
    if old := sign_in_token():
        end_sign_in(db(), old)
    token = start_sign_in(db(), account, user_agent=request.user_agent.string, days=settings().sign_in_days)
    set_sign_in_cookie(account, token)
    remember_this_device(account)


def account_with_right_password(form: SignInForm) -> Account | None:
    """Return the account whose address and password were typed, None if they are wrong. Raises TooMany."""
    secret, email, password = settings().secret_key, text_of(form.email), text_of(form.password)
    found = queries.account_with_email(db(), email)
    device = this_device(found)
    count_sign_in_attempt(db(), secret, email, client_address(), device)
    kept = found.password_hash if found else None
    commit_and_release()  # keeps the count, and the database is free while the password is hashed
    if not verify_password(kept, password) or kept is None:
        count_wrong_password(db(), secret, client_address(), device)
        commit_and_release()
        return None
    newer = hash_password(password) if hash_is_outdated(kept) else None
    account = queries.account_with_email(db(), email)
    if account is None or account.password_hash != kept:  # changed meanwhile
        return None
    uncount_sign_in_attempt(db(), secret, email, client_address(), device)
    account.act_as_of(None)  # this request may have come with an older sign-in of the same person
    if newer:
        update_password_hash(db(), account, newer)
    return account


def _unconfirmed(form: SignInForm, account: Account) -> tuple[str, int]:
    count_mail_request(db(), settings().secret_key, account.email, client_address())
    send_confirmation(db(), account, language())
    commit_and_release()
    form.show_errors(Forbidden(UNCONFIRMED, field="email"))
    return _page(form, 403)


def _page(form: SignInForm, status: int) -> tuple[str, int]:
    passkeys = relying_party(settings()) is not None
    return render_template("accounts/sign_in.html", form=form, passkeys=passkeys), status


@blueprint.route("/register", methods=["GET", "POST"])
@form_checks_token
def register() -> tuple[str, int] | str:
    """Register an account. The answer is the same whether the address was known or not."""
    form = RegisterForm()
    if not form.validate_on_submit():
        page = render_template("accounts/register.html", form=form, terms=CONSENT_TEXTS[Purpose.ACCOUNT])
        return page, form.page_status
    email = text_of(form.email)
    count_mail_request(db(), settings().secret_key, email, client_address())
    commit_and_release()
    password_hash = hash_password(text_of(form.password))
    register_account(db(), email=email, name=text_of(form.name), password_hash=password_hash, language=language())
    commit_and_release()  # the database is free while the page is rendered
    return render_template("accounts/mail_sent.html", email=email, registering=True)


@blueprint.get("/confirm/<token>")
def confirm(token: str) -> str:
    """Show a button that confirms: mail programs that open links press no buttons."""
    queries.usable_token(db(), token, TokenPurpose.CONFIRM)
    return render_template("accounts/confirm.html", title=gettext("Confirm your e-mail address"))


@blueprint.post("/confirm/<token>")
def confirm_now(token: str) -> Response:
    """Confirm the address of a new account."""
    remember_this_device(confirm_email(db(), token))
    flash(gettext("Your e-mail address has been confirmed. You can sign in now."))
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.route("/reset", methods=["GET", "POST"])
@form_checks_token
def ask_reset() -> tuple[str, int] | str:
    """Ask for a link that sets a new password. The answer is the same whether the address was known or not."""
    form = EmailForm()
    if not form.validate_on_submit():
        return render_template("accounts/ask_reset.html", form=form), form.page_status
    email = text_of(form.email)
    device = this_device(queries.account_with_email(db(), email))
    one_more = count_reset_request(db(), settings().secret_key, email, client_address(), device)
    if one_more:
        request_reset(db(), email=email, language=language())
    commit_and_release()  # the database is free while the page is rendered
    return render_template("accounts/mail_sent.html", email=email, registering=False, sent_before=not one_more)


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@form_checks_token
def reset(token: str) -> Response | tuple[str, int]:
    """Set a new password by a mailed link."""
    form = NewPasswordForm()
    account = queries.usable_token(db(), token, TokenPurpose.RESET).account
    form.personal = (account.name, account.email)
    if not form.validate_on_submit():
        return render_template("accounts/reset.html", form=form, email=account.email), form.page_status
    commit_and_release()
    password_hash = hash_password(text_of(form.password))
    account = reset_password(db(), token, password_hash)
    remember_this_device(account)
    forget_reset_requests(db(), settings().secret_key, account.email)
    flash(gettext("Your password has been changed. You can sign in now."))
    return redirect(url_for("accounts.sign_in"), 303)
