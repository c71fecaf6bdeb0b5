"""The home page: ask, or go where your group, your subject, the newest or a course leads."""

from flask import render_template

from oer.catalogue.queries.browsing import count_public, newest, term_counts
from oer.catalogue.queries.collections import public_collections
from oer.pages.queries import cards, collection_cards
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
    return render_template(
        "pages/home.html",
        total=count_public(db()),
        audiences=[term for term in terms.audiences if term.facts["priority"]],
        audience_counts=term_counts(db(), "audience"),
        subjects=terms.subjects.tops(),
        subject_counts=term_counts(db(), "subject"),
        newest=cards(db(), newest(db(), NEWEST)),
        courses=collection_cards(db(), public_collections(db(), size=COURSES).items),
    )
