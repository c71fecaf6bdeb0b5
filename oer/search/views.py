"""Pages of search, and what is suggested while somebody types."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from markupsafe import Markup, escape

from oer.backends.search import Sort
from oer.core.errors import Invalid
from oer.core.i18n import N_, in_language
from oer.core.paging import Page
from oer.search.queries import KeptQueries, Results, Standing, Suggested, find, ideas_for, suggest
from oer.search.queries.counts import FacetValue
from oer.search.question import Search
from oer.search.schemas import LONGEST_QUERY, read_search
from oer.search.snippets import Piece
from oer.usage.views import note_search
from oer.web.context import db, engines, language
from oer.web.errors import message_of
from oer.web.languages import gettext
from oer.web.turns import a_turn

blueprint = Blueprint("search", __name__)
ORDERS = {
    Sort.RELEVANCE: N_("most relevant"),
    Sort.NEWEST: N_("newest"),
    Sort.MOST_USED: N_("most used"),
    Sort.TITLE: N_("A–Z"),
}
KINDS = {
    "query": N_("Others searched for"),
    "title": N_("Material"),
    "subject": N_("Subject"),
    "person": N_("Person"),
    "keyword": N_("Keyword"),
}
_KEPT = "oer_fruitful_queries"


# These two are made in Python, and not by Markup's own formatting: a page has a hundred boxes and sixty pieces.
@blueprint.app_template_filter("marked")
def _marked(pieces: Sequence[Piece]) -> Markup:
    parts = [f"<mark>{escape(piece.text)}</mark>" if piece.marked else escape(piece.text) for piece in pieces]
    return Markup("".join(parts))  # noqa: S704 (every text in it is escaped)


@blueprint.app_template_filter("boxes")
def _boxes(values: Sequence[FacetValue], name: str) -> Markup:
    shown, chosen_language = current_app.jinja_env.filters["number"], language()
    parts = []
    for value in values:
        label, checked = escape(in_language(value.labels, chosen_language)), " checked" if value.chosen else ""
        box = f'<input type="checkbox" name="{name}" value="{escape(value.code)}"{checked}>'
        count = value.count if value.count < 1000 else shown(value.count)
        parts.append(f"<label>{box}{label}<span>{count}</span></label>\n")
        if value.below:
            parts.append(f'<div class="below">{_boxes(value.below, name)}</div>')
    return Markup("".join(parts))  # noqa: S704 (every text in it is escaped)


@blueprint.get("/search")
def results() -> tuple[str, int]:
    """Show a page of results, or, without a question, everything there is, newest first."""
    search, faults = read_search(request.args.to_dict(flat=False))
    if faults:
        return _page(Results(search, Page((), 1, search.size, 0)), faults), 400
    with a_turn():
        found = find(db(), engines().search_index, search, language())
        page = _page(found)
    if found.standing is Standing.UNAVAILABLE:
        return page, 503
    if search.text or search.filters:
        note_search(search.text, found.page.total, page=search.page)
    return page, 200


def _page(found: Results, faults: list[Invalid] | None = None) -> str:
    empty = not faults and found.standing is not Standing.UNAVAILABLE and not found.page.total
    return render_template(
        "search/results.html",
        results=found,
        search=found.search,
        faults=[message_of(fault) for fault in faults or ()],
        ideas=ideas_for(db(), engines().search_index, found.search.text) if empty else [],
        address=_address,
        orders=ORDERS,
        longest=LONGEST_QUERY,
    )


def _address(search: Search) -> str:
    return url_for("search.results", **search.arguments())  # type: ignore[arg-type]


@blueprint.get("/search/suggest")
def suggested() -> Response:
    """Give suggestions for the beginning of a query as JSON, each with its kind in words and its address."""
    kept = current_app.extensions.setdefault(_KEPT, KeptQueries())
    text = request.args.get("q", "")[:LONGEST_QUERY]
    found = suggest(db(), engines().search_index, kept, text)
    given = {"suggestions": [_suggestion(each) for each in found], "status": _count(len(found))}
    body = current_app.json.dumps(given, ensure_ascii=False, sort_keys=False)
    return Response(body, content_type="application/json; charset=utf-8", headers={"Cache-Control": "max-age=60"})


def _count(number: int) -> str:
    if not number:
        return gettext("No suggestions")
    if number == 1:
        return gettext("1 suggestion")
    return gettext("%(num)s suggestions", num=number)


def _suggestion(each: Suggested) -> dict[str, Any]:
    if each.kind == "title":
        address = url_for("reading.material", public_id=each.id)
    elif each.kind == "subject":
        address = url_for("pages.subject", code=each.code)
    elif each.kind == "person":
        address = url_for("pages.person", name=each.code)
    else:
        address = url_for("search.results", q=each.text)
    return {"kind": gettext(KINDS.get(each.kind, each.kind)), "text": each.text, "url": address}
