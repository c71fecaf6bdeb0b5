"""Search for machines, in the shape of InvenioRDM's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request

from oer.accounts.permissions import Action, may, require
from oer.backends.search import FacetCount
from oer.catalogue.queries.browsing import materials_by_public_ids, public_records
from oer.catalogue.schemas.public import public_material
from oer.catalogue.schemas.sheets import Written, write_materials
from oer.core.errors import Invalid, TooLarge, Unavailable
from oer.core.i18n import N_, in_language
from oer.core.links import Links
from oer.core.spreadsheets import CSV_TYPE, XLSX_TYPE
from oer.search.criteria import FACETS, Search
from oer.search.queries.results import Availability, SearchOutcome, search_outcome
from oer.search.schemas import read_search
from oer.usage.views import record_search
from oer.web.context import db, installation, language, settings
from oer.web.identity import require_account
from oer.web.languages import gettext

blueprint = Blueprint("search_api", __name__)
PATH = "/api/v1/materials"
MOST_EXPORTED = 10_000
NO_SHEET = N_("There is no sheet of the kind “%(name)s”: it is csv, xlsx or jsonl.")
TOO_MANY = N_("More than %(most)s materials match. Please narrow the search before you export it.")
EXPORT_TYPES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "jsonl": "application/jsonl; charset=utf-8"}
UNAVAILABLE = N_("The search index is being rebuilt. Please try again in a few minutes.")


@blueprint.get(PATH)
def materials() -> Response:
    """Give a page of the public materials that match a query, with counts by facet."""
    search, faults = read_search(request.args.to_dict(flat=False), strict=True)
    if faults:
        raise faults[0]
    outcome = search_outcome(db(), installation().search_index, search, last_page=False)
    if outcome.availability is Availability.UNAVAILABLE:
        raise Unavailable(UNAVAILABLE, code="index_unavailable")
    if search.text or search.filters:
        record_search(search.text, outcome.result.total, page=search.page)
    body = current_app.json.dumps(_document(outcome), ensure_ascii=False, sort_keys=False)
    return Response(body, content_type="application/json; charset=utf-8")


@blueprint.get("/search/export")
def export() -> Response:
    """Give staff the public materials that match a query as a sheet (`?as=`), in the columns that an import reads."""
    account = require_account()
    if not may(account, Action.MATERIAL_REVIEW):
        require(account, Action.MATERIAL_CREATE)
    search, faults = read_search(request.args.to_dict(flat=False))
    if faults:
        raise faults[0]
    ending = request.args.get("as", "xlsx")
    if ending not in EXPORT_TYPES:
        raise Invalid(NO_SHEET, field="as", name=ending[:20])
    whole = replace(search, page=1, size=MOST_EXPORTED)
    outcome = search_outcome(db(), installation().search_index, whole, last_page=False)
    if outcome.availability is Availability.UNAVAILABLE:
        raise Unavailable(UNAVAILABLE, code="index_unavailable")
    if outcome.result.total > MOST_EXPORTED:
        raise TooLarge(TOO_MANY, most=MOST_EXPORTED)
    ids = [hit.id for hit in outcome.result.hits]
    found = public_records(db(), ids)
    address = Links(settings().base_url).material
    rows = [Written(each, *found[each], {gettext("Address"): address(each)}) for each in ids if each in found]
    response = Response(write_materials(rows, ending, language()), content_type=EXPORT_TYPES[ending])
    response.headers["Content-Disposition"] = f"attachment; filename=materials.{ending}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _document(outcome: SearchOutcome) -> dict[str, Any]:
    links = Links(settings().base_url)
    found = materials_by_public_ids(db(), [hit.id for hit in outcome.result.hits])
    waiting = outcome.being_read
    return {
        "hits": {
            "total": outcome.result.total,
            "hits": [public_material(links, found[hit.id]) for hit in outcome.result.hits if hit.id in found],
        },
        "aggregations": {name: _buckets(name, counts) for name, counts in outcome.result.facets.items()},
        "links": _links(links, outcome),
        "sortBy": str(outcome.search.sort),
        "read_as": {each.typed: each.read_as for each in outcome.result.corrections},
        "incomplete": outcome.availability is Availability.INCOMPLETE,
        "being_read": {"count": waiting.count, "since": waiting.since and waiting.since.isoformat()},
    }


def _buckets(name: str, counts: Sequence[FacetCount]) -> Mapping[str, Any]:
    labels = FACETS[name].labels
    return {
        "buckets": [
            {"key": each.code, "doc_count": each.hits, "label": in_language(labels(each.code), language())}
            for each in counts
        ]
    }


def _links(links: Links, outcome: SearchOutcome) -> dict[str, str]:
    search, total = outcome.search, outcome.result.total
    found = {"self": _address(links, search)}
    if search.page > 1:
        found["prev"] = _address(links, search.on_page(search.page - 1))
    if search.page * search.size < total:
        found["next"] = _address(links, search.on_page(search.page + 1))
    return found


def _address(links: Links, search: Search) -> str:
    arguments = [(name, value) for name, values in search.arguments().items() for value in values]
    return links.page(PATH) + (f"?{urlencode(arguments)}" if arguments else "")
