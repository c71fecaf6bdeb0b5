"""The page of a person's tokens for the API: made, shown once, revoked."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import StringField

from oer.accounts.models import ApiScope
from oer.accounts.queries import api_tokens_of
from oer.accounts.services.api_tokens import LONGEST_NAME, make_token, revoke_token
from oer.accounts.views.blueprint import blueprint
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.web.context import db
from oer.web.forms import Form, MultiCheckboxField, form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext

SCOPE_NAMES = {
    ApiScope.DRAFTS: N_("Read, write and delete my drafts, with their files"),
    ApiScope.SUBMIT: N_("Submit my drafts for review, and take them back"),
    ApiScope.REVIEW: N_("Decide on what waits for review, as far as I may"),
}


class TokenForm(Form):
    """A new token: its name, and what it may do."""

    name = StringField(
        N_("Name"),
        description=N_("For yourself: which program uses it."),
        render_kw={"maxlength": LONGEST_NAME, "autocomplete": "off"},
    )
    scopes = MultiCheckboxField(N_("What it may do"))


@blueprint.route("/account/tokens", methods=["GET", "POST"])
@form_checks_token
def tokens() -> Response | tuple[str, int]:
    """Show a person's tokens; make one, and show it this once."""
    account, form, made = require_account(), TokenForm(), ""
    form.scopes.choices = [(str(scope), gettext(words)) for scope, words in SCOPE_NAMES.items()]
    if form.validate_on_submit():
        try:
            made = make_token(db(), account, str(form.name.data or ""), form.scopes.data or [])
        except Invalid as error:
            form.show_errors(error)
    page = render_template(
        "accounts/tokens.html",
        form=form,
        made=made,
        tokens=api_tokens_of(db(), account.id),
        scope_names={str(scope): words for scope, words in SCOPE_NAMES.items()},
    )
    return page, form.page_status


@blueprint.post("/account/tokens/<int:token_id>/revoke")
def revoke_token_now(token_id: int) -> Response:
    """End a token."""
    revoke_token(db(), require_account(), token_id)
    flash(gettext("The token was revoked. Nothing can be done with it any more."))
    return redirect(url_for("accounts.tokens"), 303)
