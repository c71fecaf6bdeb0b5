"""Feeds (Atom, RFC 4287): what is new, and what is found by a search, in the language of the address."""

from flask import Response, request

from oer.backends.search import Sort
from oer.catalogue.queries.browsing import materials_by_public_ids, newest
from oer.core.errors import Unavailable
from oer.core.links import Links
from oer.exchange.views.frame import blueprint, xml
from oer.search.queries import Standing, find
from oer.search.schemas import read_search
from oer.web.context import db, engines, language, settings
from oer.web.errors import WORDS
from oer.web.languages import gettext

SIZE = 30
ATOM = "application/atom+xml"


@blueprint.get("/feed.xml")
def newest_feed() -> Response:
    """Give the newest materials as a feed."""
    links = Links(settings().base_url)
    return xml(
        "exchange/feed.xml",
        ATOM,
        title=gettext("Newest materials"),
        own=links.page("/feed.xml", language()),
        page=links.page("/", language()),
        links=links,
        materials=newest(db(), SIZE),
    )


@blueprint.get("/search.atom")
def search_feed() -> Response:
    """Give what a search finds as a feed, the newest first: to be told when there is more of it."""
    search, faults = read_search({**request.args.to_dict(flat=False), "sort": [Sort.NEWEST.value], "page": ["1"]})
    if faults:
        raise faults[0]
    found = find(db(), engines().search_index, search, language())
    if found.standing is Standing.UNAVAILABLE:
        raise Unavailable(WORDS[503])
    ids = [hit.material.public_id for hit in found.page.items]
    known = materials_by_public_ids(db(), ids)
    links, asked = Links(settings().base_url), request.query_string.decode("ascii", "ignore")
    return xml(
        "exchange/feed.xml",
        ATOM,
        title=gettext("Search: %(words)s", words=search.text),
        own=f"{links.page('/search.atom', language())}?{asked}",
        page=f"{links.page('/search', language())}?{asked}",
        links=links,
        materials=[known[each] for each in ids if each in known],
    )
