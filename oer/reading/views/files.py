"""Files of a material on their way out: downloaded, played, shown inside our own pages."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from oer.backends.extraction.media_types import Family
from oer.core.errors import NotFound
from oer.files.queries import servable_blob
from oer.reading.captions import read_cues, write_vtt
from oer.reading.queries.sending import Sendable, file_in_service, file_of_line
from oer.reading.views.frame import NO_FILE, blueprint, seen_file
from oer.reading.views.media import caption_text
from oer.usage.views import note
from oer.web.context import db, engines
from oer.web.file_types import can_be_inline
from oer.web.sending import Outgoing, send_stored

# A redirect is how the object store sends it.
_SENT = frozenset({200, 206, 302, 304})


@blueprint.get("/materials/<public_id>/files/<int:position>")
def file(public_id: str, position: int) -> AnyResponse:
    """Lead to where the file is read."""
    return redirect(url_for("reading.read", public_id=public_id, position=position, **request.args.to_dict()))  # type: ignore[arg-type]


@blueprint.get("/materials/<public_id>/files/<int:position>/download")
def download(public_id: str, position: int) -> AnyResponse:
    """Send a file to be kept."""
    sendable = _sendable(public_id, position)
    response = _send(sendable, inline=False)
    if response.status_code in _SENT and not sendable.preview:
        note("download", public_id, format=sendable.format)
    return response


@blueprint.get("/materials/<public_id>/files/<int:position>/play")
def play(public_id: str, position: int) -> AnyResponse:
    """Send sound or pictures that move to a player in one of our pages."""
    sendable = _sendable(public_id, position)
    if not sendable.is_played:
        raise NotFound(NO_FILE)
    response = _send(sendable, inline=True)
    if response.status_code in _SENT and not sendable.preview:
        note("play", public_id, format=sendable.format)
    return response


@blueprint.get("/materials/<public_id>/files/<int:position>/show")
def show(public_id: str, position: int) -> AnyResponse:
    """Send a picture to one of our pages; having opened that page is the use."""
    sendable = _sendable(public_id, position)
    if sendable.is_played:
        raise NotFound(NO_FILE)
    return _send(sendable, inline=True)


@blueprint.get("/materials/<public_id>/files/<int:position>/captions.vtt")
def captions(public_id: str, position: int) -> Response:
    """Send captions as a player takes them, whichever form they were uploaded in, without any markup."""
    _, line, _ = seen_file(public_id, position)
    if line.family is not Family.CAPTIONS:
        raise NotFound(NO_FILE)
    return Response(write_vtt(read_cues(caption_text(db(), line))), content_type="text/vtt; charset=utf-8")


@blueprint.get("/materials/<public_id>/files/<int:position>/poster.webp")
def poster(public_id: str, position: int) -> AnyResponse:
    """Send the still that stands for a film before it is played."""
    _, line, _ = seen_file(public_id, position)
    sha256 = line.shown.rendition.cover_sha256 if line.shown.rendition else None
    if sha256 is None:
        raise NotFound(NO_FILE)
    blob = servable_blob(db(), engines().storage, sha256)
    return send_stored(Outgoing(blob.sha256, blob.size, blob.media_type, "poster.webp", inline=True))


def _sendable(public_id: str, position: int) -> Sendable:
    """Return the file that is asked for. Raises NotFound, or Gone for what was withdrawn."""
    found = None if "version" in request.args else file_in_service(db(), public_id, position)
    if found is not None:
        return found
    seen, line, _ = seen_file(public_id, position)
    return file_of_line(line, preview=seen.preview)


def _send(sendable: Sendable, *, inline: bool) -> AnyResponse:
    blob = servable_blob(db(), engines().storage, sendable.blob.sha256)
    if inline and not can_be_inline(blob.media_type):
        raise NotFound(NO_FILE)
    return send_stored(Outgoing(blob.sha256, blob.size, blob.media_type, sendable.name, inline=inline))
