"""Collections: begun, described, filled and put in order by the educators of their unit."""

import re

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action, units_for
from oer.accounts.queries import all_units, find_unit_by_code
from oer.catalogue import queries, services
from oer.catalogue.forms.collections import AddMaterialForm, CollectionForm, PartForm
from oer.catalogue.forms.faults import show_faults
from oer.catalogue.models import Collection, Material
from oer.catalogue.schemas.texts import Reader, by_language, text
from oer.catalogue.views.blueprints import blueprint, signed_in_for
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import LANGUAGES, N_, in_language
from oer.core.ids import read_public_id
from oer.web.context import db, language
from oer.web.forms import Form, form_checks_token
from oer.web.languages import gettext

STEPS = {"up": -1, "down": 1}
_NO_ID = N_("This is neither the id of a material nor the address of its page.")


@blueprint.get("/my/collections")
@blueprint.get("/admin/collections", endpoint="all_collections")
def own_collections() -> str:
    """List the collections that one may change: those of one's units, an administrator's are all."""
    account = signed_in_for(Action.COLLECTION_EDIT)
    page = queries.collections_to_edit(db(), account, request.args.get("page", 1, type=int))
    counts = queries.item_counts(db(), [collection.id for collection in page.items])
    return render_template("catalogue/own_collections.html", page=page, counts=counts)


@blueprint.route("/my/collections/new", methods=["GET", "POST"])
@form_checks_token
def new_collection() -> Response | str | tuple[str, int]:
    """Begin a collection of one of one's units."""
    account = signed_in_for(Action.COLLECTION_EDIT)
    form = CollectionForm()
    form.unit.choices = _units(account)
    if form.validate_on_submit():
        try:
            unit = find_unit_by_code(db(), form.unit.data or "")
            collection = services.create_collection(db(), account, unit, _title(form), kind=form.kind.data or "")
            _describe(form, collection)
        except (Invalid, NotFound) as error:
            show_faults(form, [Invalid(error.message, field=error.field or "unit", **error.values)])
        else:
            return _back(collection)
    page = render_template("catalogue/collection_form.html", form=form, collection=None)
    return (page, form.refusal_status) if form.errors else page


@blueprint.route("/my/collections/<public_id>/describe", methods=["GET", "POST"])
@form_checks_token
def describe_collection(public_id: str) -> Response | str | tuple[str, int]:
    """Change the words of a collection."""
    collection = _to_edit(public_id)
    values = {
        f"{name}_{code}": getattr(collection, name).get(code) for name in ("title", "summary") for code in LANGUAGES
    }
    form = CollectionForm(kind=collection.kind, **values)
    del form.unit
    if form.validate_on_submit():
        try:
            _describe(form, collection)
        except Invalid as error:
            show_faults(form, [error])
        else:
            flash(gettext("Saved."))
            return _back(collection)
    page = render_template("catalogue/collection_form.html", form=form, collection=collection)
    return (page, form.refusal_status) if form.errors else page


@blueprint.get("/my/collections/<public_id>")
def edit_collection(public_id: str) -> str:
    """Show what is in a collection, to be put in order."""
    return _page(_to_edit(public_id), AddMaterialForm(formdata=None), PartForm(formdata=None))


@blueprint.post("/my/collections/<public_id>/materials")
@form_checks_token
def add_to_collection(public_id: str) -> Response | tuple[str, int]:
    """Put a material into a collection, by its id or its address."""
    collection, form = _to_edit(public_id), AddMaterialForm()
    if form.validate_on_submit():
        try:
            part_id = int(form.part.data) if (form.part.data or "").isdecimal() else None
            services.add_material(db(), collection, _material_meant(form.material.data or ""), part_id)
        except (Invalid, NotFound) as error:
            show_faults(form, [Invalid(error.message, field="material", **error.values)])
        else:
            return _back(collection)
    return _page(collection, form, PartForm(formdata=None)), form.refusal_status


def _material_meant(typed: str) -> Material:
    """Return the material in service that somebody means by an id or an address."""
    words = [word for word in re.split(r"[/?#\s]+", typed) if read_public_id(word)]
    if not words:
        raise Invalid(_NO_ID, field="material")
    return queries.find_public(db(), read_public_id(words[-1]) or "")


@blueprint.post("/my/collections/<public_id>/materials/<material_id>")
def change_item(public_id: str, material_id: str) -> Response:
    """Move a material of a collection up or down, or take it out."""
    collection, material = _to_edit(public_id), queries.find_material(db(), material_id)
    action = request.form.get("action")
    if action in STEPS:
        services.move_material(db(), collection, material, STEPS[action])
    elif action == "remove":
        services.remove_material(db(), collection, material)
    return _back(collection)


@blueprint.post("/my/collections/<public_id>/parts")
@form_checks_token
def add_part(public_id: str) -> Response | tuple[str, int]:
    """Add a part to a collection."""
    collection, form = _to_edit(public_id), PartForm()
    if form.validate_on_submit():
        try:
            services.add_part(db(), collection, _title(form))
        except Invalid as error:
            show_faults(form, [error])
        else:
            return _back(collection)
    return _page(collection, AddMaterialForm(formdata=None), form), form.refusal_status


@blueprint.post("/my/collections/<public_id>/parts/<int:part_id>")
def change_part(public_id: str, part_id: int) -> Response:
    """Move a part of a collection up or down, or take it away."""
    collection, action = _to_edit(public_id), request.form.get("action")
    if action in STEPS:
        services.move_part(db(), collection, part_id, STEPS[action])
    elif action == "remove":
        services.remove_part(db(), collection, part_id)
    return _back(collection)


@blueprint.post("/my/collections/<public_id>/<any(publish, hide, delete):deed>")
def settle_collection(public_id: str, deed: str) -> Response:
    """Show a collection to everybody, hide it again, or throw it away."""
    account, collection = signed_in_for(Action.COLLECTION_EDIT), _to_edit(public_id)
    if deed == "publish":
        services.publish_collection(db(), account, collection)
        flash(gettext("Published: everybody can see it now."))
    elif deed == "hide":
        services.hide_collection(db(), account, collection)
        flash(gettext("Hidden: only the educators of its unit see it now."))
    else:
        services.delete_collection(db(), account, collection)
        flash(gettext("The collection is deleted; its materials stay."))
        return redirect(url_for("catalogue.own_collections"), 303)
    return _back(collection)


def _to_edit(public_id: str) -> Collection:
    return queries.collection_to_edit(db(), signed_in_for(Action.COLLECTION_EDIT), public_id)


def _units(account: Account) -> list[tuple[str, str]]:
    allowed = units_for(account, Action.COLLECTION_EDIT)
    units = [unit for unit in all_units(db()) if allowed is None or unit.id in allowed]
    return [(unit.code, in_language(unit.name, language())) for unit in units]


def _title(form: Form) -> dict[str, str]:
    return _typed(form, "title", text(300))


def _typed(form: Form, name: str, reader: Reader) -> dict[str, str]:
    """Return what was typed into the fields of a language map. Raises Invalid, naming the field."""
    found: dict[str, str] = by_language(reader)({code: form[f"{name}_{code}"].data or "" for code in LANGUAGES}, name)
    return found


def _describe(form: CollectionForm, collection: Collection) -> None:
    summary = _typed(form, "summary", text(5000, lines=True))
    services.describe_collection(db(), collection, title=_title(form), summary=summary, kind=form.kind.data or "")


def _page(collection: Collection, adding: AddMaterialForm, part: PartForm) -> str:
    parts = [(str(each.id), in_language(each.title, language())) for each in collection.parts]
    adding.part.choices = [("", gettext("Before all parts")), *parts]
    return render_template(
        "catalogue/edit_collection.html",
        collection=collection,
        chapters=queries.chapters_of(db(), collection),
        adding=adding,
        part=part,
    )


def _back(collection: Collection) -> Response:
    return redirect(url_for("catalogue.edit_collection", public_id=collection.public_id), 303)
