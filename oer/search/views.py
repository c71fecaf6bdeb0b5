"""Pages of search results, and suggestions while somebody types."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request, url_for
from markupsafe import Markup, escape

from oer.backends.search import Sort
from oer.core.db import Page
from oer.core.errors import Invalid
from oer.core.i18n import N_, in_language
from oer.search.criteria import Search
from oer.search.highlighting import Fragment
from oer.search.queries.facets import FacetValue
from oer.search.queries.results import Availability, ResultItem, ResultsPage, results_page
from oer.search.queries.rows import MaterialRow
from oer.search.queries.suggestions import PopularQueries, ShownSuggestion, alternatives, suggestions
from oer.search.query_parser import without_quotes
from oer.search.schemas import LONGEST_QUERY, read_search
from oer.usage.views import record_search
from oer.web.context import db, installation, language
from oer.web.errors import error_message
from oer.web.languages import gettext
from oer.web.page_cache import one_page_at_a_time
from oer.web.templates import address_of

# The blueprint of search's pages.

blueprint = Blueprint("search", __name__)


# Parts of a page of results that are made in Python: a page has a hundred boxes, sixty pieces of text, ten cards.

_MOST_DRAWN, _MOST_BOXES = 2000, 5000
_NUMBERED = {"presentation": N_("slide %(number)s"), "spreadsheet": N_("sheet %(number)s")}


@blueprint.app_template_filter("marked")
def _marked(pieces: Sequence[Fragment]) -> Markup:
    parts = [f"<mark>{escape(piece.text)}</mark>" if piece.marked else escape(piece.text) for piece in pieces]
    return Markup("".join(parts))  # noqa: S704 (every text in it is escaped)


@blueprint.app_template_filter("boxes")
def _checkboxes(values: Sequence[FacetValue], name: str) -> Markup:
    shown, chosen_language = current_app.jinja_env.filters["number"], language()
    parts = []
    for value in values:
        begin, end = _checkbox(name, value.code, in_language(value.labels, chosen_language))
        count = value.count if value.count < 1000 else shown(value.count)
        parts.append(f"{begin}{' checked' if value.chosen else ''}{end}{count}</span></label>\n")
        if value.below:
            parts.append(f'<div class="below">{_checkboxes(value.below, name)}</div>')
    return Markup("".join(parts))  # noqa: S704 (every text in it is escaped)


@lru_cache(maxsize=_MOST_BOXES)
def _checkbox(name: str, code: str, label: str) -> tuple[str, str]:
    """Return the HTML of a box before and after the place where it says that it is checked."""
    return f'<label><input type="checkbox" name="{name}" value="{escape(code)}"', f">{escape(label)}<span>"


class StaticParts(NamedTuple):
    """What a result shows of a material whatever was searched for."""

    picture: Markup
    link: Markup
    """The beginning of the link to its page; its title, with marks, follows."""
    whose: Markup
    facts: Markup


@lru_cache(maxsize=_MOST_DRAWN)
def _cached_parts(material: MaterialRow, _language: str, _root: str) -> StaticParts:
    macros: Any = current_app.jinja_env.get_template("search/_hit.html").module
    return StaticParts(*(getattr(macros, part)(material) for part in StaticParts._fields))


@blueprint.app_template_filter("unchanging")
def _unchanging(material: MaterialRow) -> StaticParts:
    return _cached_parts(material, language(), request.script_root)


@blueprint.app_template_filter("place_word")
def _place_word(found: ResultItem) -> str:
    """Return what the link to the place of a snippet says."""
    if found.is_spoken:
        return gettext("hear it there")
    if found.page:
        return gettext(_NUMBERED.get(found.format, N_("page %(number)s")), number=found.page)
    return gettext("part %(number)s", number=found.part) if found.part > 1 else gettext("read it there")


@blueprint.app_template_filter("address_in_reader")
def _address_in_reader(found: ResultItem, words: str) -> str:
    """Return where to read on, or to listen, with the words to mark; they stay out of the addresses that are kept."""
    if found.file is None:
        return ""
    endpoint = "reading.timestamp" if found.is_spoken else "reading.read"
    address = address_of(endpoint, public_id=found.material.public_id, position=found.file.position)
    return address + _query_string(words, found.part if found.part > 1 and not found.is_spoken else 0)


@lru_cache(maxsize=64)
def _query_string(words: str, page: int) -> str:
    arguments: dict[str, str | int] = {"q": words} if words else {}
    if page:
        arguments["page"] = page
    return f"?{urlencode(arguments)}" if arguments else ""


# Pages of results.

ORDERS = {
    Sort.RELEVANCE: N_("most relevant"),
    Sort.NEWEST: N_("newest"),
    Sort.MOST_USED: N_("most used"),
    Sort.TITLE: N_("A–Z"),
}


@blueprint.get("/search")
def results() -> tuple[str, int]:
    """Show a page of results, or, without a question, everything there is, newest first."""
    search, faults = read_search(request.args.to_dict(flat=False))
    if faults:
        return _page(ResultsPage(search, Page((), 1, search.size, 0)), faults), 400
    with one_page_at_a_time():
        found = results_page(db(), installation().search_index, search, language())
        page = _page(found)
    if found.standing is Availability.UNAVAILABLE:
        return page, 503
    if search.text or search.filters:
        record_search(search.text, found.page.total, page=search.page)
    return page, 200


def _page(found: ResultsPage, faults: list[Invalid] | None = None) -> str:
    empty = not faults and found.standing is not Availability.UNAVAILABLE and not found.page.total
    return render_template(
        "search/results.html",
        results=found,
        search=found.search,
        unquoted=without_quotes(found.search.text),
        faults=[error_message(fault) for fault in faults or ()],
        ideas=alternatives(db(), installation().search_index, found.search.text) if empty else [],
        address=_address,
        orders=ORDERS,
        longest=LONGEST_QUERY,
    )


def _address(search: Search) -> str:
    arguments = search.arguments()
    return address_of("search.results") + (f"?{urlencode(arguments, doseq=True)}" if arguments else "")


# What is suggested while somebody types.

KINDS = {
    "query": N_("Others searched for"),
    "title": N_("Material"),
    "subject": N_("Subject"),
    "person": N_("Person"),
    "keyword": N_("Keyword"),
}
_POPULAR_QUERIES = "oer_fruitful_queries"


@blueprint.get("/search/suggest")
def suggested() -> Response:
    """Give suggestions for the beginning of a query as JSON, each with its kind in words and its address."""
    kept = current_app.extensions.setdefault(_POPULAR_QUERIES, PopularQueries())
    text = request.args.get("q", "")[:LONGEST_QUERY]
    found = suggestions(db(), installation().search_index, kept, text)
    given = {"suggestions": [_suggestion(each) for each in found], "status": _count(len(found))}
    body = current_app.json.dumps(given, ensure_ascii=False, sort_keys=False)
    return Response(body, content_type="application/json; charset=utf-8", headers={"Cache-Control": "max-age=60"})


def _count(number: int) -> str:
    if not number:
        return gettext("No suggestions")
    if number == 1:
        return gettext("1 suggestion")
    return gettext("%(num)s suggestions", num=number)


def _suggestion(each: ShownSuggestion) -> dict[str, Any]:
    if each.kind == "title":
        address = url_for("reading.material", public_id=each.id)
    elif each.kind == "subject":
        address = url_for("pages.subject", code=each.code)
    elif each.kind == "person":
        address = url_for("pages.person", name=each.code)
    else:
        address = url_for("search.results", q=each.text)
    return {"kind": gettext(KINDS.get(each.kind, each.kind)), "text": each.text, "url": address}
