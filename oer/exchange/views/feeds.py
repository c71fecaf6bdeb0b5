"""Feeds (Atom, RFC 4287): what is new, and what is found by a search, in the language of the address."""

from dataclasses import replace
from urllib.parse import urlencode

from flask import Response, request

from oer.backends.search import Sort
from oer.catalogue.queries.browsing import materials_by_public_ids, newest
from oer.core.errors import Unavailable
from oer.core.i18n import in_language
from oer.core.links import Links
from oer.exchange.views.frame import blueprint, xml
from oer.search.queries import Results, Standing, find
from oer.search.question import Search
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
    given = request.args.to_dict(flat=False)
    asked, faults = read_search({name: values for name, values in given.items() if name not in ("sort", "page")})
    if faults:
        raise faults[0]
    size = asked.size if "size" in given else SIZE
    found = find(db(), engines().search_index, replace(asked, sort=Sort.NEWEST, size=size), language())
    if found.standing is Standing.UNAVAILABLE:
        raise Unavailable(WORDS[503])
    ids = [hit.material.public_id for hit in found.page.items]
    known = materials_by_public_ids(db(), ids)
    return xml(
        "exchange/feed.xml",
        ATOM,
        title=_title(found),
        own=_address("/search.atom", asked),
        page=_address("/search", asked),
        links=Links(settings().base_url),
        materials=[known[each] for each in ids if each in known],
    )


def _title(found: Results) -> str:
    """Return what was really searched for: the words as they were read, and the filters."""
    words = found.readings[0].query if found.readings else found.search.text
    asked = [words, *(in_language(chip.labels, language()) for chip in found.chips)]
    what = ", ".join(filter(None, asked))
    return gettext("Search: %(words)s", words=what) if what else gettext("Newest materials")


def _address(path: str, search: Search) -> str:
    """Return an address of a search that is the same however the search was written: a feed's id does not change."""
    arguments = search.arguments()
    page = Links(settings().base_url).page(path, language())
    return page + (f"?{urlencode(arguments, doseq=True)}" if arguments else "")
