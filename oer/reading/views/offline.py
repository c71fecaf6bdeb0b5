"""Reading without a connection: what of a material a browser would keep, and the worker that answers with it there.

Nothing is kept unless a reader asks for it, with its size told first. What is kept was asked for without cookies, so
nobody's own page is ever among it. With `OER_OFFLINE` off the worker removes itself and all that was kept.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import unquote

from flask import Response, jsonify, render_template, url_for
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup

from oer.backends.extraction.formats.image import read_data_uri
from oer.backends.extraction.media_types import Family
from oer.backends.extraction.zip_directory import ArchiveError, read_entries
from oer.catalogue.models import FileRole
from oer.catalogue.queries.collections import chapters_of, find_public_collection
from oer.core.errors import NotFound
from oer.core.i18n import LANGUAGES, in_language
from oer.files import queries as files
from oer.files.queries import servable_blob
from oer.reading.queries.files import FileLine, file_lines
from oer.reading.queries.reader import contents_of
from oer.reading.views.blueprint import NO_FILE, blueprint, visible_file, visible_material
from oer.reading.views.files import EMBED_PICTURES, MOST_MEMBERS, MOST_PICTURE_BYTES
from oer.reading.views.readers import Reading, content_of, media_page
from oer.usage.views import record_event
from oer.web.context import db, installation, language, settings
from oer.web.templates import STATIC, asset

MOST_PAGES = 500
# What a page weighs beside its text, about.
_FRAME_BYTES = 30_000
_PICTURE = re.compile(r'<img [^>]*?src="([^"]+)"')
# What pages need that are read without a connection.
_ASSETS = (
    "look.css",
    "reader.css",
    "reader.js",
    "aloud.js",
    "offline.js",
    "shelf.js",
    "icon.svg",
    "search.css",
    "search.js",
)
_FONT = "alegreya-800-vi.woff2"
_COLOURS = {"background_color": "#fbf5e6", "theme_color": "#10352f"}


def _require_offline() -> None:
    if not settings().offline:
        raise NotFound(NO_FILE)


@blueprint.record_once
def _add_template_globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(offline=lambda: settings().offline)


@blueprint.get("/worker.js")
def worker() -> Response:
    """Send the script that answers for pages when there is no connection; or, switched off, one that ends itself."""
    source = (STATIC / "worker.js").read_text(encoding="utf-8")
    shell = [asset(each) for each in _ASSETS] + [asset(_FONT).split("?")[0]]
    shell += [("" if code == "vi" else f"/{code}") + url_for("reading.kept_here") for code in LANGUAGES]
    told = {
        "off": not settings().offline,
        "shell": shell,
        "version": hashlib.sha256(repr(shell).encode()).hexdigest()[:10],
    }
    response = Response(f"const told = {json.dumps(told)};\n{source}", content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Say how the site stands among the apps of a phone, in the language of the address."""
    name = settings().site_name if language() == "vi" else settings().site_name_en
    icons = [
        {"src": asset(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any maskable"}
        for size in (192, 512)
    ]
    home = url_for("pages.home")
    told = {
        "name": name,
        "short_name": "Học liệu mở" if language() == "vi" else "Open learning",
        "id": "/",
        "start_url": home,
        "scope": "/",
        "display": "standalone",
        "lang": language(),
        "icons": [{"src": asset("icon.svg"), "sizes": "any", "type": "image/svg+xml"}, *icons],
        **_COLOURS,
    }
    return Response(json.dumps(told, ensure_ascii=False), content_type="application/manifest+json; charset=utf-8")


@blueprint.get("/offline")
def kept_here() -> str:
    """Show what this browser keeps, which a script puts in; and where there is no connection, what can be read."""
    _require_offline()
    return render_template("reading/kept.html")


@dataclass(frozen=True)
class Kept:
    """A file as it would be kept: the page to open, its size in bytes, and what that page shows, each with its size."""

    page: str
    size: int
    shown: Sequence[tuple[str, int]]

    @property
    def weight(self) -> int:
        """All bytes together."""
        return self.size + sum(size for _, size in self.shown)


@blueprint.get("/materials/<public_id>/offline.json")
def to_keep(public_id: str) -> Response:
    """Say what a browser has to fetch to keep a material, with the size of each, and which state of it that is."""
    _require_offline()
    visible = visible_material(public_id)
    if visible.number or visible.preview:
        raise NotFound(NO_FILE)
    lines = file_lines(db(), visible.version)
    by_line = [(line, _kept(Reading(visible, line, lines, ""))) for line in lines if line.role == FileRole.CONTENT]
    kept = [found for _, found in by_line if found]
    state: list[Any] = [
        [line.shown.blob.sha256, line.shown.rendition.id if line.shown.rendition else 0] for line in lines
    ]
    state += [visible.version.number, visible.version.record]
    return jsonify(
        id=public_id,
        title=in_language(visible.version.record.get("title"), language()),
        version=hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16],
        bytes=sum(each.weight for each in kept),
        pages=[each.page for each in kept],
        fetch=[address for each in kept for address in (each.page, *(address for address, _ in each.shown))],
        left_out=[in_language(line.title, language()) for line, found in by_line if not found],
    )


@blueprint.get("/collections/<public_id>/offline.json")
def course_to_keep(public_id: str) -> Response:
    """Say which materials a course has that can be kept."""
    _require_offline()
    chapters = chapters_of(db(), find_public_collection(db(), public_id))
    ids = [item.material.public_id for chapter in chapters for item in chapter.items]
    return jsonify(id=public_id, materials=list(dict.fromkeys(ids)))


@blueprint.get("/materials/<public_id>/files/<int:number>/whole")
def whole(public_id: str, number: int) -> str:
    """Show all pages of a text at once: what is kept for reading without a connection."""
    _require_offline()
    visible, line, lines = visible_file(public_id, number)
    if not _keeps(line) or not _is_text(line):
        raise NotFound(NO_FILE)
    if not visible.preview:
        record_event("download", public_id, format=line.format_code)
    return _whole(Reading(visible, line, lines, ""))


def _is_text(line: FileLine) -> bool:
    return line.pages > 0 and not line.is_played and line.family is not Family.IMAGE


def _keeps(line: FileLine) -> bool:
    """Whether a file can be kept to be read, heard or watched; archives and very long texts are downloads."""
    if line.role != FileRole.CONTENT or not line.opens or line.family is Family.ARCHIVE:
        return False
    if line.family is Family.IMAGE:
        return not line.is_drawn and not line.smaller_widths  # of others several widths are shown
    return line.is_played or (_is_text(line) and line.pages <= MOST_PAGES)


def _whole(reading: Reading) -> str:
    rendition = reading.line.shown.rendition

    def place(page: int | None = None, _anchor: str = "") -> str:
        return f"#p-{page or 1}"

    pages = files.pages(db(), rendition.id) if rendition else []
    shown = [(page.number, page.label, content_of(reading, page.text, page.html, place)) for page in pages]
    return render_template(
        "reading/whole.html",
        reading=reading,
        record=reading.visible.version.record,
        is_aside=True,
        content=Markup("").join(each for _, _, each in shown),
        sections=shown,
        inside=contents_of(db(), reading.line),
    )


def _kept(reading: Reading) -> Kept | None:
    line = reading.line
    if not _keeps(line):
        return None
    values: dict[str, Any] = {"public_id": reading.visible.material.public_id, "number": line.number}
    page = url_for("reading.whole" if _is_text(line) else "reading.read", **values)
    if line.is_played:
        said = sum(len(each.encode()) for each in media_page(db(), line, reading.lines).texts)
        return Kept(page, _FRAME_BYTES + 2 * said, [(url_for("reading.play", **values), line.size)])
    if not _is_text(line):
        return Kept(page, _FRAME_BYTES, [(url_for("reading.show", **values), line.size)])
    html = _whole(reading)
    if 'class="no-words"' in html:
        return None
    addresses = list(dict.fromkeys(unescape(each) for each in _PICTURE.findall(html)))
    sizes = _picture_sizes(line, addresses)
    return Kept(page, len(html.encode()), [(each, sizes[each]) for each in addresses if each in sizes])


def _picture_sizes(line: FileLine, addresses: Sequence[str]) -> dict[str, int]:
    """Return the size of each picture in a document, by its address; without those that are not there."""
    names = {each: unquote(each.partition("/pictures/")[2].partition("?")[0]) for each in addresses}
    storage = installation().storage
    if not addresses:
        return {}
    blob = servable_blob(db(), storage, line.shown.blob.sha256)
    with storage.as_file(blob.sha256) as path, path.open("rb") as file:
        if line.family in EMBED_PICTURES:
            found = {each: read_data_uri(file, name) for each, name in names.items()}
            return {each: len(picture[1]) for each, picture in found.items() if picture}
        try:
            members = {each.name: each.size for each in read_entries(file, MOST_MEMBERS)}
        except ArchiveError:
            return {}
    return {
        each: members[name]
        for each, name in names.items()
        if members.get(name, MOST_PICTURE_BYTES + 1) <= MOST_PICTURE_BYTES
    }
