"""The page of a material, its tombstone and cover; citing and sharing it."""

import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

import segno
from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from oer.accounts.permissions import Action, may
from oer.backends.storage import Missing
from oer.catalogue.queries.files import covers_of, formats_of
from oer.catalogue.queries.licensing import attribution, authors_of
from oer.catalogue.queries.materials import find_published
from oer.core.clock import city_date
from oer.core.errors import Gone, NotFound, OerError
from oer.core.i18n import LANGUAGES, N_, in_language
from oer.core.links import Links
from oer.core.responsible import responsible
from oer.core.text import as_script
from oer.covers.chat_pictures import ChatPicture, draw_chat_picture
from oer.covers.covers import cover_of
from oer.exchange.bibliographic import citation_tags
from oer.exchange.crosswalk import Encoding, MaterialFacts
from oer.exchange.formats import link_header
from oer.exchange.json_ld import learning_resource
from oer.exchange.views.material import in_preferred_format
from oer.files.queries import servable_blob
from oer.learning.queries.voices import first_said_under, rating_figures
from oer.reading.citation import citation
from oer.reading.jobs import chat_pictures_of
from oer.reading.queries.material import MaterialPage, material_page, recommendations
from oer.reading.views.blueprint import MATERIAL_VALIDATOR, blueprint, visible_material
from oer.statistics.queries.overview import material_figures
from oer.usage.views import record_event
from oer.web.context import db, installation, language, settings
from oer.web.file_responses import FileToSend, send_stored_file
from oer.web.identity import current_account
from oer.web.page_cache import cached_page, keep_out_of_cache

YEAR = "private, max-age=31536000, immutable"


def _record_view(public_id: str) -> None:
    record_event("view", public_id)


@blueprint.get("/materials/<public_id>")
@in_preferred_format
@cached_page(MATERIAL_VALIDATOR, on_hit=_record_view)
def material(public_id: str) -> Response | tuple[str, int]:
    """Show a material, or its tombstone if it was withdrawn."""
    try:
        visible = visible_material(public_id)
    except Gone as gone:
        if gone.code != "withdrawn":
            raise
        return render_template("reading/withdrawn.html", material=find_published(db(), public_id)), 410
    page = material_page(db(), visible)
    if not visible.preview:
        record_event("view", public_id)
    if visible.is_earlier:
        keep_out_of_cache()  # the validator asks for the files of the published version
    described = _described(page)
    text = render_template(
        "reading/material.html",
        page=page,
        record=page.record,
        recommendations=None
        if visible.number
        else recommendations(db(), installation().search_index, visible.material),
        figures=None if visible.number else material_figures(db(), public_id),
        rated=None if visible.number else rating_figures(db(), visible.material.id),
        said=None if visible.number else first_said_under(db(), visible.material),
        picture_key=_chat_picture(public_id, page.record, page.formats, page.cover).key[:10],
        json_ld=as_script(learning_resource(page.record, described, language())),
        citation_tags=citation_tags(page.record, described, language()),
    )
    response = make_response(text)
    if not visible.number:
        response.headers["Link"] = link_header(page.record, described)
    return response


@blueprint.get("/materials/<public_id>/cover.webp")
def cover(public_id: str) -> Response:
    """Send the cover of a material."""
    version = visible_material(public_id).version
    sha256 = covers_of(db(), [version.id]).get(version.id)
    if sha256 is None:
        raise NotFound(N_("This material has no cover."))
    blob = servable_blob(db(), installation().storage, sha256)
    response = send_stored_file(FileToSend(blob.sha256, blob.size, blob.media_type, "cover.webp", inline=True))
    if request.args.get("v") == sha256[:10]:
        response.headers["Cache-Control"] = YEAR
    return response


@blueprint.get("/materials/<public_id>/cover.png")
def chat_picture(public_id: str) -> Response:
    """Send the picture of a material for chats and social networks, drawn now if it is the first time."""
    version = visible_material(public_id).version
    formats = formats_of(db(), [version.id])[version.id]
    own = covers_of(db(), [version.id]).get(version.id)
    wanted = _chat_picture(public_id, version.record, formats, own)
    response = Response(content_type="image/png")
    response.set_etag(wanted.key[:20])
    response.headers["Cache-Control"] = YEAR if request.args.get("v") == wanted.key[:10] else "no-cache"
    if not request.if_none_match.contains(wanted.key[:20]):
        response.set_data(chat_pictures_of(installation()).find_or_draw(wanted.key, lambda: _drawn(wanted)))
    return response.make_conditional(request)


def _chat_picture(public_id: str, record: Mapping[str, Any], formats: Sequence[str], own: str | None) -> ChatPicture:
    return ChatPicture(cover_of(public_id, record, formats), own, settings().site_name)


def _drawn(wanted: ChatPicture) -> bytes:
    """Return the picture for chats; with a cover that is damaged or gone, as if there were none."""
    storage, own = installation().storage, None
    if wanted.picture:
        with suppress(OerError, Missing):
            own = b"".join(storage.read(servable_blob(db(), storage, wanted.picture).sha256))
    return draw_chat_picture(wanted, own)


def _described(page: MaterialPage) -> MaterialFacts:
    links, visible = Links(settings().base_url), page.visible
    material, own = visible.material, links.material(visible.material.public_id)
    return MaterialFacts(
        address=own,
        publisher=page.unit.name if page.unit else responsible(settings()).agency or _site_names(),
        published=city_date(material.first_published_at).isoformat() if material.first_published_at else None,
        changed=city_date(material.published_at).isoformat() if material.published_at else None,
        version=visible.version.number,
        image=links.page(f"/materials/{material.public_id}/cover.{'webp' if page.cover else 'png'}"),
        encodings=[
            Encoding(
                links.file(material.public_id, line.number),
                line.shown.blob.media_type,
                line.size,
                in_language(line.title, language()),
            )
            for line in page.contents
        ],
        courses=[
            (links.collection(place.collection.public_id), place.collection.title) for place in page.course_positions
        ],
        related=[(each.type, each.url or links.material(each.public_id or "")) for each in page.related],
    )


def _site_names() -> dict[str, str]:
    return {"vi": settings().site_name, "en": settings().site_name_en}


def _record_share(public_id: str) -> None:
    record_event("share", public_id)


# Endings of its address, with what the formats are called.
_FOR_PROGRAMS = (
    *(("bib", "BibTeX"), ("ris", "RIS"), ("csl.json", "CSL-JSON"), ("datacite.json", "DataCite")),
    *(("dc.xml", "Dublin Core"), ("jsonld", "JSON-LD")),
)


@blueprint.get("/materials/<public_id>/share")
@cached_page(MATERIAL_VALIDATOR, on_hit=_record_share)
def share(public_id: str) -> str:
    """Show how to cite and share a material."""
    visible = visible_material(public_id)
    record, address = visible.version.record, Links(settings().base_url).material(public_id)
    title = in_language(record.get("title"), language())
    if not visible.preview:
        record_event("share", public_id)
    return render_template(
        "reading/share.html",
        visible=visible,
        record=record,
        address=address,
        citation=citation(visible.material, record, address, language()),
        attributions=[
            attribution(
                record.get("title", {}),
                authors_of(record),
                Links(settings().base_url).material(public_id, code),
                record.get("licence", ""),
                code,
            )
            for code in LANGUAGES
        ],
        may_remix=not visible.preview and may(current_account(), Action.MATERIAL_CREATE),
        ways=_ways(title, address),
        formats=() if visible.number else _FOR_PROGRAMS,
    )


@blueprint.get("/materials/<public_id>/qr.svg")
def qr_code(public_id: str) -> Response:
    """Send a QR code of a material's address, for posters and slides."""
    visible_material(public_id)
    target = io.BytesIO()
    code = segno.make(Links(settings().base_url).material(public_id), error="m")
    code.save(target, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False)
    return Response(target.getvalue(), content_type="image/svg+xml")


def _ways(title: str, address: str) -> list[tuple[str, str]]:
    """Return names and addresses of the services to share with. They are plain links: nothing is loaded from there."""
    mail = "mailto:?" + urlencode({"subject": title, "body": f"{title}\n{address}"}, quote_via=quote)
    return [
        ("E-mail", mail),
        ("Zalo", f"https://zalo.me/share?{urlencode({'url': address, 'title': title})}"),
        ("Facebook", f"https://www.facebook.com/sharer/sharer.php?{urlencode({'u': address})}"),
    ]
