"""OPDS 1.2 (Atom) and 2.0 (JSON): the catalogue for e-readers, with facets, search and paging. One model, two faces."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from oer.catalogue.models import Collection
from oer.catalogue.queries.browsing import materials_with, newest_first, public_materials
from oer.catalogue.queries.collections import chapters_of, find_public_collection, public_collections
from oer.core.db import Page, page_of
from oer.core.errors import NotFound, Unavailable
from oer.core.i18n import N_, in_language
from oer.core.links import Links
from oer.exchange.queries.listing import OpdsRecord, opds_records
from oer.exchange.views.feeds import CATALOGUE_VERSION, blueprint, xml
from oer.search.criteria import Search
from oer.search.queries.facets import FacetValue, shown_facets
from oer.search.queries.results import Availability, SearchOutcome, search_outcome
from oer.search.schemas import read_search
from oer.vocabularies import vocabularies
from oer.web.context import db, installation, language, settings
from oer.web.errors import STATUS_MESSAGES
from oer.web.languages import gettext
from oer.web.page_cache import cached_page, etag_of

SIZE = 24
_MOST_CHOICES = 20
ATOM = "application/atom+xml;profile=opds-catalog"
JSON = "application/opds+json"
FACE = "<any(opds, opds2):face>"
OPEN_ACCESS = "http://opds-spec.org/acquisition/open-access"


@dataclass(frozen=True)
class Entry:
    """A way on: to another list, by its path below the catalogue's root; `lists` if there are materials in it."""

    title: str
    path: str
    summary: str = ""
    lists: bool = True


@dataclass(frozen=True)
class Choice:
    """A value of a facet: the list narrowed by it, or widened again if it `is_chosen`."""

    title: str
    path: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Listed:
    """One page of the catalogue: ways on, or materials with facets and the pages around it."""

    title: str
    path: str
    entries: Sequence[Entry] = ()
    records: Sequence[OpdsRecord] = ()
    facets: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    around: Mapping[str, str] = field(default_factory=dict)
    total: int | None = None
    number: int = 1

    @property
    def kind(self) -> str:
        """What OPDS calls it."""
        return "navigation" if self.entries else "acquisition"


def _sent(face: str, listed: Listed) -> Response:
    links = Links(settings().base_url)

    def address(path: str) -> str:
        return links.page(f"/{face}", language()) + path

    if face == "opds":
        return xml(
            "exchange/opds.xml",
            f"{ATOM};kind={listed.kind}",
            listed=listed,
            address=address,
            links=links,
            open_access=OPEN_ACCESS,
            media=ATOM,
        )
    body = json.dumps(_as_json(listed, address, links), ensure_ascii=False)
    response = Response(body.encode("utf-8", "replace"), content_type=JSON)
    response.set_etag(etag_of(response.get_data()), weak=True)
    return response


# OPDS 2.0.


def _as_json(listed: Listed, address: Callable[[str], str], links: Links) -> dict[str, Any]:
    metadata: dict[str, Any] = {"title": listed.title}
    if listed.total is not None:
        metadata |= {"numberOfItems": listed.total, "itemsPerPage": SIZE, "currentPage": listed.number}
    search = {"rel": "search", "href": address("/search{?q}"), "type": JSON, "templated": True}
    around = [{"rel": rel, "href": address(path), "type": JSON} for rel, path in listed.around.items()]
    found: dict[str, Any] = {
        "metadata": metadata,
        "links": [
            {"rel": "self", "href": address(listed.path), "type": JSON},
            {"rel": "start", "href": address(""), "type": JSON},
            search,
            *around,
        ],
    }
    if listed.entries:
        found["navigation"] = [
            {"href": address(each.path), "title": each.title, "type": JSON, "rel": "subsection"}
            for each in listed.entries
        ]
    else:
        found["publications"] = [_publication(each, links) for each in listed.records]
    if listed.facets:
        found["facets"] = [
            {"metadata": {"title": title}, "links": [_choice(each, address) for each in choices]}
            for title, choices in listed.facets.items()
        ]
    return found


def _choice(choice: Choice, address: Callable[[str], str]) -> dict[str, Any]:
    rel = {"rel": "self"} if choice.is_chosen else {}
    return {
        "href": address(choice.path),
        "type": JSON,
        "title": choice.title,
        "properties": {"numberOfItems": choice.count},
        **rel,
    }


def _publication(each: OpdsRecord, links: Links) -> dict[str, Any]:
    record, facts = each.record, each.facts
    labels = vocabularies().subjects.labels
    metadata = {
        "@type": "http://schema.org/LearningResource",
        "identifier": facts.address,
        "title": dict(record.get("title", {})),
        "author": [{"name": creator["name"]} for creator in record.get("creators", ())],
        "publisher": in_language(facts.publisher, language()),
        "language": record.get("language", []),
        "published": facts.published,
        "modified": each.changed_at.isoformat(timespec="seconds"),
        "description": in_language(record.get("summary"), language()),
        "subject": [
            {"name": in_language(labels(code), language()), "code": code} for code in record.get("subjects", ())
        ],
    }
    acquired = [{"rel": OPEN_ACCESS, "href": file, "type": kind} for file, kind in each.files]
    return {
        "metadata": {name: value for name, value in metadata.items() if value},
        "links": [
            *acquired,
            {"rel": "alternate", "href": links.material(each.public_id, language()), "type": "text/html"},
            {"rel": "describedby", "href": f"{facts.address}.jsonld", "type": "application/ld+json"},
            *([{"rel": "license", "href": record["licence"]}] if record.get("licence") else []),
        ],
        "images": [{"href": each.cover, "type": each.cover_type}],
    }


# The lists.


@blueprint.get(f"/{FACE}", endpoint="opds")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def root(face: str) -> Response:
    """Send the root of the catalogue: the ways on."""
    entries = [
        Entry(gettext("Newest materials"), "/new"),
        Entry(gettext("Subjects"), "/subjects", lists=False),
        Entry(gettext("For whom"), "/audiences", lists=False),
        Entry(gettext("Level"), "/levels", lists=False),
        Entry(gettext("Courses"), "/collections", lists=False),
    ]
    return _sent(face, Listed(_site_name(), "", entries))


def _site_name() -> str:
    return in_language({"vi": settings().site_name, "en": settings().site_name_en}, language())


@blueprint.get(f"/{FACE}/new", endpoint="opds_new")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def new(face: str) -> Response:
    """Send all materials, newest first."""
    page = page_of(db(), newest_first(public_materials()), _number(), SIZE)
    return _sent(face, _paged(gettext("Newest materials"), "/new", page))


def _number() -> int:
    return max(1, request.args.get("page", 1, type=int))


def _paged(title: str, path: str, page: Page[Any]) -> Listed:
    ids = [each.public_id for each in page.items]
    pages = {"first": 1, "previous": page.number - 1, "next": page.number + 1, "last": page.last}
    around = {name: f"{path}?page={number}" for name, number in pages.items() if 1 <= number <= page.last}
    records = opds_records(db(), Links(settings().base_url), ids)
    here = path if page.number == 1 else f"{path}?page={page.number}"
    return Listed(title, here, (), records, around=around, total=page.total, number=page.number)


_TITLES = {"subjects": N_("Subjects"), "audiences": N_("For whom"), "levels": N_("Level")}


@blueprint.get(f"/{FACE}/<any(subjects, audiences, levels):kind>", endpoint="opds_terms")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def terms(face: str, kind: str) -> Response:
    """Send the subjects, audiences or levels."""
    scheme = vocabularies().scheme(kind)
    found = [Entry(in_language(each.labels, language()), f"/{kind}/{each.code}") for each in scheme.tops()]
    return _sent(face, Listed(gettext(_TITLES[kind]), f"/{kind}", found))


@blueprint.get(f"/{FACE}/<any(subjects, audiences, levels):kind>/<code>", endpoint="opds_term")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def term(face: str, kind: str, code: str) -> Response:
    """Send the materials of a subject, audience or level, newest first; what is below it as a facet."""
    scheme = vocabularies().scheme(kind)
    found = scheme.get(code)
    if found is None:
        raise NotFound(N_("This subject, group or level does not exist."))
    page = materials_with(db(), scheme.name, code, _number(), SIZE)
    return _sent(face, _paged(in_language(found.labels, language()), f"/{kind}/{code}", page))


@blueprint.get(f"/{FACE}/collections", endpoint="opds_collections")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def collections(face: str) -> Response:
    """Send the collections, newest first."""
    page: Page[Collection] = public_collections(db(), _number(), SIZE)
    entries = [
        Entry(
            in_language(each.title, language()),
            f"/collections/{each.public_id}",
            in_language(each.summary, language()),
        )
        for each in page.items
    ]
    pages = {"previous": page.number - 1, "next": page.number + 1}
    around = {name: f"/collections?page={number}" for name, number in pages.items() if 1 <= number <= page.last}
    return _sent(face, Listed(gettext("Courses"), "/collections", entries, around=around, number=page.number))


@blueprint.get(f"/{FACE}/collections/<public_id>", endpoint="opds_collection")
@cached_page(CATALOGUE_VERSION)
def collection(face: str, public_id: str) -> Response:
    """Send the materials of a collection in their order."""
    found = find_public_collection(db(), public_id)
    ids = [item.material.public_id for chapter in chapters_of(db(), found) for item in chapter.items]
    records = opds_records(db(), Links(settings().base_url), ids)
    title, path = in_language(found.title, language()), f"/collections/{public_id}"
    return _sent(face, Listed(title, path, (), records, total=len(records)))


@blueprint.get(f"/{FACE}/search", endpoint="opds_search")
def search(face: str) -> AnyResponse:
    """Send a page of what a search finds, with facets that narrow it."""
    asked, faults = read_search({**request.args.to_dict(flat=False), "size": [str(SIZE)]})
    if faults:
        raise faults[0]
    outcome = search_outcome(db(), installation().search_index, asked, last_page=False)
    if outcome.availability is Availability.UNAVAILABLE:
        raise Unavailable(STATUS_MESSAGES[503])
    return _sent(face, _found(outcome)).make_conditional(request)


def _found(outcome: SearchOutcome) -> Listed:
    asked, total = outcome.search, outcome.result.total
    last = max(1, -(-total // SIZE))
    pages = {"first": 1, "previous": asked.page - 1, "next": asked.page + 1, "last": last}
    return Listed(
        gettext("Search: %(words)s", words=asked.text) if asked.text else gettext("Search"),
        _path(asked),
        (),
        opds_records(db(), Links(settings().base_url), [hit.id for hit in outcome.result.hits]),
        {gettext(title): choices for title, choices in _facets(outcome) if choices},
        {name: _path(asked.on_page(number)) for name, number in pages.items() if 1 <= number <= last},
        total,
        asked.page,
    )


def _facets(outcome: SearchOutcome) -> Iterator[tuple[str, list[Choice]]]:
    asked = outcome.search
    for facet in shown_facets(db(), asked, outcome.result.facets, language()):
        yield facet.label, [_choice_of(asked, facet.name, each) for each in facet.values[:_MOST_CHOICES]]


def _choice_of(asked: Search, name: str, value: FacetValue) -> Choice:
    wider = asked.without(name, value.code)
    codes = (*wider.filters.get(name, ()), value.code)
    narrower = replace(wider, filters={**wider.filters, name: codes})
    return Choice(value.label, _path(wider if value.chosen else narrower), value.count, value.chosen)


def _path(asked: Search) -> str:
    arguments = {name: value for name, value in asked.arguments().items() if name != "size"}
    return "/search" + (f"?{urlencode(arguments, doseq=True)}" if arguments else "")
