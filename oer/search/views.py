"""Pages of search results, and suggestions while somebody types."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from oer.accounts.models import Account
from oer.accounts.permissions import Action, may, require
from oer.backends.search import Sort
from oer.catalogue.queries.browsing import cards_by_public_ids
from oer.catalogue.queries.collections import collection_to_edit, public_ids_in
from oer.core.db import Page
from oer.core.errors import Invalid
from oer.core.i18n import N_, in_language, language_shown
from oer.search.api import EXPORT_TYPES
from oer.search.criteria import Search
from oer.search.highlighting import Fragment
from oer.search.queries.facets import FacetValue, ShownFacet
from oer.search.queries.other_names import forget_names, name_lines
from oer.search.queries.results import Availability, ResultItem, ResultsPage, results_page, search_outcome
from oer.search.queries.rows import MaterialRow
from oer.search.queries.suggestions import PopularQueries, ShownSuggestion, alternatives, suggestions
from oer.search.query_parser import without_quotes
from oer.search.schemas import LONGEST_QUERY, read_search
from oer.search.services import add_names, remove_names, restore_names
from oer.usage.views import record_search
from oer.vocabularies import vocabularies
from oer.web.context import db, installation, language
from oer.web.errors import error_message
from oer.web.identity import current_account, require_account
from oer.web.languages import gettext
from oer.web.page_cache import one_page_at_a_time
from oer.web.templates import address_of

blueprint = Blueprint("search", __name__)

ORDERS = {
    Sort.RELEVANCE: N_("most relevant"),
    Sort.NEWEST: N_("newest"),
    Sort.MOST_USED: N_("most used"),
    Sort.TITLE: N_("A–Z"),
}
_MOST_CARDS, _MOST_CHECKBOXES = 2000, 5000
_NUMBERED = {"presentation": N_("slide %(number)s"), "spreadsheet": N_("sheet %(number)s")}

SUGGESTION_KINDS = {
    "query": N_("Others searched for"),
    "title": N_("Material"),
    "subject": N_("Subject"),
    "person": N_("Person"),
    "keyword": N_("Keyword"),
}
_POPULAR_QUERIES = "oer_popular_queries"


@blueprint.get("/search")
def results() -> tuple[str, int]:
    """Show a page of results, or, without a query, everything there is, newest first."""
    search, faults = read_search(request.args.to_dict(flat=False))
    if faults:
        return _page(ResultsPage(search, Page((), 1, search.size, 0)), faults), 400
    with one_page_at_a_time():
        found = results_page(db(), installation().search_index, search, language())
        page = _page(found)
    if found.availability is Availability.UNAVAILABLE:
        return page, 503
    if search.text or search.filters:
        record_search(search.text, found.page.total, page=search.page)
    return page, 200


def _page(found: ResultsPage, faults: Sequence[Invalid] = ()) -> str:
    empty = not faults and found.availability is not Availability.UNAVAILABLE and not found.page.total
    read_as = found.corrected_text or found.search.text
    return render_template(
        "search/results.html",
        results=found,
        items=[_shown_item(item, read_as) for item in found.page.items],
        facets=[_facet_box(facet) for facet in found.facets],
        search=found.search,
        unquoted=without_quotes(found.search.text),
        faults=[error_message(fault) for fault in faults],
        alternatives=alternatives(db(), installation().search_index, found.search.text, language()) if empty else [],
        address=_address,
        exports=_exports(found.search),
        orders=ORDERS,
        longest=LONGEST_QUERY,
    )


def _address(search: Search, endpoint: str = "search.results") -> str:
    # The arguments are added here: with lists among them, an address is not in the cache of `address_of`.
    arguments = search.arguments()
    return address_of(endpoint) + (f"?{urlencode(arguments, doseq=True)}" if arguments else "")


def _exports(search: Search) -> list[tuple[str, str]]:
    """Return the kinds of sheets in which staff may have what was found, with their addresses."""
    account: Account | None = current_account()
    if not (may(account, Action.MATERIAL_CREATE) or may(account, Action.MATERIAL_REVIEW)):
        return []
    here = address_of("search_api.export")
    asked = search.on_page(1).arguments()
    return [(kind, f"{here}?{urlencode({**asked, 'as': [kind]}, doseq=True)}") for kind in EXPORT_TYPES]


# Facets


class Checkbox(NamedTuple):
    """One value of a facet as the form shows it."""

    input: Markup
    """The box with its label."""
    hits: int | str
    below: Sequence["Checkbox"]


class FacetBox(NamedTuple):
    """One facet as the form shows it."""

    label: str
    first: Sequence[Checkbox]
    """What is shown at once."""
    rest: Sequence[Checkbox]
    is_open: bool
    """Whether something is chosen."""
    rest_is_open: bool


def _facet_box(facet: ShownFacet) -> FacetBox:
    return FacetBox(
        label=facet.label,
        first=_checkboxes(facet.name, facet.first),
        rest=_checkboxes(facet.name, facet.rest),
        is_open=facet.chosen > 0,
        rest_is_open=any(value.chosen for value in facet.rest) if facet.chosen else False,
    )


def _checkboxes(name: str, values: Sequence[FacetValue]) -> list[Checkbox]:
    return [
        Checkbox(
            _input(name, value.code, value.label, value.chosen),
            value.count if value.count < 1000 else current_app.jinja_env.filters["number"](value.count),
            _checkboxes(name, value.below) if value.below else (),
        )
        for value in values
    ]


@lru_cache(maxsize=_MOST_CHECKBOXES)
def _input(name: str, code: str, label: str, checked: bool) -> Markup:
    """Return a box with its label. A page has a hundred of them, most as on the page before: they are cached."""
    template = current_app.jinja_env.get_template("search/_checkbox.html")
    return Markup(template.render(name=name, code=code, label=label, checked=checked))  # noqa: S704 (templates escape)


# One result


class Card(NamedTuple):
    """What a result shows of a material whatever was searched for, in one language."""

    address: str
    title: str
    title_language: str
    kind: str
    cover: Markup
    facts: Markup


class ShownItem(NamedTuple):
    """A result as the page shows it."""

    card: Card
    title: Sequence[Fragment]
    snippet: Sequence[Fragment]
    link: str
    """Where to read on, or to listen; empty if the snippet is from no file."""
    link_text: str
    is_spoken: bool


def _shown_item(item: ResultItem, read_as: str) -> ShownItem:
    """Return a result as the page shows it; its link carries the query `read_as`, which is highlighted there."""
    link = _address_in_reader(item, read_as)
    return ShownItem(
        card=_card(item.material, language(), request.script_root),
        title=item.title,
        snippet=item.snippet,
        link=link,
        link_text=_link_text(item) if link else "",
        is_spoken=item.is_spoken,
    )


@lru_cache(maxsize=_MOST_CARDS)
def _card(material: MaterialRow, language: str, _root: str) -> Card:
    """Return a material's card. Rendering it takes longer than everything else of a result: it is cached by its row."""
    title, render = material.record.get("title"), current_app.jinja_env.get_template
    types = material.record.get("types") or []
    return Card(
        address=address_of("reading.material", public_id=material.public_id),
        title=in_language(title, language),
        title_language=language_shown(title, language),
        kind=in_language(vocabularies().types.labels(types[0]), language) if types else "",
        cover=Markup(render("search/_cover.html").render(material=material)),  # noqa: S704 (templates escape)
        facts=Markup(render("search/_facts.html").render(material=material)),  # noqa: S704
    )


def _link_text(item: ResultItem) -> str:
    if item.is_spoken:
        return gettext("listen from here")
    if item.page:
        return gettext(_NUMBERED.get(item.format, N_("page %(number)s")), number=item.page)
    return gettext("part %(number)s", number=item.part) if item.part > 1 else gettext("read on")


def _address_in_reader(item: ResultItem, words: str) -> str:
    if item.file is None:
        return ""
    endpoint = "reading.timestamp" if item.is_spoken else "reading.read"
    # The words are added here, so that they stay out of the addresses that are cached.
    address = address_of(endpoint, public_id=item.material.public_id, number=item.file.number)
    if item.is_spoken:
        return address + _query_string(words, 0)
    return address + _query_string(words, item.part if item.part > 1 else 0) + ("#hit" if words else "")


@lru_cache(maxsize=64)
def _query_string(words: str, page: int) -> str:
    arguments: dict[str, str | int] = {"q": words} if words else {}
    if page:
        arguments["page"] = page
    return f"?{urlencode(arguments)}" if arguments else ""


# Other names: administrators change them


def _administrator() -> Account:
    account: Account = require_account()
    require(account, Action.MATERIAL_ADMINISTER)
    return account


@blueprint.get("/admin/other-names")
def other_names() -> str:
    """Show the lines of other names, to be added to or chosen from."""
    _administrator()
    return render_template("search/other_names.html", names=name_lines(db()), fault="", typed="")


@blueprint.post("/admin/other-names/<any(add, remove, restore):action>")
def change_names(action: str) -> AnyResponse | tuple[str, int]:
    """Add lines, use the chosen ones no longer, or again."""
    actor, typed = _administrator(), request.form.get("lines", "")
    try:
        if action == "add":
            changed = add_names(db(), actor, typed)
        else:
            change = remove_names if action == "remove" else restore_names
            changed = change(db(), actor, request.form.getlist("line"))
    except Invalid as error:
        fault = error_message(error)
        return render_template("search/other_names.html", names=name_lines(db()), fault=fault, typed=typed), 400
    forget_names(installation().database.engine)
    flash(gettext("Lines that were changed: %(number)s.", number=changed), "good")
    return redirect(url_for("search.other_names"))


# Materials for a course


@blueprint.get("/my/collections/<public_id>/search")
def pick_materials(public_id: str) -> str:
    """Search for materials to be put into a collection; each result has its button, so several are picked in turn."""
    collection = collection_to_edit(db(), _educator(), public_id)
    search, faults = read_search({name: request.args.getlist(name) for name in ("q", "page")})
    outcome = None if faults else search_outcome(db(), installation().search_index, search)
    hits = [hit.id for hit in outcome.result.hits] if outcome else []
    cards = cards_by_public_ids(db(), hits)
    found = Page([cards[each] for each in hits if each in cards], 1, search.size, 0)
    if outcome:
        found = Page(found.items, outcome.search.page, search.size, outcome.result.total)
    return render_template(
        "search/pick.html",
        collection=collection,
        text=search.text,
        part=request.args.get("part", ""),
        page=found,
        inside=public_ids_in(db(), collection.id),
        is_away=outcome is not None and outcome.availability is Availability.UNAVAILABLE,
        faults=[error_message(fault) for fault in faults],
        longest=LONGEST_QUERY,
    )


def _educator() -> Account:
    account: Account = require_account()
    require(account, Action.COLLECTION_EDIT)
    return account


# Suggestions


@blueprint.get("/search/suggest")
def suggested() -> Response:
    """Give suggestions for the beginning of a query as JSON, each with its kind in words and its address."""
    popular = current_app.extensions.setdefault(_POPULAR_QUERIES, PopularQueries())
    text = request.args.get("q", "")[:LONGEST_QUERY]
    found = suggestions(db(), installation().search_index, popular, text)
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
    return {"kind": gettext(SUGGESTION_KINDS.get(each.kind, each.kind)), "text": each.text, "url": address}
