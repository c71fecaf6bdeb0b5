"""Stored files go to the browser: with a type from a list, in ranges (RFC 9110, 13 and 14), whole or not at all.

Three ways out, by the setting `file_sending`: from here in blocks, by nginx (X-Accel-Redirect), or by an address in the
object store that works for a few minutes (downloads only: our pages load nothing from a foreign host).
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from flask import Response, redirect, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response as AnyResponse

from oer.backends.storage import Storage
from oer.core.errors import Damaged
from oer.core.i18n import N_
from oer.web.context import engines, release
from oer.web.file_names import content_disposition
from oer.web.file_ranges import Range, read_range
from oer.web.file_types import inline_type, sent_type

log = logging.getLogger(__name__)
BLOCK_BYTES = 256 * 1024
ADDRESS_SECONDS = 600
ACCEL_PREFIX = "x-accel-redirect:"
# What is shown inside a page of ours may still be opened alone: then it is a document without an origin.
INLINE_POLICY = "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; sandbox"
DAMAGED = N_("This file is damaged in our store, so we do not hand it out. It is being looked into.")


@dataclass(frozen=True)
class Outgoing:
    """A stored file as it is to be sent; `files.queries.servable_blob` found it fit for that. Any `name` will do."""

    sha256: str
    size: int
    media_type: str
    name: str
    inline: bool = False


def send_stored(file: Outgoing) -> AnyResponse:
    """Answer a GET or HEAD with a stored file: 200, 206, 304 or a redirect to where it lies.

    Raises Damaged where what lies here is not of its length, RequestedRangeNotSatisfiable (416).
    """
    storage = engines().storage
    release()
    response = Response(status=200, content_type=_content_type(file))
    response.headers["Content-Disposition"] = content_disposition("inline" if file.inline else "attachment", file.name)
    response.headers["Content-Security-Policy"] = INLINE_POLICY
    response.headers["Accept-Ranges"] = "bytes"
    response.set_etag(file.sha256)
    if request.if_none_match.contains(file.sha256):
        response.status_code = 304
        response.headers.pop("Content-Type")
        return response
    return _by_another(storage, file, response) or _from_here(storage, file, response)


def _content_type(file: Outgoing) -> str:
    return inline_type(file.media_type) if file.inline else sent_type(file.media_type)


def _by_another(storage: Storage, file: Outgoing, response: Response) -> AnyResponse | None:
    how = engines().settings.file_sending
    if how.startswith(ACCEL_PREFIX) and storage.local_path(file.sha256):
        prefix = how.removeprefix(ACCEL_PREFIX).rstrip("/")
        response.headers["X-Accel-Redirect"] = f"{prefix}/{file.sha256[:2]}/{file.sha256[2:4]}/{file.sha256}"
        return response
    if how != "presigned" or file.inline:
        return None
    address = storage.address(
        file.sha256,
        media_type=_content_type(file),
        disposition=response.headers["Content-Disposition"],
        seconds=ADDRESS_SECONDS,
    )
    if address is None:
        return None
    moved = redirect(address)
    moved.headers["Cache-Control"] = "no-store"
    return moved


def _from_here(storage: Storage, file: Outgoing, response: Response) -> Response:
    part = _asked_part(file)
    if part is not None:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{file.size}"
    start, stop = (part.start, part.stop) if part else (0, file.size)
    response.content_length = stop - start
    if request.method != "HEAD":
        _give_body(storage, file, response, start, stop)
    return response


def _asked_part(file: Outgoing) -> Range | None:
    """Return the part to send, None for everything. Ranges are for GET alone, and only for the file If-Range names."""
    wanted = request.if_range
    if request.method != "GET" or wanted.date or (wanted.etag and wanted.etag != file.sha256):
        return None
    try:
        return read_range(request.headers.get("Range", ""), file.size)
    except ValueError:
        raise RequestedRangeNotSatisfiable(length=file.size) from None


def _give_body(storage: Storage, file: Outgoing, response: Response, start: int, stop: int) -> None:
    path = storage.local_path(file.sha256)
    if path is None:
        response.response = storage.read(file.sha256, start, stop - start)
        return
    opened = _open(path, file)
    response.call_on_close(opened.close)  # for bodies that nobody begins to read
    response.response = _blocks(opened, start, stop)


def _open(path: Path, file: Outgoing) -> FileIO:
    """Open a stored file, if it has the length that its row says. Raises Damaged."""
    try:
        opened = path.open("rb", buffering=0)
    except OSError:
        log.exception("blob %s cannot be opened", file.sha256)
        raise Damaged(DAMAGED) from None
    if os.fstat(opened.fileno()).st_size != file.size:
        opened.close()
        log.error("blob %s has not the length that it should have", file.sha256)
        raise Damaged(DAMAGED)
    return opened


def _blocks(opened: FileIO, start: int, stop: int) -> Iterator[bytes]:
    with opened:
        opened.seek(start)
        rest = stop - start
        while rest > 0 and (block := opened.read(min(BLOCK_BYTES, rest))):
            rest -= len(block)
            yield block
