"""Administrators look after units."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries, services
from oer.accounts.forms.administering import UnitForm
from oer.accounts.models import Unit
from oer.accounts.views.asking import page_number
from oer.accounts.views.blueprints import admin
from oer.core.errors import Conflict, Invalid
from oer.vocabularies import vocabularies
from oer.web.context import db
from oer.web.forms import form_checks_token
from oer.web.identity import signed_in
from oer.web.languages import gettext


@admin.get("/units")
def units() -> str:
    """List units by words of their name or code, and kind."""
    asked = {name: request.args.get(name, "") for name in ("q", "kind")}
    found = queries.list_units(db(), words=asked["q"], kind=asked["kind"], page=page_number(request.args.get("page")))
    return render_template("accounts/admin/units.html", found=found, asked=asked, vocabularies=vocabularies())


@admin.route("/units/new", methods=["GET", "POST"])
@form_checks_token
def new_unit() -> Response | tuple[str, int]:
    """Make a unit."""
    form = UnitForm().offer()
    if form.validate_on_submit() and _create(form):
        return _saved(gettext("The unit is made."))
    return _page(form, None)


@admin.route("/units/<code>", methods=["GET", "POST"])
@form_checks_token
def unit(code: str) -> Response | tuple[str, int]:
    """Change a unit."""
    found = queries.find_unit_by_code(db(), code)
    form = UnitForm(
        code=found.code,
        name_vi=found.name.get("vi"),
        name_en=found.name.get("en"),
        kind=found.kind,
        ward_code=found.ward_code or "",
    ).offer()
    if form.validate_on_submit() and _change(form, found):
        return _saved(gettext("Saved."))
    return _page(form, found)


def _create(form: UnitForm) -> bool:
    try:
        services.create_unit(
            db(),
            signed_in().id,
            code=(form.code.data or "").strip(),
            name=form.name,
            kind=form.kind.data,
            ward_code=form.ward_code.data or None,
        )
    except (Invalid, Conflict) as refused:
        form.tell(refused)
        return False
    return True


def _change(form: UnitForm, found: Unit) -> bool:
    try:
        services.change_unit(
            db(), signed_in().id, found, name=form.name, kind=form.kind.data, ward_code=form.ward_code.data or None
        )
    except Invalid as refused:
        form.tell(refused)
        return False
    return True


def _page(form: UnitForm, found: Unit | None) -> tuple[str, int]:
    page = render_template("accounts/admin/unit.html", form=form, unit=found)
    return page, form.refusal_status if form.errors else 200


def _saved(words: str) -> Response:
    flash(words)
    return redirect(url_for("accounts_admin.units"), 303)
