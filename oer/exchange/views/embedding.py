"""Materials in pages of others: a small page that may be framed, and oEmbed, which tells how to frame it."""

import json
import re
from typing import Any

from flask import Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from oer.catalogue.queries.materials import find_public
from oer.core.errors import Gone, Invalid, NotFound, OerError
from oer.core.i18n import LANGUAGES, N_, in_language
from oer.core.ids import is_public_id
from oer.core.links import Links
from oer.exchange.queries.listing import opds_records, recordings_of
from oer.exchange.views.feeds import blueprint
from oer.exchange.xml_formats import escaped
from oer.web.context import db, language, settings
from oer.web.headers import CONTENT_SECURITY_POLICY

NO_MATERIAL = N_("There is no such material.")
_NOT_OURS = N_("This is not the address of a material here.")
_NO_NUMBER = N_("%(name)s is a number of pixels.")
_NO_SUCH_FORM = N_("An answer is JSON or XML.")
_SIZES = {"video": (640, 420), "audio": (640, 220), "": (640, 220)}
_SMALLEST = 200
_PATH = re.compile(rf"(?:/(?P<language>{'|'.join(LANGUAGES)}))?/materials/(?P<public_id>[^/.]+)(?:/.*|\.\w+)?")


class NotImplementedHere(OerError):
    """What is asked for is not among what is offered (501)."""

    status, code = 501, "not_implemented"


@blueprint.get("/materials/<public_id>/embed")
def embed(public_id: str) -> AnyResponse:
    """Show a material small enough for a frame: its recording to be played here, else its cover and a way to it.

    The only page that others may frame: it knows nobody, has no form, and changes nothing.
    """
    material = find_public(db(), public_id)
    links = Links(settings().base_url)
    [shown] = opds_records(db(), links, [public_id])
    recordings = recordings_of(db(), links, [material])
    page = render_template(
        "exchange/embed.html",
        material=material,
        record=shown.record,
        cover=shown.cover,
        recording=recordings[0] if recordings else None,
        address=links.material(public_id, language()),
    )
    response = make_response(page)
    policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
    response.headers["Content-Security-Policy"] = policy.replace("form-action 'self'", "form-action 'none'")
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


@blueprint.get("/oembed")
def oembed() -> Response:
    """Tell how the material at an address of ours is shown in a page of others (oEmbed 1.0)."""
    form = request.args.get("format", "json")
    if form not in {"json", "xml"}:
        raise NotImplementedHere(_NO_SUCH_FORM)
    code, public_id = _asked_for(request.args.get("url", ""))
    try:
        said = _embedding(public_id, code)
    except Gone:  # whoever frames has no use for the difference
        raise NotFound(NO_MATERIAL) from None
    if form == "json":
        body, kind = json.dumps(said, ensure_ascii=False), "application/json"
    else:
        parts = "".join(f"<{name}>{escaped(str(value))}</{name}>" for name, value in said.items())
        body, kind = f'<?xml version="1.0" encoding="UTF-8"?>\n<oembed>{parts}</oembed>', "text/xml"
    response = Response(body.encode("utf-8", "replace"), content_type=f"{kind}; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _asked_for(address: str) -> tuple[str, str]:
    """Return language and id of the material that an address of this site is about. Raises Invalid, NotFound."""
    base = settings().base_url.rstrip("/")
    if not address.startswith(f"{base}/"):
        raise Invalid(_NOT_OURS, field="url")
    found = _PATH.fullmatch(address[len(base) :].partition("?")[0].partition("#")[0])
    if found is None or not is_public_id(found["public_id"]):
        raise NotFound(NO_MATERIAL)
    return found["language"] or LANGUAGES[0], found["public_id"]


def _embedding(public_id: str, code: str) -> dict[str, Any]:
    material = find_public(db(), public_id)
    links = Links(settings().base_url)
    [shown] = opds_records(db(), links, [public_id])
    recordings = recordings_of(db(), links, [material])
    kind = recordings[0].media_type.partition("/")[0] if recordings else ""
    width, height = (
        min(most, _limit(name)) for most, name in zip(_SIZES[kind], ("maxwidth", "maxheight"), strict=True)
    )
    title = in_language(shown.record.get("title"), code)
    makers = ", ".join(each["name"] for each in shown.record.get("creators", ()))
    found = {
        "version": "1.0",
        "type": "video" if kind == "video" else "rich",
        "title": title,
        "author_name": makers,
        "provider_name": in_language({"vi": settings().site_name, "en": settings().site_name_en}, code),
        "provider_url": links.page("/", code),
        "html": (
            f'<iframe src="{escaped(links.page(f"/materials/{public_id}/embed", code))}" title="{escaped(title)}" '
            f'width="{width}" height="{height}" allowfullscreen style="border:0"></iframe>'
        ),
        "width": width,
        "height": height,
        "thumbnail_url": links.page(f"/materials/{public_id}/cover.png"),
        "thumbnail_width": 1200,
        "thumbnail_height": 630,
        "license_url": shown.record.get("licence", ""),
    }
    return {name: value for name, value in found.items() if value != ""}


def _limit(name: str) -> int:
    given = request.args.get(name, "")
    if not given:
        return 10_000
    if not (given.isascii() and given.isdecimal() and len(given) < 6):
        raise Invalid(_NO_NUMBER, field=name, name=name)
    return max(_SMALLEST, int(given))
