"""Pages on which educators create, describe, fill and publish collections."""

import re
from collections.abc import Set

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action, units_for
from oer.accounts.queries import all_units, find_unit_by_code
from oer.catalogue.forms.collections import AddMaterialForm, CollectionForm, PartForm
from oer.catalogue.models import Collection, Material
from oer.catalogue.queries import collections as collections_queries
from oer.catalogue.queries.collections import chapters_of, collections_to_edit, item_counts, material_in
from oer.catalogue.queries.home import picture_of
from oer.catalogue.queries.materials import find_public
from oer.catalogue.services import collections
from oer.catalogue.services.collections import (
    add_material,
    create_collection,
    delete_collection,
    hide_collection,
    move_material,
    move_part,
    publish_collection,
    remove_material,
    remove_part,
)
from oer.catalogue.services.home import MOST_PICTURE_BYTES, require_picture, set_picture
from oer.catalogue.views.blueprint import STEPS, blueprint, signed_in_for
from oer.catalogue.views.files import FormUpload, received_form
from oer.core.errors import Invalid, NotFound, TooLarge, UnsupportedType
from oer.core.i18n import LANGUAGES, N_, in_language
from oer.core.ids import read_public_id
from oer.core.seen import FIELD as SEEN
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.files.services.ingest import save_blob
from oer.vocabularies import vocabularies
from oer.web.context import db, installation, language
from oer.web.errors import error_message
from oer.web.forms import form_checks_token
from oer.web.languages import gettext
from oer.web.request_validation import row_number


@blueprint.get("/my/collections")
@blueprint.get("/admin/collections", endpoint="all_collections")
def own_collections() -> str:
    """List the collections that the account may change: those of its units; all for an administrator."""
    account = signed_in_for(Action.COLLECTION_EDIT)
    page = collections_to_edit(db(), account, request.args.get("page", 1, type=int))
    counts = item_counts(db(), [collection.id for collection in page.items])
    return render_template("catalogue/own_collections.html", page=page, counts=counts)


@blueprint.route("/my/collections/new", methods=["GET", "POST"])
@form_checks_token
def new_collection() -> Response | str | tuple[str, int]:
    """Create a collection of one of the account's units."""
    account = signed_in_for(Action.COLLECTION_EDIT)
    form = CollectionForm()
    form.unit.choices = _units(account)
    if form.validate_on_submit():
        try:
            unit = find_unit_by_code(db(), form.unit.data or "")
            kind = form.kind.data or ""
            collection = create_collection(db(), account, unit, form.typed_title(), kind=kind)
            _describe(form, collection)
        except (Invalid, NotFound) as error:
            form.show_errors(error, otherwise="unit")
        else:
            return back_to(collection)
    page = render_template("catalogue/collection_form.html", form=form, collection=None)
    return (page, form.refusal_status) if form.errors else page


def _units(account: Account) -> list[tuple[str, str]]:
    allowed = units_for(account, Action.COLLECTION_EDIT)
    units = [unit for unit in all_units(db()) if allowed is None or unit.id in allowed]
    return [(unit.code, in_language(unit.name, language())) for unit in units]


@blueprint.route("/my/collections/<public_id>/describe", methods=["GET", "POST"])
@form_checks_token
def describe_collection(public_id: str) -> Response | tuple[str, int]:
    """Edit title, summary and kind of a collection."""
    collection = collection_to_edit(public_id)
    words = {"title": collection.title, "summary": collection.summary}
    values = {f"{name}_{code}": texts.get(code) for name, texts in words.items() for code in LANGUAGES}
    form = CollectionForm(kind=collection.kind, **values)
    del form.unit
    if form.validate_on_submit():
        try:
            _describe(form, collection, request.form.get(SEEN, ""))
        except ChangedMeanwhile as error:
            return _description_page(form, collection, frozenset(error.parts)), error.status
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext("Saved."))
            return back_to(collection)
    return _description_page(form, collection), form.page_status


def _description_page(form: CollectionForm, collection: Collection, changed: Set[str] = frozenset()) -> str:
    words = {"title": " / ".join(collection.title.values()), "summary": " / ".join(collection.summary.values())}
    words["kind"] = in_language(vocabularies().collection_kinds.labels(collection.kind), language())
    names = {"title": gettext("Title"), "summary": gettext("Short summary"), "kind": form.kind.label.text}
    theirs = [(names[name], words[name]) for name in names if name in changed or changed.isdisjoint(names)]
    return render_template(
        "catalogue/collection_form.html",
        form=form,
        collection=collection,
        seen=seen_of(collection.seen_parts),
        theirs=theirs if changed else [],
    )


def _describe(form: CollectionForm, collection: Collection, seen: str | None = None) -> None:
    title, summary, kind = form.typed_title(), form.typed_summary(), form.kind.data or ""
    collections.describe_collection(db(), collection, title=title, summary=summary, kind=kind, seen=seen)


@blueprint.post("/my/collections/<public_id>/<any(publish, hide, delete):action>")
def change_collection_state(public_id: str, action: str) -> Response:
    """Publish, hide or delete a collection."""
    account, collection = signed_in_for(Action.COLLECTION_EDIT), collection_to_edit(public_id)
    if action == "publish":
        publish_collection(db(), account, collection)
        flash(gettext("Published: everybody can see it now."))
    elif action == "hide":
        hide_collection(db(), account, collection)
        flash(gettext("Hidden: only the educators of its unit can see it now."))
    else:
        delete_collection(db(), account, collection)
        flash(gettext("The collection has been deleted; its materials stay."))
        return redirect(url_for("catalogue.own_collections"), 303)
    return back_to(collection)


def collection_to_edit(public_id: str) -> Collection:
    """Return a collection that the signed-in account may change. Raises Forbidden, NotFound."""
    return collections_queries.collection_to_edit(db(), signed_in_for(Action.COLLECTION_EDIT), public_id)


def back_to(collection: Collection) -> Response:
    """Redirect to the page of a collection's contents."""
    return redirect(url_for("catalogue.edit_collection", public_id=collection.public_id), 303)


NO_FILE_CHOSEN = N_("Choose a picture.")
_NO_ID = N_("This is neither the id of a material nor the address of its page.")


@blueprint.get("/my/collections/<public_id>")
def edit_collection(public_id: str) -> str:
    """Show the contents of a collection, to be ordered."""
    return _contents_page(collection_to_edit(public_id), AddMaterialForm(formdata=None), PartForm(formdata=None))


def _contents_page(collection: Collection, adding: AddMaterialForm, part: PartForm) -> str:
    parts = [(str(each.id), in_language(each.title, language())) for each in collection.parts]
    adding.part.choices = [("", gettext("Before all parts")), *parts]
    return render_template(
        "catalogue/edit_collection.html",
        collection=collection,
        chapters=chapters_of(db(), collection),
        picture=picture_of(db(), collection.id),
        most_picture_bytes=MOST_PICTURE_BYTES,
        adding=adding,
        part=part,
    )


@blueprint.post("/my/collections/<public_id>/materials")
@form_checks_token
def add_to_collection(public_id: str) -> Response | tuple[str, int]:
    """Add a material to a collection, by its id or its address."""
    collection, form = collection_to_edit(public_id), AddMaterialForm()
    if form.validate_on_submit():
        try:
            part_id = row_number(form.part.data)
            add_material(db(), collection, _material_meant(form.material.data or ""), part_id)
        except (Invalid, NotFound) as error:
            form.show_errors(error, otherwise="material")
        else:
            return back_to(collection)
    return _contents_page(collection, form, PartForm(formdata=None)), form.refusal_status


def _material_meant(typed: str) -> Material:
    """Return the public material that was given by id or address. Raises Invalid, NotFound or Gone."""
    words = [word for word in re.split(r"[/?#\s]+", typed) if read_public_id(word)]
    if not words:
        raise Invalid(_NO_ID, field="material")
    return find_public(db(), read_public_id(words[-1]) or "")


@blueprint.post("/my/collections/<public_id>/materials/<material_id>")
def change_item(public_id: str, material_id: str) -> Response:
    """Move a material of a collection up or down, or remove it."""
    collection = collection_to_edit(public_id)
    material = material_in(db(), collection, material_id)
    action = request.form.get("action")
    if action in STEPS:
        move_material(db(), collection, material, STEPS[action])
    elif action == "remove":
        remove_material(db(), collection, material)
    return back_to(collection)


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
    return _contents_page(collection, AddMaterialForm(formdata=None), form), form.refusal_status


@blueprint.post("/my/collections/<public_id>/parts/<int(max=2147483647):part_id>")
def change_part(public_id: str, part_id: int) -> Response:
    """Move a part of a collection up or down, or remove it."""
    collection, action = collection_to_edit(public_id), request.form.get("action")
    if action in STEPS:
        move_part(db(), collection, part_id, STEPS[action])
    elif action == "remove":
        remove_part(db(), collection, part_id)
    return back_to(collection)


@blueprint.post("/my/collections/<public_id>/picture")
@form_checks_token
def give_picture(public_id: str) -> Response:
    """Give a collection the picture of a form, or take away the one that it has."""
    _ = collection_to_edit(public_id)  # before anything of the body is read
    with received_form() as upload:
        collection = collection_to_edit(public_id)
        if upload.fields.get("action") == "remove":
            set_picture(db(), collection, None)
        else:
            fault = _refusal_of_picture(upload)
            if fault:
                flash(fault, "error")
                return back_to(collection)
            blob = save_blob(db(), installation().storage, upload.received[0])
            set_picture(db(), collection, blob.sha256)
    flash(gettext("Saved."))
    return back_to(collection)


def _refusal_of_picture(upload: FormUpload) -> str:
    if upload.refused:
        return error_message(upload.refused[0][1])
    if not upload.received:
        return gettext(NO_FILE_CHOSEN)
    try:
        require_picture(upload.received[0].media_type, upload.received[0].incoming.size)
    except (UnsupportedType, TooLarge) as error:
        return error_message(error)
    return ""


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
