"""One material in other formats: by an address of its own that ends in the format, and by what is accepted."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from oer.catalogue.queries.materials import find_public
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.core.ids import read_public_id
from oer.core.links import Links
from oer.exchange.formats import FORMATS, Format, preferred
from oer.exchange.queries.harvesting import record_with_id
from oer.exchange.views.feeds import blueprint
from oer.web.context import db, language, settings

_ENDINGS = ", ".join(f'"{ending}"' for ending in FORMATS)
_UNKNOWN = N_("There is no such material.")


@blueprint.get(f"/materials/<public_id>.<any({_ENDINGS}):ending>")
def described(public_id: str, ending: str) -> AnyResponse:
    """Send a public material in a format."""
    meant = read_public_id(public_id)
    if meant and meant != public_id:
        return redirect(url_for("exchange.described", public_id=meant, ending=ending), 301)
    form = FORMATS[ending]
    return _in_format(public_id, form, form.shown_as or form.media_type).make_conditional(request)


def _in_format(public_id: str, form: Format, media_type: str) -> Response:
    find_public(db(), public_id)
    links = Links(settings().base_url)
    found = record_with_id(db(), links, public_id)
    if found is None or found.is_deleted:
        raise NotFound(_UNKNOWN)
    text = form.write(found.record, found.facts, language())
    response = Response(text.encode("utf-8", "replace"), content_type=f"{media_type}; charset=utf-8")
    response.headers["Link"] = f'<{found.facts.address}>; rel="describes"; type="text/html"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    return response


def in_preferred_format(view: Callable[..., Any]) -> Callable[..., Any]:
    """Answer a material's page in the format that the Accept header prefers to a page, if it is one of ours."""

    @wraps(view)
    def answer(public_id: str) -> AnyResponse:
        form = preferred(request.headers.get("Accept", "")) if "version" not in request.args else None
        if form is None or read_public_id(public_id) != public_id:
            response = make_response(view(public_id=public_id))
        else:
            response = _in_format(public_id, form, form.media_type)
            response.headers["Content-Location"] = url_for(
                "exchange.described", public_id=public_id, ending=form.ending
            )
        response.vary.add("Accept")
        return response if form is None else response.make_conditional(request)

    return answer
