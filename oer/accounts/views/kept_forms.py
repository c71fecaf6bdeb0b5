"""A form that is sent after its sign-in has ended comes back, with all that was typed, after signing in again."""

from datetime import timedelta
from urllib.parse import quote

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response
from wtforms import ValidationError

from oer.accounts.models import Account, AccountState
from oer.accounts.queries import person_of_ended_sign_in
from oer.accounts.services.kept_forms import (
    KEPT_HOURS,
    MAX_BYTES,
    TypedForm,
    find_kept_form,
    forget_kept_forms,
    keep_form,
)
from oer.accounts.views.blueprint import blueprint
from oer.core.errors import OerError, SignInNeeded
from oer.core.i18n import N_
from oer.web.context import SAFE_METHODS, db, roll_back
from oer.web.errors import answer_error, wants_json
from oer.web.identity import current_account, require_account
from oer.web.languages import gettext

COOKIE = "oer_kept"
TOKEN_FIELD = "csrf_token"  # noqa: S105 (a name)
# Never kept. Other forms ask for no secret, and a test compares this with every field for passwords.
SECRET_FIELDS = frozenset({TOKEN_FIELD, "password", "current"})
# Forms whose one field is a code of a second step.
CODE_ENDPOINTS = frozenset({"accounts.second_step", "accounts.confirm_again", "accounts.authenticator_app"})
FORM_KINDS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
ENDED = N_("Your sign-in has ended. Nothing that you typed is lost: sign in again, and it comes back.")


@blueprint.app_errorhandler(SignInNeeded)
def ask_to_sign_in(error: SignInNeeded) -> Response:
    """Ask for a sign-in, and keep the form that came with the request, if there is one that may be kept."""
    person_id = _person_id()
    typed = _typed_form() if person_id is not None else None  # of nobody in particular nothing is read
    roll_back()
    if typed is None or person_id is None or not typed.may_be_kept:
        return answer_error(error)
    token = keep_form(db(), person_id, typed)
    flash(gettext(ENDED))
    response = redirect(url_for("accounts.sign_in", next=url_for("accounts.kept_form")), 303)
    response.set_cookie(
        COOKIE,
        token,
        max_age=timedelta(hours=KEPT_HOURS),
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Strict",
    )
    return response


@blueprint.get("/account/kept-form")
def kept_form() -> Response | str:
    """Lead back to the form that was kept."""
    account = require_account()
    found = find_kept_form(db(), account.id, request.cookies.get(COOKIE, ""))
    if found is None:
        return redirect(url_for("accounts.own_page"), 303)
    # Without a token it is shown again as it was typed; other addresses do what they are for.
    shown_again = getattr(current_app.view_functions.get(found.endpoint), "form_checks_token", False)
    return render_template("accounts/kept_form.html", kept=found, shown_again=shown_again)


@blueprint.post("/account/kept-form/discard")
def discard_kept_form() -> Response:
    """Delete what is kept for the person."""
    forget_kept_forms(db(), require_account().id)
    response = redirect(url_for("accounts.own_page"), 303)
    response.delete_cookie(COOKIE)
    flash(gettext("What was kept has been deleted."))
    return response


def _typed_form() -> TypedForm | None:
    """Return the form that somebody has sent from a page of ours, or None for any other request."""
    if request.method != "POST" or request.mimetype not in FORM_KINDS or wants_json():
        return None
    if request.endpoint in CODE_ENDPOINTS:
        return None
    # A script would take the page for signing in as the answer to what it has sent.
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return None
    # Parts with files are larger; who sends those has another page of ours, which sends the fields by themselves.
    if not request.content_length or request.content_length > 2 * MAX_BYTES:
        return None
    try:
        validate_csrf(request.form.get(TOKEN_FIELD))  # what another site had sent would be sent again from ours
    except (ValidationError, OerError, HTTPException):  # no form that anybody typed: it is not even readable
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in SECRET_FIELDS]
    had_files = any(file.filename for file in request.files.values())
    return TypedForm(_address(), request.endpoint or "", fields, had_files)


def _person_id() -> int | None:
    """Return who is signed in, or was until the sign-in in this browser's session ended."""
    token = str(session.get("_user_id", ""))
    if request.method in SAFE_METHODS or not token:
        return None
    person: Account | None = current_account() or person_of_ended_sign_in(db(), token)
    return person.id if person and person.state is AccountState.ACTIVE else None


def _address() -> str:
    query = request.query_string.decode("ascii", "replace")
    return quote(request.script_root + request.path) + (f"?{query}" if query else "")
