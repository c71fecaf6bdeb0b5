"""Taking one's data along, deleting it, and asking to become an educator."""

import json

from flask import Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from oer.accounts import queries, services
from oer.accounts.forms import DeleteForm, RoleRequestForm, text_of
from oer.accounts.services.personal_data import personal_data_csv
from oer.accounts.views.blueprint import blueprint, password_confirmed
from oer.core.i18n import in_language
from oer.web.context import db, language
from oer.web.forms import form_checks_token
from oer.web.identity import clear_sign_in_cookie, require_account
from oer.web.languages import gettext


@blueprint.get("/account/data.json")
def data_json() -> Response:
    """Hand out everything that is kept about oneself, as JSON."""
    told = services.export_personal_data(db(), require_account())
    return _file(json.dumps(told, ensure_ascii=False, indent=2, default=str), "application/json", "json")


@blueprint.get("/account/data.csv")
def data_csv() -> Response:
    """Hand out everything that is kept about oneself, as CSV."""
    # Excel reads UTF-8 as such only behind a byte order mark.
    return _file(
        "\ufeff" + personal_data_csv(services.export_personal_data(db(), require_account())), "text/csv", "csv"
    )


@blueprint.route("/account/delete", methods=["GET", "POST"])
@form_checks_token
def delete() -> AnyResponse | tuple[str, int]:
    """Delete one's account and what is kept about oneself."""
    account, form = require_account(), DeleteForm()
    if not form.validate_on_submit() or not password_confirmed(account, form):
        status = form.refusal_status if form.errors else 200
        return render_template("accounts/delete.html", form=form, account=account), status
    services.erase_account(db(), account.id, account.id)
    clear_sign_in_cookie()
    flash(gettext("Your account is deleted. Thank you for having been with us."))
    return redirect(url_for("pages.home"), 303)


@blueprint.route("/account/educator", methods=["GET", "POST"])
@form_checks_token
def ask_role() -> AnyResponse | tuple[str, int]:
    """Ask to become an educator of a unit."""
    account, form = require_account(), RoleRequestForm()
    named = [(unit.code, in_language(unit.name, language())) for unit in queries.all_units(db())]
    form.unit.choices = [("", gettext("Choose a unit")), *named]
    if not form.validate_on_submit():
        return render_template("accounts/ask_role.html", form=form), form.refusal_status if form.errors else 200
    unit = queries.find_unit_by_code(db(), form.unit.data)
    services.request_educator_role(db(), account, unit, text_of(form.reason))
    flash(gettext("Your request is with our administrators. The answer comes by e-mail."))
    return redirect(url_for("accounts.own_page"), 303)


def _file(text: str, media_type: str, ending: str) -> Response:
    response = Response(text, content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="my-data.{ending}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
