"""Pages on which educators fill a collection: materials, parts, notes between them, what should be learnt before."""

import re

from flask import flash, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from oer.accounts.permissions import Action, may
from oer.catalogue.forms.collections import AddMaterialForm, NeededForm, NoteForm, PartForm, PlaceForm
from oer.catalogue.models import Collection, Material
from oer.catalogue.queries.collections import (
    chapters_of,
    editable_with,
    find_public_collection,
    material_in,
    note_in,
    prerequisites_of,
)
from oer.catalogue.queries.home import picture_of
from oer.catalogue.queries.materials import find_public
from oer.catalogue.services import collections
from oer.catalogue.services.collections import (
    add_material,
    add_prerequisite,
    move,
    move_material,
    move_part,
    place_in_part,
    remove_material,
    remove_note,
    remove_part,
    remove_prerequisite,
)
from oer.catalogue.services.home import MOST_PICTURE_BYTES
from oer.catalogue.views.blueprint import STEPS, blueprint, signed_in_for
from oer.catalogue.views.collections import back_to, collection_to_edit
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import LANGUAGES, N_, in_language
from oer.core.ids import read_public_id
from oer.web.context import db, language
from oer.web.forms import form_checks_token
from oer.web.identity import current_account
from oer.web.languages import gettext
from oer.web.request_validation import local_redirect_target, row_number


@blueprint.record_once
def _add_template_globals(state: BlueprintSetupState) -> None:
    # For the page of a material, where its own room knows nothing of courses being made.
    state.app.jinja_env.globals["may_edit_courses"] = lambda: may(current_account(), Action.COLLECTION_EDIT)


_NO_ID = N_("This is neither the id of a material nor the address of its page.")
_NEITHER = N_("This is no address of a course or a material.")


@blueprint.get("/my/collections/<public_id>")
def edit_collection(public_id: str) -> str:
    """Show the contents of a collection, to be ordered."""
    return _contents_page(collection_to_edit(public_id))


def _contents_page(
    collection: Collection,
    adding: AddMaterialForm | None = None,
    part: PartForm | None = None,
    needed: NeededForm | None = None,
) -> str:
    adding = adding or AddMaterialForm(formdata=None)
    adding.part.choices = _parts(collection)
    return render_template(
        "catalogue/edit_collection.html",
        collection=collection,
        chapters=chapters_of(db(), collection),
        picture=picture_of(db(), collection.id),
        most_picture_bytes=MOST_PICTURE_BYTES,
        adding=adding,
        part=part or PartForm(formdata=None),
        asking=needed or NeededForm(formdata=None),
        prerequisites=prerequisites_of(db(), collection.id),
    )


def _parts(collection: Collection) -> list[tuple[str, str]]:
    parts = [(str(each.id), in_language(each.title, language())) for each in collection.parts]
    return [("", gettext("Before all parts")), *parts]


# Materials


@blueprint.post("/my/collections/<public_id>/materials")
@form_checks_token
def add_to_collection(public_id: str) -> Response | tuple[str, int]:
    """Add a material to a collection, by its id or its address; then go where the form says."""
    collection, form = collection_to_edit(public_id), AddMaterialForm()
    if form.validate_on_submit():
        try:
            material = _material_meant(form.material.data or "")
            add_material(db(), collection, material, row_number(form.part.data))
        except (Invalid, NotFound) as error:
            form.show_errors(error, otherwise="material")
        else:
            where = local_redirect_target(request.form.get("next"), "")
            if not where:
                return back_to(collection)
            flash(gettext("Added to “%(title)s”.", title=in_language(collection.title, language())), "good")
            return redirect(where, 303)
    return _contents_page(collection, adding=form), form.refusal_status


def _material_meant(typed: str) -> Material:
    """Return the public material that was given by id or address. Raises Invalid, NotFound or Gone."""
    found = _id_in(typed)
    if not found:
        raise Invalid(_NO_ID, field="material")
    return find_public(db(), found)


def _id_in(typed: str) -> str:
    words = [word for word in re.split(r"[/?#\s]+", typed) if read_public_id(word)]
    return (read_public_id(words[-1]) or "") if words else ""


@blueprint.get("/materials/<public_id>/courses")
def courses_for(public_id: str) -> str:
    """Ask into which course a material shall go."""
    account = signed_in_for(Action.COLLECTION_EDIT)
    material = find_public(db(), public_id)
    return render_template(
        "catalogue/courses_for.html", material=material, found=editable_with(db(), account, material.id)
    )


@blueprint.post("/my/collections/<public_id>/materials/<material_id>")
def change_item(public_id: str, material_id: str) -> Response:
    """Move a material of a collection up or down, or remove it."""
    collection = collection_to_edit(public_id)
    material = material_in(db(), collection, material_id)
    action = request.form.get("action", "")
    if action in STEPS:
        move_material(db(), collection, material, STEPS[action])
        return back_to(collection, moved=material_id, by=action)
    if action == "remove":
        remove_material(db(), collection, material)
    return back_to(collection)


@blueprint.route("/my/collections/<public_id>/materials/<material_id>/part", methods=["GET", "POST"])
@form_checks_token
def place_item(public_id: str, material_id: str) -> Response | tuple[str, int]:
    """Put a material of a collection at the end of another part."""
    collection = collection_to_edit(public_id)
    material = material_in(db(), collection, material_id)
    item = next(each for each in collection.items if each.material_id == material.id)
    form = PlaceForm(part=str(item.part_id or ""))
    form.part.choices = _parts(collection)
    if form.validate_on_submit():
        try:
            place_in_part(db(), collection, item, row_number(form.part.data))
        except (Invalid, NotFound) as error:
            form.show_errors(error, otherwise="part")
        else:
            return back_to(collection, moved=material_id, by="up")
    page = render_template("catalogue/place_item.html", form=form, collection=collection, material=material)
    return page, form.page_status


# Parts


@blueprint.post("/my/collections/<public_id>/parts")
@form_checks_token
def add_part(public_id: str) -> Response | tuple[str, int]:
    """Add a part to a collection."""
    collection, form = collection_to_edit(public_id), PartForm()
    if form.validate_on_submit():
        try:
            collections.add_part(db(), collection, form.typed_title())
        except Invalid as error:
            form.show_errors(error)
        else:
            return back_to(collection)
    return _contents_page(collection, part=form), form.refusal_status


@blueprint.post("/my/collections/<public_id>/parts/<int(max=2147483647):part_id>")
def change_part(public_id: str, part_id: int) -> Response:
    """Move a part of a collection up or down, or remove it."""
    collection, action = collection_to_edit(public_id), request.form.get("action", "")
    if action in STEPS:
        move_part(db(), collection, part_id, STEPS[action])
        return back_to(collection, moved=f"part-{part_id}", by=action)
    if action == "remove":
        remove_part(db(), collection, part_id)
    return back_to(collection)


@blueprint.route("/my/collections/<public_id>/parts/<int(max=2147483647):part_id>/rename", methods=["GET", "POST"])
@form_checks_token
def rename_part(public_id: str, part_id: int) -> Response | tuple[str, int]:
    """Rename a part of a collection."""
    collection = collection_to_edit(public_id)
    part = collections.part_of(collection, part_id)
    form = PartForm(**{f"title_{code}": part.title.get(code) for code in LANGUAGES})
    if form.validate_on_submit():
        try:
            collections.rename_part(db(), collection, part_id, form.typed_title())
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext("Saved."))
            return back_to(collection)
    return render_template("catalogue/rename_part.html", form=form, collection=collection, part=part), form.page_status


# Notes


@blueprint.route("/my/collections/<public_id>/notes/new", methods=["GET", "POST"])
@form_checks_token
def new_note(public_id: str) -> Response | tuple[str, int]:
    """Write a note between the materials of a collection."""
    collection = collection_to_edit(public_id)
    form = NoteForm(part=request.args.get("part", ""))
    form.part.choices = _parts(collection)
    if form.validate_on_submit():
        try:
            part_id = row_number(form.part.data)
            note = collections.add_note(db(), collection, form.typed_title(), form.typed_text(), part_id)
        except (Invalid, NotFound) as error:
            form.show_errors(error, otherwise="title_vi")
        else:
            return back_to(collection, moved=f"note-{note.id}", by="up")
    page = render_template("catalogue/note.html", form=form, collection=collection, note=None)
    return page, form.page_status


@blueprint.route("/my/collections/<public_id>/notes/<int:number>", methods=["GET", "POST"])
@form_checks_token
def edit_note(public_id: str, number: int) -> Response | tuple[str, int]:
    """Change what a note says, and in which part it stands."""
    collection = collection_to_edit(public_id)
    note = note_in(db(), collection, number)
    words = {f"title_{code}": note.heading.get(code) for code in LANGUAGES}
    words |= {f"text_{code}": note.text.get(code) for code in LANGUAGES}
    form = NoteForm(part=str(note.part_id or ""), **words)
    form.part.choices = _parts(collection)
    if form.validate_on_submit():
        try:
            collections.write_note(db(), collection, note, form.typed_title(), form.typed_text())
            part_id = row_number(form.part.data)
            if part_id != note.part_id:
                place_in_part(db(), collection, note, part_id)
        except (Invalid, NotFound) as error:
            form.show_errors(error, otherwise="title_vi")
        else:
            flash(gettext("Saved."))
            return back_to(collection, moved=f"note-{number}", by="up")
    page = render_template("catalogue/note.html", form=form, collection=collection, note=note)
    return page, form.page_status


@blueprint.post("/my/collections/<public_id>/notes/<int:number>/change")
def change_note(public_id: str, number: int) -> Response:
    """Move a note up or down, or remove it."""
    collection, action = collection_to_edit(public_id), request.form.get("action", "")
    note = note_in(db(), collection, number)
    if action in STEPS:
        move(db(), collection, note, STEPS[action])
        return back_to(collection, moved=f"note-{number}", by=action)
    if action == "remove":
        remove_note(db(), collection, note)
    return back_to(collection)


# What should be learnt before


@blueprint.post("/my/collections/<public_id>/needed")
@form_checks_token
def ask_beforehand(public_id: str) -> Response | tuple[str, int]:
    """Note that a course or a material should be learnt before this collection."""
    collection, form = collection_to_edit(public_id), NeededForm()
    if form.validate_on_submit():
        try:
            add_prerequisite(db(), collection, _needed_meant(form.needed.data or ""))
        except (Invalid, NotFound, Conflict) as error:
            form.show_errors(error, otherwise="needed")
        else:
            return back_to(collection)
    return _contents_page(collection, needed=form), form.refusal_status


def _needed_meant(typed: str) -> Collection | Material:
    """Return the public course or material that was given by its address or id. Raises Invalid, NotFound or Gone."""
    found = _id_in(typed)
    if not found:
        raise Invalid(_NEITHER, field="needed")
    return find_public_collection(db(), found) if "/collections/" in typed else find_public(db(), found)


@blueprint.post("/my/collections/<public_id>/needed/<int:number>/remove")
def ask_no_more(public_id: str, number: int) -> Response:
    """Take away what should be learnt before a collection."""
    collection = collection_to_edit(public_id)
    remove_prerequisite(db(), collection, number)
    return back_to(collection)
