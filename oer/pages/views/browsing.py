"""Walking through what there is: by subject, audience and level."""

from flask import render_template

from oer.catalogue.queries.browsing import materials_with, term_counts
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.pages.queries import page_of_cards
from oer.pages.views.frame import CATALOGUE, asked_page, blueprint
from oer.vocabularies import Scheme, vocabularies
from oer.web.context import db
from oer.web.kept_pages import kept

SIZE = 24
UNKNOWN = N_("There is no such subject, group or level.")


@blueprint.get("/subjects")
@kept(CATALOGUE)
def subjects() -> str:
    """Show all subjects, and the other ways to walk through what there is."""
    terms = vocabularies()
    counts = {scheme: term_counts(db(), scheme) for scheme in ("subject", "audience", "level")}
    return render_template("pages/subjects.html", terms=terms, counts=counts)


@blueprint.get("/subjects/<code>")
@kept(CATALOGUE)
def subject(code: str) -> str:
    """Show the materials of a subject, and the narrower ones below it."""
    return _term_page("subject", vocabularies().subjects, code)


@blueprint.get("/audiences/<code>")
@kept(CATALOGUE)
def audience(code: str) -> str:
    """Show the materials for one of the city's groups."""
    return _term_page("audience", vocabularies().audiences, code)


@blueprint.get("/levels/<code>")
@kept(CATALOGUE)
def level(code: str) -> str:
    """Show the materials of an education level."""
    return _term_page("level", vocabularies().levels, code)


def _term_page(name: str, scheme: Scheme, code: str) -> str:
    term = scheme.get(code)
    if term is None:
        raise NotFound(UNKNOWN)
    return render_template(
        "pages/term.html",
        scheme=name,
        term=term,
        above=scheme.get(term.parent) if term.parent else None,
        below=scheme.children(code),
        counts=term_counts(db(), name),
        page=page_of_cards(db(), materials_with(db(), name, code, asked_page(), SIZE)),
    )
