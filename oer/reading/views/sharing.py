"""Citing and sharing a material: words to copy, a link, a QR code, links that carry it elsewhere."""

import io
from urllib.parse import quote, urlencode

import segno
from flask import Response, render_template

from oer.core.i18n import in_language
from oer.core.links import Links
from oer.reading.citing import citation
from oer.reading.views.frame import MATERIAL, blueprint, seen_material
from oer.usage.views import note
from oer.web.context import language, settings
from oer.web.kept_pages import kept


def _note_share(public_id: str) -> None:
    note("share", public_id)


@blueprint.get("/materials/<public_id>/share")
@kept(MATERIAL, on_hit=_note_share)
def share(public_id: str) -> str:
    """Show how to cite and to share a material."""
    seen = seen_material(public_id)
    record, address = seen.version.record, Links(settings().base_url).material(public_id)
    title = in_language(record.get("title"), language())
    if not seen.preview:
        note("share", public_id)
    return render_template(
        "reading/share.html",
        seen=seen,
        record=record,
        address=address,
        citation=citation(seen.material, record, address, language()),
        ways=_ways(title, address),
    )


@blueprint.get("/materials/<public_id>/qr.svg")
def qr_code(public_id: str) -> Response:
    """Send a QR code that leads to a material, for posters and slides."""
    seen_material(public_id)
    target = io.BytesIO()
    code = segno.make(Links(settings().base_url).material(public_id), error="m")
    code.save(target, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False)
    return Response(target.getvalue(), content_type="image/svg+xml")


def _ways(title: str, address: str) -> list[tuple[str, str]]:
    """Return names and addresses of what carries a link elsewhere: plain links, nothing is loaded from there."""
    mail = "mailto:?" + urlencode({"subject": title, "body": f"{title}\n{address}"}, quote_via=quote)
    return [
        ("E-mail", mail),
        ("Zalo", f"https://zalo.me/share?{urlencode({'url': address, 'title': title})}"),
        ("Facebook", f"https://www.facebook.com/sharer/sharer.php?{urlencode({'u': address})}"),
    ]
