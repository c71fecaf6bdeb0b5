"""Feeds: Atom (RFC 4287) and RSS 2.0 of everything that grows, podcasts of recordings among them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from oer.accounts.queries import find_unit_by_code
from oer.backends.search import Sort
from oer.catalogue.models import Material
from oer.catalogue.queries.browsing import materials_by_public_ids, materials_of_unit, materials_with, newest
from oer.catalogue.queries.collections import chapters_of, find_public_collection
from oer.core.errors import NotFound, Unavailable
from oer.core.i18n import N_, in_language
from oer.core.links import Links
from oer.exchange.queries.listing import Recording, newest_changes, recordings_of
from oer.exchange.xml_formats import without_controls
from oer.search.criteria import Search
from oer.search.queries.results import Availability, ResultsPage, results_page
from oer.search.schemas import read_search
from oer.vocabularies import vocabularies
from oer.web.context import db, installation, language, settings
from oer.web.errors import STATUS_MESSAGES
from oer.web.languages import gettext
from oer.web.page_cache import cached_page, etag_of

blueprint = Blueprint("exchange", __name__)
FEED_SIZE = 30
TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml"}
_ADDRESSES = {("/feed", "atom"): "/feed.xml"}
# One of the two rises with each publication, withdrawal, and change of a collection or unit.
CATALOGUE_VERSION = "SELECT page_revision, (SELECT sum(revision) FROM unit) FROM catalogue_state"


def xml(template: str, media_type: str = "application/xml", **values: Any) -> Response:
    """Return a rendered template as XML, whatever its texts hold."""
    body = without_controls(render_template(template, **values)).encode("utf-8", "replace")
    response = Response(body, content_type=f"{media_type}; charset=utf-8")
    response.set_etag(etag_of(body), weak=True)
    return response


@dataclass(frozen=True)
class Feed:
    """What a feed tells: its title, its path without the ending, the page it belongs to, materials or recordings.

    With `by_version` each version of a material is an entry of its own, dated when it came.
    """

    title: str
    path: str
    page: str
    materials: Sequence[Material] = ()
    recordings: Sequence[Recording] = ()
    summary: str = ""
    picture: str = ""
    by_version: bool = False
    query: str = ""

    @property
    def updated(self) -> datetime | None:
        """When something in it was published last."""
        return max((each.published_at for each in self.materials if each.published_at), default=None)


def _sent(feed: Feed, ending: str) -> Response:
    links = Links(settings().base_url)
    return xml(
        f"exchange/feed_{ending}.xml",
        TYPES[ending],
        feed=feed,
        # The first of them has been known by another name.
        own=links.page(_ADDRESSES.get((feed.path, ending), f"{feed.path}.{ending}"), language()) + feed.query,
        links=links,
        by_mail_date=format_datetime,
    )


@blueprint.get("/feed.xml", defaults={"ending": "atom"}, endpoint="newest_feed")
@blueprint.get("/feed.rss", defaults={"ending": "rss"}, endpoint="newest_rss")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def newest_feed(ending: str) -> Response:
    """Send the newest materials as a feed."""
    page = Links(settings().base_url).page("/", language())
    return _sent(Feed(gettext("Newest materials"), "/feed", page, newest(db(), FEED_SIZE)), ending)


@blueprint.get("/changes.<any(atom, rss):ending>")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def changes(ending: str) -> Response:
    """Send what was published last as a feed, new versions of older materials among it."""
    page = Links(settings().base_url).page("/", language())
    found = newest_changes(db(), FEED_SIZE)
    return _sent(Feed(gettext("New materials and new versions"), "/changes", page, found, by_version=True), ending)


@blueprint.get("/subjects/<code>.<any(atom, rss):ending>", defaults={"kind": "subjects"})
@blueprint.get("/audiences/<code>.<any(atom, rss):ending>", defaults={"kind": "audiences"})
@blueprint.get("/levels/<code>.<any(atom, rss):ending>", defaults={"kind": "levels"})
@cached_page(CATALOGUE_VERSION, in_outage=True)
def term_feed(kind: str, code: str, ending: str) -> Response:
    """Send the newest materials of a subject, audience or level as a feed."""
    scheme = vocabularies().scheme(kind)
    term = scheme.get(code)
    if term is None:
        raise NotFound(N_("This subject, group or level does not exist."))
    found = materials_with(db(), scheme.name, code, size=FEED_SIZE).items
    return _sent(_of_page(in_language(term.labels, language()), f"/{kind}/{code}", found), ending)


@blueprint.get("/units/<code>.<any(atom, rss):ending>")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def unit_feed(code: str, ending: str) -> Response:
    """Send the newest materials of a unit as a feed."""
    unit = find_unit_by_code(db(), code)
    found = materials_of_unit(db(), unit.id, size=FEED_SIZE).items
    return _sent(_of_page(in_language(unit.name, language()), f"/units/{code}", found), ending)


@blueprint.get("/collections/<public_id>.<any(atom, rss):ending>")
@cached_page(CATALOGUE_VERSION)
def collection_feed(public_id: str, ending: str) -> Response:
    """Send a collection as a feed: as RSS its recordings are a podcast, in the order of the collection."""
    collection = find_public_collection(db(), public_id)
    in_order = [item.material.public_id for chapter in chapters_of(db(), collection) for item in chapter.items]
    known = materials_by_public_ids(db(), in_order)
    materials = [known[each] for each in in_order if each in known]
    links = Links(settings().base_url)
    feed = _of_page(in_language(collection.title, language()), f"/collections/{public_id}", materials)
    return _sent(
        replace(
            feed,
            summary=in_language(collection.summary, language()),
            recordings=recordings_of(db(), links, materials) if ending == "rss" else (),
            picture=links.page(f"/collections/{public_id}/cover.png"),
        ),
        ending,
    )


def _of_page(title: str, path: str, materials: Iterable[Material]) -> Feed:
    return Feed(title, path, Links(settings().base_url).page(path, language()), list(materials))


@blueprint.get("/search.atom", defaults={"ending": "atom"}, endpoint="search_feed")
@blueprint.get("/search.rss", defaults={"ending": "rss"}, endpoint="search_rss")
def search_feed(ending: str) -> AnyResponse:
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
    materials = [known[each] for each in ids if each in known]
    query = _query(asked)
    page = Links(settings().base_url).page("/search", language()) + query
    feed = Feed(_title(found), "/search", page, materials, query=query)
    return _sent(feed, ending).make_conditional(request)


def _title(found: ResultsPage) -> str:
    """Return what was searched for: the words after corrections, and the filters."""
    words = found.corrected_text or found.search.text
    asked = [words, *(in_language(chip.labels, language()) for chip in found.chips)]
    what = ", ".join(filter(None, asked))
    return gettext("Search: %(words)s", words=what) if what else gettext("Newest materials")


def _query(search: Search) -> str:
    """Return a search as it is written in addresses: a feed's id must not depend on how that was."""
    arguments = search.arguments()
    return f"?{urlencode(arguments, doseq=True)}" if arguments else ""
