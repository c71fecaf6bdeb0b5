"""Describing a draft: a form that is half filled from its files."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action, units_for
from oer.accounts.queries import all_units
from oer.catalogue import queries, services
from oer.catalogue.forms.describing import DescribeForm
from oer.catalogue.forms.faults import show_faults
from oer.catalogue.forms.records import form_values, record_typed
from oer.catalogue.models import Material, Version
from oer.catalogue.queries.suggestions import Suggestion, suggestion_for
from oer.catalogue.schemas import InvalidRecord, parse_record
from oer.catalogue.views.blueprints import blueprint
from oer.core.errors import Invalid
from oer.core.i18n import in_language
from oer.web.context import db, language, release
from oer.web.forms import form_checks_token
from oer.web.identity import signed_in
from oer.web.languages import gettext


@blueprint.route("/my/materials/<public_id>/describe", methods=["GET", "POST"])
@form_checks_token
def describe(public_id: str) -> Response | str | tuple[str, int]:
    """Show the form, save it, and submit the draft if that was asked for."""
    account = signed_in()
    material = queries.material_to_edit(db(), account, public_id)
    version = queries.draft_of(material)
    suggestion = suggestion_for(db(), version)
    form = _form(account, material, version, suggestion)
    if request.method == "GET":
        if "check" in request.args:
            show_faults(form, _missing_here(version))
        return _page(form, material, version, suggestion)
    if "more" in request.form:
        return _page(form.make_room(), material, version, suggestion)
    if not form.validate_on_submit() or not _save(form, account, material, version):
        return _page(form, material, version, suggestion), form.refusal_status
    if "submit" not in request.form:
        flash(gettext("Saved."))
    elif not _submit(form, account, material):
        return _page(form, material, queries.newest_version(material), suggestion), 422
    return redirect(url_for("catalogue.edit", public_id=public_id), 303)


def _form(account: Account, material: Material, version: Version, suggestion: Suggestion) -> DescribeForm:
    offered = _units(account, material)
    if request.method == "POST":
        return DescribeForm().offer_units(offered)
    record = {**_first_words(account, material, offered), **suggestion.record, **version.record}
    return DescribeForm(formdata=None, data=form_values(record)).offer_units(offered)


def _first_words(account: Account, material: Material, offered: list[tuple[str, str]]) -> dict[str, Any]:
    """Return what is true of most first drafts: made by who writes it, for the unit that they publish for."""
    unit = offered[1][0] if len(offered) == 2 else None
    creator = {"name": account.name, "role": "author"}
    return {"unit": unit, "creators": [creator], "audiences": ["all"]} if material.current_version_id is None else {}


def _units(account: Account, material: Material) -> list[tuple[str, str]]:
    allowed = units_for(account, Action.MATERIAL_CREATE)
    chosen = [unit for unit in all_units(db()) if allowed is None or unit.id in allowed or unit.id == material.unit_id]
    return [("", gettext("No unit")), *((unit.code, in_language(unit.name, language())) for unit in chosen)]


def _save(form: DescribeForm, account: Account, material: Material, version: Version) -> bool:
    """Save what was typed; tell whether it could be, else the form says why not."""
    try:
        services.describe(db(), account, material, parse_record(record_typed(form, version.record)))
    except InvalidRecord as error:
        show_faults(form, error.faults)
    except Invalid as error:
        show_faults(form, [error])
    else:
        # What was typed is kept, whatever becomes of the rest of this request.
        release()
        return True
    return False


def _submit(form: DescribeForm, account: Account, material: Material) -> bool:
    version = queries.newest_version(material)
    show_faults(form, _missing_here(version))
    if form.errors:
        flash(gettext("Saved, and not submitted yet: something is missing still."), "warning")
        return False
    services.submit(db(), account, material)
    flash(gettext("Sent to the reviewers. We will write to you when they have decided."))
    return True


def _missing_here(version: Version) -> list[Invalid]:
    missing = services.missing_to_submit(version)
    return [Invalid(fault.message, field="source_url" if fault.field == "files" else fault.field) for fault in missing]


def _page(form: DescribeForm, material: Material, version: Version, suggestion: Suggestion) -> str:
    return render_template(
        "catalogue/describe.html",
        form=form,
        material=material,
        version=version,
        suggested=[name for name in suggestion.record if name not in version.record],
        waiting=suggestion.waiting,
    )
