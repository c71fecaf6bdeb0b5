"""Courses, learning paths and sets of materials."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.catalogue.queries.collections import find_public_collection, public_collections
from oer.core.ids import is_public_id, read_public_id
from oer.core.paging import Page
from oer.pages.queries import collection_cards, course
from oer.pages.views.frame import CATALOGUE, asked_page, blueprint
from oer.web.context import db
from oer.web.kept_pages import kept


@blueprint.get("/collections")
@kept(CATALOGUE)
def collections() -> str:
    """Show all published collections, newest first."""
    found = public_collections(db(), asked_page())
    page = Page(collection_cards(db(), found.items), found.number, found.size, found.total)
    return render_template("pages/collections.html", page=page)


@blueprint.get("/collections/<public_id>")
@kept(CATALOGUE)
def collection(public_id: str) -> str | Response:
    """Show a collection: its parts in order, how long it takes, what to start with."""
    meant = read_public_id(public_id)
    if meant and not is_public_id(public_id):
        return redirect(url_for("pages.collection", public_id=meant), 301)
    return render_template("pages/collection.html", course=course(db(), find_public_collection(db(), public_id)))
