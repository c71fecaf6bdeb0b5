"""The home page: ask, or go where your group, your subject, the newest or a course leads."""

from flask import render_template

from oer.catalogue.queries.browsing import count_public
from oer.catalogue.queries.collections import newest_collections
from oer.pages.queries import collection_cards, counts_of_terms, newest_cards
from oer.pages.views.frame import CATALOGUE, blueprint
from oer.vocabularies import vocabularies
from oer.web.context import db
from oer.web.kept_pages import kept

NEWEST, COURSES = 6, 4


@blueprint.get("/")
@kept(CATALOGUE)
def home() -> str:
    """Show what there is for whom."""
    terms = vocabularies()
    counts = counts_of_terms(db(), "audience", "subject")
    return render_template(
        "pages/home.html",
        total=count_public(db()),
        audiences=[term for term in terms.audiences if term.facts["priority"]],
        audience_counts=counts["audience"],
        subjects=terms.subjects.tops(),
        subject_counts=counts["subject"],
        newest=newest_cards(db(), NEWEST),
        courses=collection_cards(db(), newest_collections(db(), COURSES)),
    )
