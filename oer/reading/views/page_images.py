"""Sends pictures of pages, or asks readers to come back when one is rendered."""

from contextlib import suppress

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from oer.backends.extraction.extracting import NotRendered
from oer.backends.extraction.media_types import MADE_SMALLER
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.files.queries import servable_blob
from oer.jobs.queue import enqueue
from oer.reading.jobs import PAGE_IMAGE, image_name, images_of
from oer.reading.page_images import WIDTHS, Busy, Slow, has_pictures, is_drawn_at_once
from oer.reading.queries.files import FileLine, file_in_service
from oer.reading.views.blueprint import blueprint, visible_file
from oer.reading.views.material import YEAR
from oer.web.context import commit_and_release, db, installation
from oer.web.file_responses import INLINE_POLICY
from oer.web.languages import gettext

# How long a request for a picture waits, for others to be rendered and for its own: with all else it is done within two
# seconds. The page itself never waits for its picture.
PATIENCE_SECONDS = 1.6
LATER = N_("The picture of this page is still being drawn. You can read the page's text meanwhile.")
NO_IMAGE = N_("There is no picture of this page. You can read its text or download the file.")


@blueprint.get("/materials/<public_id>/files/<int:number>/pages/<int:page>.webp")
def page_image(public_id: str, number: int, page: int) -> AnyResponse:
    """Send the picture of a page in one of two widths, rendered now if it is the first time.

    Of a photograph that takes longer the reader gets the file itself.
    """
    width = request.args.get("w", WIDTHS[0], type=int)
    try:
        content, sha256 = _kept(public_id, number, page, width) or _made(public_id, number, page, width)
    except NotRendered:
        return _picture_itself(public_id, number)
    if content is None:
        _wake(sha256, page, width)
        with suppress(NotFound):
            return _picture_itself(public_id, number)
        return Response(gettext(LATER), 503, {"Retry-After": "2", "Cache-Control": "no-store"}, mimetype="text/plain")
    return _picture(content, lasting=request.args.get("v") == sha256[:10])


def _picture_itself(public_id: str, number: int) -> AnyResponse:
    """Redirect to the picture as it is, where browsers show that. Raises NotFound."""
    visible, line, _ = visible_file(public_id, number)
    if line.shown.blob.media_type not in MADE_SMALLER:
        raise NotFound(NO_IMAGE)
    response = redirect(url_for("reading.show", public_id=public_id, number=number, version=visible.number))
    response.headers["Cache-Control"] = "no-store"
    return response


def _kept(public_id: str, number: int, page: int, width: int) -> tuple[bytes, str] | None:
    """Return a picture of a published file that was rendered before, with the file's hash. One query, for speed."""
    found = None if "version" in request.args else file_in_service(db(), public_id, number)
    if found is None or width not in WIDTHS or not has_pictures(found.blob.media_type):
        return None
    sha256 = servable_blob(db(), installation().storage, found.blob.sha256).sha256
    with suppress(FileNotFoundError):  # it was trimmed just now
        path = images_of(installation()).find(sha256, page, width)
        return (path.read_bytes(), sha256) if path else None
    return None


def _made(public_id: str, number: int, page: int, width: int) -> tuple[bytes | None, str]:
    """Return a picture, rendered now if need be, with the file's hash; None for the picture if it needs more time."""
    _, line, _ = visible_file(public_id, number)
    media_type = line.shown.blob.media_type
    if (
        not has_pictures(media_type)
        or not line.opens
        or width not in WIDTHS
        or not 1 <= page <= max(line.pages, media_type in MADE_SMALLER)
    ):
        raise NotFound(NO_IMAGE)
    sha256 = servable_blob(db(), installation().storage, line.shown.blob.sha256).sha256
    images = images_of(installation())
    if not is_drawn_at_once(media_type) and not images.is_converted(sha256):
        return None, sha256  # LibreOffice takes longer than a reader should wait
    if images.find(sha256, page, width) is None:
        _make_ahead(line, page + 1, width)
    with suppress(Busy, Slow, FileNotFoundError):
        path = images.make(installation().storage, sha256, page, width, seconds=PATIENCE_SECONDS, media_type=media_type)
        return path.read_bytes(), sha256
    return None, sha256


def _make_ahead(line: FileLine, page: int, width: int) -> None:
    if page <= line.pages:
        _wake(line.shown.blob.sha256, page, width)
    commit_and_release()  # rendering takes a while


def _wake(sha256: str, page: int, width: int) -> None:
    enqueue(db(), PAGE_IMAGE, image_name(sha256, page, width))
    commit_and_release()


def _picture(content: bytes, *, lasting: bool) -> Response:
    response = Response(content, content_type="image/webp")
    response.headers["Content-Security-Policy"] = INLINE_POLICY
    response.headers["X-Robots-Tag"] = "noindex"
    if lasting:
        response.headers["Cache-Control"] = YEAR
    return response
