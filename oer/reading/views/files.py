"""Files on their way out: downloads, media, captions, all files in one ZIP, members of archives."""

import mimetypes
import posixpath
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader

from flask import Response, redirect, render_template, request, url_for
from markdown_it import MarkdownIt
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from oer.backends.extraction.archives import open_member
from oer.backends.extraction.formats.image import read_data_uri
from oer.backends.extraction.media_types import Family
from oer.backends.extraction.zip_directory import ArchiveError, ZipEntry, read_entries
from oer.core.errors import NotFound
from oer.core.i18n import N_, in_language
from oer.core.links import Links
from oer.files.queries import servable_blob, servable_blobs
from oer.reading.archive_contents import lines_to_download, material_files
from oer.reading.archives import Archive
from oer.reading.captions import write_vtt
from oer.reading.queries.files import FileLine, Sendable, file_in_service, file_lines, file_of_line
from oer.reading.sanitising import Addresses, clean_html
from oer.reading.views.blueprint import NO_FILE, blueprint, visible_file, visible_material
from oer.reading.views.readers import cues_of
from oer.usage.counter.counting import ALL_FILES
from oer.usage.views import record_event
from oer.web.context import commit_and_release, db, installation, language, settings
from oer.web.file_responses import (
    BLOCK_BYTES,
    INLINE_POLICY,
    FileToSend,
    can_be_inline,
    content_disposition,
    download_content_type,
    inline_content_type,
    send_made_file,
    send_stored_file,
)
from oer.web.languages import current_query

# A redirect means that the object store sends it.
_SENT = frozenset({200, 206, 302, 304})


@blueprint.get("/materials/<public_id>/files/<int:number>")
def file(public_id: str, number: int) -> AnyResponse:
    """Redirect to the reader."""
    return redirect(url_for("reading.read", public_id=public_id, number=number) + current_query())


@blueprint.get("/materials/<public_id>/files/<int:number>/download")
def download(public_id: str, number: int) -> AnyResponse:
    """Send a file as a download."""
    sendable = _sendable(public_id, number)
    response = _send(sendable, inline=False)
    if response.status_code in _SENT and not sendable.preview:
        page = Links(settings().base_url).material(public_id)
        response.headers["Link"] = f'<{page}>; rel="collection"; type="text/html"'
        record_event("download", public_id, format=sendable.format_code)
    return response


@blueprint.get("/materials/<public_id>/files/<int:number>/play")
def play(public_id: str, number: int) -> AnyResponse:
    """Send audio or video to the player in one of our pages."""
    sendable = _sendable(public_id, number)
    if not sendable.is_played:
        raise NotFound(NO_FILE)
    response = _send(sendable, inline=True)
    if response.status_code in _SENT and not sendable.preview:
        record_event("play", public_id, format=sendable.format_code)
    return response


@blueprint.get("/materials/<public_id>/files/<int:number>/show")
def show(public_id: str, number: int) -> AnyResponse:
    """Send a picture to one of our pages. Only opening that page counts as use."""
    sendable = _sendable(public_id, number)
    if sendable.is_played:
        raise NotFound(NO_FILE)
    return _send(sendable, inline=True)


@blueprint.get("/materials/<public_id>/files/<int:number>/captions.vtt")
def captions(public_id: str, number: int) -> Response:
    """Send captions as WebVTT for the player, whatever their format, without markup."""
    _, line, _ = visible_file(public_id, number)
    if line.family is not Family.CAPTIONS:
        raise NotFound(NO_FILE)
    return Response(write_vtt(cues_of(db(), line)), content_type="text/vtt; charset=utf-8")


@blueprint.get("/materials/<public_id>/files/<int:number>/poster.webp")
def poster(public_id: str, number: int) -> AnyResponse:
    """Send the still frame that stands for a video before it is played."""
    _, line, _ = visible_file(public_id, number)
    sha256 = line.shown.rendition.cover_sha256 if line.shown.rendition else None
    if sha256 is None:
        raise NotFound(NO_FILE)
    blob = servable_blob(db(), installation().storage, sha256)
    return send_stored_file(FileToSend(blob.sha256, blob.size, blob.media_type, "poster.webp", inline=True))


def _sendable(public_id: str, number: int) -> Sendable:
    """Return the requested file. Raises NotFound, Gone for a withdrawn material."""
    found = None if "version" in request.args else file_in_service(db(), public_id, number)
    if found is not None:
        return found
    visible, line, _ = visible_file(public_id, number)
    return file_of_line(line, preview=visible.preview, is_earlier=visible.is_earlier)


def _send(sendable: Sendable, *, inline: bool) -> AnyResponse:
    blob = servable_blob(db(), installation().storage, sendable.blob.sha256)
    if inline and not can_be_inline(blob.media_type):
        raise NotFound(NO_FILE)
    response = send_stored_file(FileToSend(blob.sha256, blob.size, blob.media_type, sendable.name, inline=inline))
    if sendable.is_earlier:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/materials/<public_id>/download")
def download_all(public_id: str) -> Response:
    """Send all files of a material with its licence text as a ZIP, while it is written, or the rest of it."""
    visible = visible_material(public_id)
    lines = lines_to_download(file_lines(db(), visible.version))
    if not lines:
        raise NotFound(NO_FILE)
    changed = visible.version.reviewed_at or visible.version.changed_at
    # Raises Damaged or Gone, before anything is sent, if one cannot be sent.
    blobs = servable_blobs(db(), installation().storage, [line.shown.blob.sha256 for line in lines])
    record, base_url = visible.version.record, settings().base_url
    files = material_files(visible.material, record, lines, blobs, installation().storage, base_url, language())
    archive = Archive(files, changed)
    name = f"{in_language(visible.version.record.get('title'), language())}.zip"
    commit_and_release()
    response = send_made_file(archive.etag, archive.length, archive.blocks)
    response.content_type = "application/zip"
    if visible.is_earlier:
        response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Content-Disposition"] = content_disposition("attachment", name)
    if response.status_code in _SENT and not visible.preview:
        record_event("download", public_id, format=ALL_FILES)
    return response


MOST_MEMBERS = 20_000
MOST_PICTURE_BYTES = 32 * 1024**2
MOST_TEXT_BYTES = 512 * 1024
NO_MEMBER = N_("There is no such file in this archive.")
_TEXTS = {".txt", ".md", ".markdown", ".html", ".htm", ".csv"}
# Their pictures are embedded as `data:` URIs.
EMBED_PICTURES = {Family.WEB, Family.TEXT}
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


@blueprint.get("/materials/<public_id>/files/<int:number>/pictures/<path:name>")
def picture(public_id: str, number: int, name: str) -> Response:
    """Send a picture inside a document to one of our pages."""
    _, line, _ = visible_file(public_id, number)
    if line.family in EMBED_PICTURES:
        return _send_data_picture(line, name)
    kind = _guessed_type(name)
    if not (kind.startswith("image/") and can_be_inline(kind)):
        raise NotFound(NO_MEMBER)
    return _send_member(line, name, kind, inline=True)


@blueprint.get("/materials/<public_id>/files/<int:number>/members/<int:place>")
def member(public_id: str, number: int, place: int) -> AnyResponse | str:
    """Open a member of a ZIP: texts in one of our pages, pictures as they are, anything else as a download."""
    visible, line, _ = visible_file(public_id, number)
    members = line.shown.rendition.facts.get("members", []) if line.shown.rendition else []
    if line.family is not Family.ARCHIVE or not 0 <= place < len(members):
        raise NotFound(NO_MEMBER)
    name = str(members[place]["name"])
    extension = posixpath.splitext(name)[1].lower()
    if extension in _TEXTS and int(members[place]["size"]) <= MOST_TEXT_BYTES:
        text = _read_text(line, name)
        listing = url_for("reading.read", public_id=public_id, number=number, version=visible.number)
        return render_template(
            "reading/member.html",
            visible=visible,
            line=line,
            name=name,
            listing=listing,
            content=_as_html(text, extension),
        )
    kind = _guessed_type(name)
    return _send_member(line, name, kind, inline=kind.startswith("image/") and can_be_inline(kind))


def _send_data_picture(line: FileLine, name: str) -> Response:
    storage = installation().storage
    blob = servable_blob(db(), storage, line.shown.blob.sha256)
    with storage.as_file(blob.sha256) as path, path.open("rb") as file:
        found = read_data_uri(file, name)
    if found is None:
        raise NotFound(NO_MEMBER)
    response = Response(found[1], content_type=inline_content_type(found[0]))
    response.headers["Content-Security-Policy"] = INLINE_POLICY
    return response


def _guessed_type(name: str) -> str:
    return mimetypes.guess_type(posixpath.basename(name))[0] or ""


def _as_html(text: str, extension: str) -> Markup:
    nowhere = Addresses(page=lambda _number, _anchor: "", member=lambda _name: "")
    if extension in {".html", ".htm"}:
        return Markup(clean_html(text, nowhere))  # noqa: S704 (it was sanitised)
    if extension in {".md", ".markdown"}:
        return Markup(clean_html(_MARKDOWN.render(text), nowhere))  # noqa: S704 (it was sanitised)
    return Markup("<pre>%s</pre>") % text


@contextmanager
def _open_member(line: FileLine, name: str) -> Iterator[tuple[ZipEntry, BufferedReader]]:
    """Yield a member's directory entry and its bytes. Raises NotFound if it cannot be read."""
    storage = installation().storage
    blob = servable_blob(db(), storage, line.shown.blob.sha256)
    with storage.as_file(blob.sha256) as path, path.open("rb") as file:
        try:
            # The archive was checked when it was uploaded, and its bytes cannot have changed since.
            entry = next(each for each in read_entries(file, MOST_MEMBERS) if each.name == name)
            stream = open_member(file, entry)
        except (ArchiveError, StopIteration):
            raise NotFound(NO_MEMBER) from None
        with stream:
            yield entry, stream


def _read_text(line: FileLine, name: str) -> str:
    with _open_member(line, name) as (_, stream):
        try:
            return stream.read(MOST_TEXT_BYTES).decode("utf-8-sig", "replace")
        except ArchiveError:
            raise NotFound(NO_MEMBER) from None


def _send_member(line: FileLine, name: str, kind: str, *, inline: bool) -> Response:
    with ExitStack() as stack:
        entry, stream = stack.enter_context(_open_member(line, name))
        if inline and entry.size > MOST_PICTURE_BYTES:
            raise NotFound(NO_MEMBER)
        commit_and_release()
        response = Response(
            _stream_blocks(stream), content_type=inline_content_type(kind) if inline else download_content_type(kind)
        )
        response.call_on_close(stack.pop_all().close)
    response.content_length = entry.size
    shown = posixpath.basename(name)
    response.headers["Content-Disposition"] = content_disposition("inline" if inline else "attachment", shown)
    response.headers["Content-Security-Policy"] = INLINE_POLICY
    return response


def _stream_blocks(stream: BufferedReader) -> Iterator[bytes]:
    while block := stream.read(BLOCK_BYTES):
        yield block
