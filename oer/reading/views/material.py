"""The page of a material, its tombstone, its cover."""

from flask import render_template, request
from werkzeug.wrappers import Response

from oer.catalogue.queries import find_published
from oer.catalogue.queries.covers import covers_of
from oer.core.errors import Gone, NotFound
from oer.core.i18n import N_
from oer.core.links import Links
from oer.exchange.json_ld import Described, Encoding, as_script, learning_resource
from oer.files.queries import servable_blob
from oer.reading.queries import MaterialPage, material_page
from oer.reading.queries.neighbours import neighbours
from oer.reading.views.frame import MATERIAL, blueprint, seen_material
from oer.statistics.queries.materials import material_figures
from oer.usage.views import note
from oer.web.context import db, engines, language, settings
from oer.web.kept_pages import kept
from oer.web.sending import Outgoing, send_stored

YEAR = "private, max-age=31536000, immutable"


def _note_view(public_id: str) -> None:
    note("view", public_id)


@blueprint.get("/materials/<public_id>")
@kept(MATERIAL, on_hit=_note_view)
def material(public_id: str) -> str | tuple[str, int]:
    """Show what a material is, or that it was withdrawn."""
    try:
        seen = seen_material(public_id)
    except Gone:
        return render_template("reading/withdrawn.html", material=find_published(db(), public_id)), 410
    page = material_page(db(), seen)
    if not seen.preview:
        note("view", public_id)
    return render_template(
        "reading/material.html",
        page=page,
        record=page.record,
        neighbours=None if seen.preview else neighbours(db(), engines().search_index, seen.material),
        figures=None if seen.preview else material_figures(db(), public_id),
        json_ld=as_script(learning_resource(page.record, _described(page), language())),
    )


@blueprint.get("/materials/<public_id>/cover.webp")
def cover(public_id: str) -> Response:
    """Send the small picture that stands for a material."""
    version = seen_material(public_id).version
    sha256 = covers_of(db(), [version.id]).get(version.id)
    if sha256 is None:
        raise NotFound(N_("This material has no cover."))
    blob = servable_blob(db(), engines().storage, sha256)
    response = send_stored(Outgoing(blob.sha256, blob.size, blob.media_type, "cover.webp", inline=True))
    if request.args.get("v") == sha256[:10]:
        response.headers["Cache-Control"] = YEAR
    return response


def _described(page: MaterialPage) -> Described:
    links, seen = Links(settings().base_url), page.seen
    material, own = seen.material, links.material(seen.material.public_id)
    return Described(
        address=own,
        publisher=page.unit.name if page.unit else {"vi": settings().site_name, "en": settings().site_name_en},
        published=material.first_published_at.date().isoformat() if material.first_published_at else None,
        changed=material.published_at.date().isoformat() if material.published_at else None,
        version=seen.version.number,
        image=links.page(f"/materials/{material.public_id}/cover.webp") if page.cover else None,
        encodings=[
            Encoding(links.file(material.public_id, line.position), line.shown.blob.media_type, line.size, line.name)
            for line in page.contents
        ],
        courses=[(links.collection(place.collection.public_id), place.collection.title) for place in page.places],
    )
