"""A person's own account: profile, password, sign-ins, consents, data export, deletion, role requests."""

import json

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries
from oer.accounts.forms import (
    ROLE_NAMES,
    ChangeEmailForm,
    ChangePasswordForm,
    DeleteForm,
    PrivacyForm,
    ProfileForm,
    RoleRequestForm,
    text_of,
)
from oer.accounts.models import Account, TokenPurpose
from oer.accounts.permissions import has_roles_since
from oer.accounts.services.administration import request_educator_role
from oer.accounts.services.consents import CONSENT_TEXTS, collected_purposes, set_consents, update_declarations
from oer.accounts.services.devices import forget_devices
from oer.accounts.services.passwords import hash_password
from oer.accounts.services.personal_data import erase_account, export_personal_data, personal_data_csv
from oer.accounts.services.profile import change_language, change_name, confirm_new_email, request_new_email
from oer.accounts.services.registration import change_password
from oer.accounts.services.sign_ins import end_other_sign_ins, end_sign_ins, revoke_sign_in
from oer.accounts.services.throttling import count_mail_request
from oer.accounts.views.blueprint import blueprint, client_address, password_confirmed
from oer.accounts.views.devices import remember_this_device
from oer.accounts.views.sign_in import sign_in_browser
from oer.core.errors import Invalid
from oer.core.i18n import N_, in_language
from oer.core.ids import token_hash
from oer.web.context import commit_and_release, db, language, settings
from oer.web.forms import form_checks_token
from oer.web.identity import clear_sign_in_cookie, require_account, sign_in_token
from oer.web.languages import gettext


@blueprint.get("/account")
def own_page() -> str:
    """Show a person's account, with links to change it."""
    account = require_account()
    return render_template(
        "accounts/own_page.html",
        account=account,
        role_names=ROLE_NAMES,
        roles_since=has_roles_since(account),
        factors=queries.second_factors_of(db(), account.id),
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
        return render_template("accounts/profile.html", form=form), form.page_status
    change_name(db(), account, text_of(form.name))
    change_language(db(), account, form.language.data)
    return _saved(gettext("Saved."))


@blueprint.route("/account/email", methods=["GET", "POST"])
@form_checks_token
def email() -> Response | tuple[str, int]:
    """Change the e-mail address: it changes when the link mailed to the new address is opened."""
    account, form = require_account(), ChangeEmailForm()
    if not form.validate_on_submit() or not password_confirmed(account, form):
        return render_template("accounts/email.html", form=form, account=account), form.page_status
    address = text_of(form.email)
    count_mail_request(db(), settings().secret_key, address, client_address())
    request_new_email(db(), account, address)
    words = N_("We have sent an e-mail to %(email)s. The address changes when you open the link in it.")
    return _saved(gettext(words, email=address))


@blueprint.get("/account/new-email/<token>")
def new_email(token: str) -> str:
    """Show a button that confirms the new address."""
    queries.usable_token(db(), token, TokenPurpose.NEW_EMAIL)
    return render_template("accounts/confirm.html", title=gettext("Confirm your new e-mail address"))


@blueprint.post("/account/new-email/<token>")
def new_email_now(token: str) -> Response:
    """Change the e-mail address of the account."""
    confirm_new_email(db(), token)
    return _saved(gettext("Your new e-mail address has been confirmed."))


@blueprint.route("/account/password", methods=["GET", "POST"])
@form_checks_token
def password() -> Response | tuple[str, int]:
    """Change the password; every other sign-in ends."""
    account, form = require_account(), ChangePasswordForm()
    form.personal = (account.name, account.email)
    if not form.validate_on_submit() or not password_confirmed(account, form):
        return render_template("accounts/password.html", form=form, account=account), form.page_status
    password_hash = hash_password(text_of(form.password))
    change_password(db(), account, password_hash)
    sign_in_browser(account)
    return _saved(gettext("Your password has been changed. All other browsers have been signed out."))


@blueprint.post("/account/sign-ins/<int:sign_in_id>/end")
def end_one_sign_in(sign_in_id: int) -> Response:
    """End one of the account's sign-ins."""
    revoke_sign_in(db(), require_account().id, sign_in_id)
    return _saved(gettext("That browser has been signed out."))


@blueprint.post("/account/sign-ins/end-others")
def end_others() -> Response:
    """End all sign-ins but this one."""
    account = require_account()
    end_other_sign_ins(db(), account.id, sign_in_token() or "")
    forget_devices(db(), account.id)
    remember_this_device(account)
    return _saved(gettext("All other browsers have been signed out."))


@blueprint.post("/account/sign-ins/end")
def end_all_sign_ins() -> Response:
    """End all sign-ins, this one included."""
    account = require_account()
    end_sign_ins(db(), account.id)
    forget_devices(db(), account.id)
    commit_and_release()
    clear_sign_in_cookie()
    flash(gettext("You are signed out everywhere."))
    return redirect(url_for("accounts.sign_in"), 303)


def _saved(words: str) -> Response:
    flash(words)
    return redirect(url_for("accounts.own_page"), 303)


@blueprint.route("/account/privacy", methods=["GET", "POST"])
@form_checks_token
def privacy() -> Response | tuple[str, int]:
    """Give and withdraw consents, and set the declarations that depend on them."""
    account = require_account()
    consents = queries.consents_of(db(), account.id)
    form = PrivacyForm().offer({*collected_purposes(), *consents})
    if not form.is_submitted():
        form.show(consents, queries.declarations_of(db(), account.id))
    elif form.validate() and _save(account, form):
        flash(gettext("Saved."))
        return redirect(url_for("accounts.privacy"), 303)
    page = render_template("accounts/privacy.html", form=form, consents=consents, texts=CONSENT_TEXTS)
    return page, form.page_status


def _save(account: Account, form: PrivacyForm) -> bool:
    told = form.told(queries.declarations_of(db(), account.id))
    try:
        set_consents(db(), account, form.wanted, "account page")
        update_declarations(db(), account, told)
    except Invalid as refused:
        form.show_errors(refused)
        return False
    return True


@blueprint.get("/account/data.json")
def data_json() -> Response:
    """Download everything that is stored about the person, as JSON."""
    told = export_personal_data(db(), require_account())
    return _file(json.dumps(told, ensure_ascii=False, indent=2, default=str), "application/json", "json")


@blueprint.get("/account/data.csv")
def data_csv() -> Response:
    """Download everything that is stored about the person, as CSV."""
    # Excel recognises UTF-8 only by a byte order mark.
    return _file("\ufeff" + personal_data_csv(export_personal_data(db(), require_account())), "text/csv", "csv")


@blueprint.route("/account/delete", methods=["GET", "POST"])
@form_checks_token
def delete() -> Response | tuple[str, int]:
    """Delete the account and everything that is stored about the person."""
    account, form = require_account(), DeleteForm()
    if not form.validate_on_submit() or not password_confirmed(account, form):
        return render_template("accounts/delete.html", form=form, account=account), form.page_status
    erase_account(db(), account.id, account.id)
    clear_sign_in_cookie()
    flash(gettext("Your account has been deleted. Thank you for using this site."))
    return redirect(url_for("pages.home"), 303)


@blueprint.route("/account/educator", methods=["GET", "POST"])
@form_checks_token
def ask_role() -> Response | tuple[str, int]:
    """Request the educator role in a unit."""
    account, form = require_account(), RoleRequestForm()
    named = [(unit.code, in_language(unit.name, language())) for unit in queries.all_units(db())]
    form.unit.choices = [("", gettext("Choose a unit")), *named]
    if not form.validate_on_submit():
        return render_template("accounts/ask_role.html", form=form), form.page_status
    unit = queries.find_unit_by_code(db(), form.unit.data)
    request_educator_role(db(), account, unit, text_of(form.reason))
    flash(gettext("Your request has been sent to the administrators. You will receive the answer by e-mail."))
    return redirect(url_for("accounts.own_page"), 303)


def _file(text: str, media_type: str, ending: str) -> Response:
    response = Response(text, content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="my-data.{ending}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
