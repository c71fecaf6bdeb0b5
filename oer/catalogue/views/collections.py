"""Collections: begun, described, published and thrown away by the educators of their unit."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action, units_for
from oer.accounts.queries import all_units, find_unit_by_code
from oer.catalogue import queries, services
from oer.catalogue.forms.collections import CollectionForm
from oer.catalogue.forms.faults import show_faults
from oer.catalogue.models import Collection
from oer.catalogue.views.blueprints import blueprint, signed_in_for
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import LANGUAGES, in_language
from oer.web.context import db, language
from oer.web.forms import form_checks_token
from oer.web.languages import gettext


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
            kind = form.kind.data or ""
            collection = services.create_collection(db(), account, unit, form.typed_title(), kind=kind)
            _describe(form, collection)
        except (Invalid, NotFound) as error:
            show_faults(form, [Invalid(error.message, field=error.field or "unit", **error.values)])
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
def describe_collection(public_id: str) -> Response | str | tuple[str, int]:
    """Change the words of a collection."""
    collection = collection_to_edit(public_id)
    words = {"title": collection.title, "summary": collection.summary}
    values = {f"{name}_{code}": texts.get(code) for name, texts in words.items() for code in LANGUAGES}
    form = CollectionForm(kind=collection.kind, **values)
    del form.unit
    if form.validate_on_submit():
        try:
            _describe(form, collection)
        except Invalid as error:
            show_faults(form, [error])
        else:
            flash(gettext("Saved."))
            return back_to(collection)
    page = render_template("catalogue/collection_form.html", form=form, collection=collection)
    return (page, form.refusal_status) if form.errors else page


def _describe(form: CollectionForm, collection: Collection) -> None:
    title, summary = form.typed_title(), form.typed_summary()
    services.describe_collection(db(), collection, title=title, summary=summary, kind=form.kind.data or "")


@blueprint.post("/my/collections/<public_id>/<any(publish, hide, delete):deed>")
def settle_collection(public_id: str, deed: str) -> Response:
    """Show a collection to everybody, hide it again, or throw it away."""
    account, collection = signed_in_for(Action.COLLECTION_EDIT), collection_to_edit(public_id)
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
    return back_to(collection)


def collection_to_edit(public_id: str) -> Collection:
    """Return a collection that the signed-in account may change. Raises Forbidden, NotFound."""
    return queries.collection_to_edit(db(), signed_in_for(Action.COLLECTION_EDIT), public_id)


def back_to(collection: Collection) -> Response:
    """Lead back to the page on which a collection is put in order."""
    return redirect(url_for("catalogue.edit_collection", public_id=collection.public_id), 303)
