"""The home page: ask, or go where your group, your subject, the newest or a course leads."""

from flask import current_app, render_template

from oer.catalogue.queries.cards import newest_cards
from oer.catalogue.queries.collections import newest_collections
from oer.pages.counts import KeptCounts
from oer.pages.queries import collection_cards
from oer.pages.views.frame import CATALOGUE, blueprint
from oer.vocabularies import vocabularies
from oer.web.context import db
from oer.web.kept_pages import kept

NEWEST, COURSES = 6, 4
_KEPT = "oer_counts"


@blueprint.get("/")
@kept(CATALOGUE)
def home() -> str:
    """Show what there is for whom."""
    terms = vocabularies()
    counts = current_app.extensions.setdefault(_KEPT, KeptCounts()).now(db())
    return render_template(
        "pages/home.html",
        total=counts.total,
        audiences=[term for term in terms.audiences if term.facts["priority"]],
        audience_counts=counts.audiences,
        subjects=terms.subjects.tops(),
        subject_counts=counts.subjects,
        newest=newest_cards(db(), NEWEST),
        courses=collection_cards(db(), newest_collections(db(), COURSES)),
    )
