"""Feeds (Atom, RFC 4287), robots.txt (RFC 9309) and the sitemap (sitemaps.org 0.9)."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from oer.backends.search import Sort
from oer.catalogue.queries.browsing import materials_by_public_ids, newest
from oer.core.errors import NotFound, Unavailable
from oer.core.i18n import LANGUAGES, N_, in_language
from oer.core.links import Links
from oer.exchange.queries import sitemap_entries, sitemap_file_count
from oer.search.criteria import Search
from oer.search.queries.results import Availability, ResultsPage, results_page
from oer.search.schemas import read_search
from oer.web.context import db, installation, language, settings
from oer.web.errors import STATUS_MESSAGES
from oer.web.languages import gettext

blueprint = Blueprint("exchange", __name__)


def xml(template: str, media_type: str = "application/xml", **values: Any) -> Response:
    """Return a rendered template as XML."""
    return Response(render_template(template, **values), content_type=f"{media_type}; charset=utf-8")


FEED_SIZE = 30
ATOM = "application/atom+xml"


@blueprint.get("/feed.xml")
def newest_feed() -> Response:
    """Send the newest materials as a feed."""
    links = Links(settings().base_url)
    return xml(
        "exchange/feed.xml",
        ATOM,
        title=gettext("Newest materials"),
        own=links.page("/feed.xml", language()),
        page=links.page("/", language()),
        links=links,
        materials=newest(db(), FEED_SIZE),
    )


@blueprint.get("/search.atom")
def search_feed() -> Response:
    """Send the results of a search as a feed, newest first, so that a feed reader tells what is new."""
    given = request.args.to_dict(flat=False)
    asked, faults = read_search({name: values for name, values in given.items() if name not in ("sort", "page")})
    if faults:
        raise faults[0]
    size = asked.size if "size" in given else FEED_SIZE
    found = results_page(db(), installation().search_index, replace(asked, sort=Sort.NEWEST, size=size), language())
    if found.availability is Availability.UNAVAILABLE:
        raise Unavailable(STATUS_MESSAGES[503])
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


def _title(found: ResultsPage) -> str:
    """Return what was searched for: the words after corrections, and the filters."""
    words = found.corrected_text or found.search.text
    asked = [words, *(in_language(chip.labels, language()) for chip in found.chips)]
    what = ", ".join(filter(None, asked))
    return gettext("Search: %(words)s", words=what) if what else gettext("Newest materials")


def _address(path: str, search: Search) -> str:
    """Return the canonical address of a search: a feed's id must not depend on how the address was written."""
    arguments = search.arguments()
    page = Links(settings().base_url).page(path, language())
    return page + (f"?{urlencode(arguments, doseq=True)}" if arguments else "")


# Personal pages, and pages that are costly and hold nothing new: searches, page images, archive members.
DISALLOWED = (
    "/search",
    "/display",
    "/admin",
    "/account",
    "/my/",
    "/shelf/",
    "/lists/",
    "/unsubscribe/",
    "/review",
    "/sign-in",
    "/register",
    "/reset",
    "/api/",
    "/oai",
    "/materials/*/files/*/pages/",
    "/materials/*/files/*/members/",
    "/materials/*/files/*/read?*q=",
    "/materials/*/report",
    "/materials/*/save",
    "/materials/*/lists",
    "/materials/*/continue",
)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Tell robots which paths to leave alone, in each language, and where the sitemap is."""
    prefixes = ["", *(f"/{language}" for language in LANGUAGES if language != LANGUAGES[0])]
    lines = ["User-agent: *", *(f"Disallow: {prefix}{path}" for prefix in prefixes for path in DISALLOWED)]
    lines += ["", f"Sitemap: {Links(settings().base_url).page('/sitemap.xml')}", ""]
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List the files of the sitemap."""
    return xml("exchange/sitemap_index.xml", links=Links(settings().base_url), parts=sitemap_file_count(db()))


@blueprint.get("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """Send a file of the sitemap: its public addresses in each language."""
    places = sitemap_entries(db(), number) if number > 0 else []
    if not places:
        raise NotFound(N_("This part of the sitemap does not exist."))
    return xml("exchange/sitemap.xml", links=Links(settings().base_url), places=places, languages=LANGUAGES)
