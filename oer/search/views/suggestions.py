"""What is suggested while somebody types."""

from typing import Any

from flask import Response, current_app, request, url_for

from oer.core.i18n import N_
from oer.search.queries import KeptQueries, Suggested, suggest
from oer.search.schemas import LONGEST_QUERY
from oer.search.views.frame import blueprint
from oer.web.context import db, engines
from oer.web.languages import gettext

KINDS = {
    "query": N_("Others searched for"),
    "title": N_("Material"),
    "subject": N_("Subject"),
    "person": N_("Person"),
    "keyword": N_("Keyword"),
}
_KEPT = "oer_fruitful_queries"


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
