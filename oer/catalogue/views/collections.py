"""Pages on which educators create, describe, fill and publish collections."""

from collections.abc import Set

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action, units_for
from oer.accounts.queries import all_units, find_unit_by_code
from oer.catalogue.forms.collections import CollectionForm
from oer.catalogue.models import Collection
from oer.catalogue.queries import collections as collections_queries
from oer.catalogue.queries.collections import collections_to_edit, item_counts
from oer.catalogue.services import collections
from oer.catalogue.services.collections import (
    create_collection,
    delete_collection,
    hide_collection,
    publish_collection,
)
from oer.catalogue.services.home import require_picture, set_picture
from oer.catalogue.views.blueprint import blueprint, signed_in_for
from oer.catalogue.views.files import FormUpload, received_form
from oer.core.errors import Invalid, NotFound, TooLarge, UnsupportedType
from oer.core.i18n import LANGUAGES, N_, in_language
from oer.core.seen import FIELD as SEEN
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.files.services.ingest import save_blob
from oer.vocabularies import vocabularies
from oer.web.context import db, installation, language
from oer.web.errors import error_message
from oer.web.forms import form_checks_token
from oer.web.languages import gettext


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


def back_to(collection: Collection, moved: str | None = None, by: str | None = None) -> Response:
    """Redirect to the page of a collection's contents; the focus stays on the button that `moved` something."""
    where = url_for("catalogue.edit_collection", public_id=collection.public_id, moved=moved, by=by)
    return redirect(where, 303)


NO_FILE_CHOSEN = N_("Choose a picture.")


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
