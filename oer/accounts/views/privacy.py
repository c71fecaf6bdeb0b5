"""A person's page of purposes: each consent apart, and what they may tell under it."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries, services
from oer.accounts.forms.privacy import PrivacyForm
from oer.accounts.models import Account
from oer.accounts.queries.purposes import TEXTS
from oer.accounts.views.blueprints import blueprint
from oer.core.errors import Invalid
from oer.web.context import db
from oer.web.forms import form_checks_token
from oer.web.identity import signed_in
from oer.web.languages import gettext


@blueprint.route("/account/privacy", methods=["GET", "POST"])
@form_checks_token
def privacy() -> Response | tuple[str, int]:
    """Give and withdraw consents; tell and take back what they are for."""
    account = signed_in()
    consents = queries.consents_of(db(), account.id)
    form = PrivacyForm().offer()
    if not form.is_submitted():
        form.show(consents, queries.declarations_of(db(), account.id))
    elif form.validate() and _save(account, form):
        flash(gettext("Saved."))
        return redirect(url_for("accounts.privacy"), 303)
    page = render_template("accounts/privacy.html", form=form, consents=consents, texts=TEXTS)
    return page, form.refusal_status if form.errors else 200


def _save(account: Account, form: PrivacyForm) -> bool:
    told = form.told(queries.declarations_of(db(), account.id))
    try:
        services.set_consents(db(), account, form.wanted, "account page")
        services.declare(db(), account, told)
    except Invalid as refused:
        form.tell(refused)
        return False
    return True
