"""Pages of those who make materials: people by their names, organisations by their codes."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.accounts.queries import find_unit_by_code
from oer.catalogue.queries.browsing import materials_of_unit
from oer.catalogue.queries.people import find_person, materials_of_person
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.core.vietnamese import folded_text
from oer.pages.queries import collection_cards, collections_of_unit, page_of_cards
from oer.pages.views.frame import CATALOGUE, asked_page, blueprint
from oer.vocabularies import vocabularies
from oer.web.context import db
from oer.web.kept_pages import kept

UNKNOWN = N_("No material names this person.")


@blueprint.get("/people/<name>")
@kept(CATALOGUE)
def person(name: str) -> str | Response:
    """Show the materials that name a person. A name with marks leads to the address without."""
    folded = folded_text(name)
    found = find_person(db(), folded)
    if found is None:
        raise NotFound(UNKNOWN)
    if folded != name:
        return redirect(url_for("pages.person", name=folded), 301)
    page = page_of_cards(db(), materials_of_person(db(), folded, asked_page()))
    return render_template("pages/person.html", person=found, page=page)


@blueprint.get("/units/<code>")
@kept(CATALOGUE)
def unit(code: str) -> str:
    """Show an organisation: where it is, its courses, its materials."""
    found = find_unit_by_code(db(), code)
    return render_template(
        "pages/unit.html",
        unit=found,
        ward=vocabularies().places.get(found.ward_code or ""),
        collections=collection_cards(db(), collections_of_unit(db(), found.id)),
        page=page_of_cards(db(), materials_of_unit(db(), found.id, asked_page())),
    )
