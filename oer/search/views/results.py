"""Pages of results."""

from urllib.parse import urlencode

from flask import render_template, request

from oer.backends.search import Sort
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.paging import Page
from oer.search.grammar import unquoted
from oer.search.queries import Results, Standing, find, ideas_for
from oer.search.question import Search
from oer.search.schemas import LONGEST_QUERY, read_search
from oer.search.views.frame import blueprint
from oer.usage.views import note_search
from oer.web.context import db, engines, language
from oer.web.errors import message_of
from oer.web.templates import address_of
from oer.web.turns import a_turn

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
        unquoted=unquoted(found.search.text),
        faults=[message_of(fault) for fault in faults or ()],
        ideas=ideas_for(db(), engines().search_index, found.search.text) if empty else [],
        address=_address,
        orders=ORDERS,
        longest=LONGEST_QUERY,
    )


def _address(search: Search) -> str:
    arguments = search.arguments()
    return address_of("search.results") + (f"?{urlencode(arguments, doseq=True)}" if arguments else "")
