"""Members of files that are archives: what a ZIP holds, and the pictures inside of documents."""

import mimetypes
import posixpath
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader

from flask import Response, render_template, url_for
from markdown_it import MarkdownIt
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from oer.backends.extraction.archives.directory import ArchiveError, Entry, read_entries
from oer.backends.extraction.archives.members import open_member
from oer.backends.extraction.data_pictures import read_data_picture
from oer.backends.extraction.media_types import Family
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.files.queries import servable_blob
from oer.reading.queries import FileLine
from oer.reading.sanitising import Addresses, clean_html
from oer.reading.views.frame import blueprint, seen_file
from oer.web.context import db, engines, release
from oer.web.file_names import content_disposition
from oer.web.file_types import can_be_inline, inline_type, sent_type
from oer.web.sending import BLOCK_BYTES, INLINE_POLICY

MOST_MEMBERS = 20_000
MOST_PICTURE_BYTES = 32 * 1024**2
MOST_TEXT_BYTES = 512 * 1024
NO_MEMBER = N_("There is no such file in this archive.")
_TEXTS = {".txt", ".md", ".markdown", ".html", ".htm", ".csv"}
# Their pictures are written into the text itself.
_PICTURES_WITHIN = {Family.WEB, Family.TEXT}
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


@blueprint.get("/materials/<public_id>/files/<int:position>/pictures/<path:name>")
def picture(public_id: str, position: int, name: str) -> Response:
    """Send a picture that is part of a document, to one of our pages."""
    _, line, _ = seen_file(public_id, position)
    if line.family in _PICTURES_WITHIN:
        return _send_data_picture(line, name)
    kind = _guessed_type(name)
    if not (kind.startswith("image/") and can_be_inline(kind)):
        raise NotFound(NO_MEMBER)
    return _send_member(line, name, kind, inline=True)


@blueprint.get("/materials/<public_id>/files/<int:position>/members/<int:number>")
def member(public_id: str, position: int, number: int) -> AnyResponse | str:
    """Open a member of an archive: a text in a page of ours, a picture as it is, anything else to be saved."""
    seen, line, _ = seen_file(public_id, position)
    members = line.shown.rendition.facts.get("members", []) if line.shown.rendition else []
    if line.family is not Family.ARCHIVE or not 0 <= number < len(members):
        raise NotFound(NO_MEMBER)
    name = str(members[number]["name"])
    ending = posixpath.splitext(name)[1].lower()
    if ending in _TEXTS and int(members[number]["size"]) <= MOST_TEXT_BYTES:
        text = _read_text(line, name)
        listing = url_for("reading.read", public_id=public_id, position=position, version=seen.number)
        return render_template(
            "reading/member.html", seen=seen, line=line, name=name, listing=listing, content=_as_html(text, ending)
        )
    kind = _guessed_type(name)
    return _send_member(line, name, kind, inline=kind.startswith("image/") and can_be_inline(kind))


def _send_data_picture(line: FileLine, name: str) -> Response:
    storage = engines().storage
    blob = servable_blob(db(), storage, line.shown.blob.sha256)
    with storage.as_file(blob.sha256) as path, path.open("rb") as file:
        found = read_data_picture(file, name)
    if found is None:
        raise NotFound(NO_MEMBER)
    response = Response(found[1], content_type=inline_type(found[0]))
    response.headers["Content-Security-Policy"] = INLINE_POLICY
    return response


def _guessed_type(name: str) -> str:
    return mimetypes.guess_type(posixpath.basename(name))[0] or ""


def _as_html(text: str, ending: str) -> Markup:
    nowhere = Addresses(page=lambda _number, _anchor: "", member=lambda _name: "")
    if ending in {".html", ".htm"}:
        return Markup(clean_html(text, nowhere))  # noqa: S704 (it was sanitised)
    if ending in {".md", ".markdown"}:
        return Markup(clean_html(_MARKDOWN.render(text), nowhere))  # noqa: S704 (it was sanitised)
    return Markup("<pre>%s</pre>") % text


@contextmanager
def _opened(line: FileLine, name: str) -> Iterator[tuple[Entry, BufferedReader]]:
    """Give a member with its place in the directory. Raises NotFound where there is none that can be read."""
    storage = engines().storage
    blob = servable_blob(db(), storage, line.shown.blob.sha256)
    with storage.as_file(blob.sha256) as path, path.open("rb") as file:
        try:
            # The archive as a whole was found safe when it was uploaded; its bytes cannot have changed since.
            entry = next(each for each in read_entries(file, MOST_MEMBERS) if each.name == name)
            stream = open_member(file, entry)
        except (ArchiveError, StopIteration):
            raise NotFound(NO_MEMBER) from None
        with stream:
            yield entry, stream


def _read_text(line: FileLine, name: str) -> str:
    with _opened(line, name) as (_, stream):
        try:
            return stream.read(MOST_TEXT_BYTES).decode("utf-8-sig", "replace")
        except ArchiveError:
            raise NotFound(NO_MEMBER) from None


def _send_member(line: FileLine, name: str, kind: str, *, inline: bool) -> Response:
    with ExitStack() as stack:
        entry, stream = stack.enter_context(_opened(line, name))
        if inline and entry.size > MOST_PICTURE_BYTES:
            raise NotFound(NO_MEMBER)
        release()
        response = Response(_blocks(stream), content_type=inline_type(kind) if inline else sent_type(kind))
        response.call_on_close(stack.pop_all().close)
    response.content_length = entry.size
    shown = posixpath.basename(name)
    response.headers["Content-Disposition"] = content_disposition("inline" if inline else "attachment", shown)
    response.headers["Content-Security-Policy"] = INLINE_POLICY
    return response


def _blocks(stream: BufferedReader) -> Iterator[bytes]:
    while block := stream.read(BLOCK_BYTES):
        yield block
