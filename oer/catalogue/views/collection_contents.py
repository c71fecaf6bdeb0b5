"""What is in a collection: materials and parts, put in order."""

import re

from flask import render_template, request
from werkzeug.wrappers import Response

from oer.catalogue import queries, services
from oer.catalogue.forms.collections import AddMaterialForm, PartForm
from oer.catalogue.forms.faults import show_faults
from oer.catalogue.models import Collection, Material
from oer.catalogue.views.blueprints import STEPS, blueprint
from oer.catalogue.views.collections import back_to, collection_to_edit
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_, in_language
from oer.core.ids import read_public_id
from oer.web.context import db, language
from oer.web.forms import form_checks_token
from oer.web.languages import gettext

_NO_ID = N_("This is neither the id of a material nor the address of its page.")


@blueprint.get("/my/collections/<public_id>")
def edit_collection(public_id: str) -> str:
    """Show what is in a collection, to be put in order."""
    return _page(collection_to_edit(public_id), AddMaterialForm(formdata=None), PartForm(formdata=None))


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


@blueprint.post("/my/collections/<public_id>/materials")
@form_checks_token
def add_to_collection(public_id: str) -> Response | tuple[str, int]:
    """Put a material into a collection, by its id or its address."""
    collection, form = collection_to_edit(public_id), AddMaterialForm()
    if form.validate_on_submit():
        try:
            part_id = int(form.part.data) if (form.part.data or "").isdecimal() else None
            services.add_material(db(), collection, _material_meant(form.material.data or ""), part_id)
        except (Invalid, NotFound) as error:
            show_faults(form, [Invalid(error.message, field="material", **error.values)])
        else:
            return back_to(collection)
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
    collection, material = collection_to_edit(public_id), queries.find_material(db(), material_id)
    action = request.form.get("action")
    if action in STEPS:
        services.move_material(db(), collection, material, STEPS[action])
    elif action == "remove":
        services.remove_material(db(), collection, material)
    return back_to(collection)


@blueprint.post("/my/collections/<public_id>/parts")
@form_checks_token
def add_part(public_id: str) -> Response | tuple[str, int]:
    """Add a part to a collection."""
    collection, form = collection_to_edit(public_id), PartForm()
    if form.validate_on_submit():
        try:
            services.add_part(db(), collection, form.typed_title())
        except Invalid as error:
            show_faults(form, [error])
        else:
            return back_to(collection)
    return _page(collection, AddMaterialForm(formdata=None), form), form.refusal_status


@blueprint.post("/my/collections/<public_id>/parts/<int(max=2147483647):part_id>")
def change_part(public_id: str, part_id: int) -> Response:
    """Move a part of a collection up or down, or take it away."""
    collection, action = collection_to_edit(public_id), request.form.get("action")
    if action in STEPS:
        services.move_part(db(), collection, part_id, STEPS[action])
    elif action == "remove":
        services.remove_part(db(), collection, part_id)
    return back_to(collection)
