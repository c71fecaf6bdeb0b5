"""Stored files as HTTP responses: safe media types and file names, ranges (RFC 9110, 13 and 14), conditional requests.

Three ways out, by the setting `file_sending`: from here, by nginx (X-Accel-Redirect), or by a presigned address of the
object store that works for a few minutes (downloads only: our pages load nothing from a foreign host). From here means
by path where the server in front takes one (`Handover.file`), else in blocks.
"""

import logging
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import FileIO
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from flask import Response, redirect, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_if_range_header
from werkzeug.wrappers import Response as AnyResponse

from oer.backends.storage import Storage
from oer.core.errors import Damaged
from oer.core.i18n import N_
from oer.core.text import clean_line
from oer.web.context import commit_and_release, installation
from oer.web.handover import FilePart, handover
from oer.web.identity import is_anonymous

OCTET_STREAM = "application/octet-stream"

# May be shown inside our pages, by <img>, <audio>, <video> and <track>, where none of them can run scripts.
INLINE_TYPES = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "image/svg+xml",
        "audio/mpeg",
        "audio/mp4",
        "audio/aac",
        "audio/ogg",
        "audio/opus",
        "audio/flac",
        "audio/wav",
        "audio/x-wav",
        "audio/webm",
        "video/mp4",
        "video/webm",
        "video/ogg",
        "video/quicktime",
        "text/vtt",
    }
)
_TEXT_TYPES = frozenset({"text/plain", "text/markdown", "text/csv", "text/vtt"})
# Downloads keep these types. None of them is a web page; everything else is sent as bytes to be saved.
_DOWNLOAD_TYPES = (
    (INLINE_TYPES - {"image/svg+xml"})
    | _TEXT_TYPES
    | {
        "application/pdf",
        "application/epub+zip",
        "application/zip",
        "application/x-subrip",
        "application/msword",
        "application/vnd.ms-powerpoint",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/rtf",
        "application/vnd.rar",
        "application/x-7z-compressed",
        "image/heic",
        "image/tiff",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
        "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    }
)


def download_content_type(media_type: str) -> str:
    """Return the Content-Type of a download."""
    return _written(media_type) if media_type in _DOWNLOAD_TYPES else OCTET_STREAM


def inline_content_type(media_type: str) -> str:
    """Return the Content-Type of a file shown inside a page; other types than INLINE_TYPES are sent as bytes."""
    return _written(media_type) if media_type in INLINE_TYPES else OCTET_STREAM


def can_be_inline(media_type: str) -> bool:
    """Tell whether a page of ours may show a file of this type as it is."""
    return media_type in INLINE_TYPES


def _written(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type in _TEXT_TYPES else media_type


UNNAMED = "tep"
_SLASHES = str.maketrans({"/": "_", "\\": "_"})
MAX_NAME_LENGTH = 180


def safe_file_name(name: str) -> str:
    """Return `name` without invisible characters and slashes, at most 180 characters long; never empty.

    Unlike `clean_file_name` it keeps what stands before a slash: titles become names of downloads, too.
    """
    return _shortened(clean_line(name.translate(_SLASHES)).strip(". ")) or UNNAMED


def _shortened(name: str) -> str:
    if len(name) <= MAX_NAME_LENGTH:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:MAX_NAME_LENGTH]
    return f"{stem[: MAX_NAME_LENGTH - len(ending) - 1]}.{ending}"


def ascii_name(name: str) -> str:
    """Return a cleaned name in ASCII, for programs that read nothing else: `Đề thi.pdf` gives `De thi.pdf`."""
    apart = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D"))
    letters = (letter for letter in apart if not unicodedata.combining(letter))
    return "".join(letter if " " <= letter <= "~" and letter not in '"\\%' else "_" for letter in letters)


def content_disposition(kind: str, name: str) -> str:
    """Return a Content-Disposition header (RFC 6266) with the name in UTF-8 (RFC 8187) and in ASCII."""
    clean = safe_file_name(name)
    return f"{kind}; filename=\"{ascii_name(clean)}\"; filename*=UTF-8''{quote(clean, safe='')}"


# 18 digits are larger than any file.
_ONE_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


class ByteRange(NamedTuple):
    """The bytes from `start` up to but not including `stop`."""

    start: int
    stop: int


def parse_range(header: str, size: int) -> ByteRange | None:
    """Return the part of `size` bytes that a Range header asks for; None means all of them.

    A header that is malformed, in other units or with several ranges is ignored, as RFC 9110, 14.2 allows: many small
    ranges cost the server more than the client. Raises ValueError if no byte of the range exists (416).
    """
    match = _ONE_RANGE.fullmatch(header)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size or start >= stop:
        raise ValueError("no byte of this part exists")
    return ByteRange(start, stop)


log = logging.getLogger(__name__)
BLOCK_BYTES = 256 * 1024
PRESIGNED_SECONDS = 600
ACCEL_PREFIX = "x-accel-redirect:"
# A file that is shown inside a page can also be opened on its own: then it is a document without an origin.
INLINE_POLICY = "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; sandbox"
DAMAGED = N_("This file is damaged in our storage, so it cannot be downloaded. We are looking into it.")


@dataclass(frozen=True)
class FileToSend:
    """A stored file to send, which `servable_blob` has found to be fit for that. `name` needs no cleaning."""

    sha256: str
    size: int
    media_type: str
    name: str
    inline: bool = False


def send_stored_file(file: FileToSend) -> AnyResponse:
    """Answer a GET or HEAD with a stored file: 200, 206, 304 or a redirect to the object store.

    Commits and releases the database first. Raises Damaged if the file does not have the length that its row says,
    RequestedRangeNotSatisfiable (416).
    """
    storage = installation().storage
    commit_and_release()
    response = Response(status=200, content_type=_content_type(file))
    response.headers["Content-Disposition"] = content_disposition("inline" if file.inline else "attachment", file.name)
    response.headers["Content-Security-Policy"] = INLINE_POLICY
    response.headers["Accept-Ranges"] = "bytes"
    response.set_etag(file.sha256)
    if request.if_none_match.contains(file.sha256):
        response.status_code = 304
        response.headers.pop("Content-Type")
        return response
    return _sent_elsewhere(storage, file, response) or _sent_from_here(storage, file, response)


def _content_type(file: FileToSend) -> str:
    return inline_content_type(file.media_type) if file.inline else download_content_type(file.media_type)


def _sent_elsewhere(storage: Storage, file: FileToSend, response: Response) -> AnyResponse | None:
    how = installation().settings.file_sending
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
        seconds=PRESIGNED_SECONDS,
    )
    if address is None:
        return None
    moved = redirect(address)
    moved.headers["Cache-Control"] = "no-store"
    return moved


def _sent_from_here(storage: Storage, file: FileToSend, response: Response) -> Response:
    part = _asked_part(file.sha256, file.size)
    if part is not None:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{file.size}"
    start, stop = (part.start, part.stop) if part else (0, file.size)
    response.content_length = stop - start
    if request.method != "HEAD":
        _give_body(storage, file, response, start, stop)
    return response


def send_made_file(etag: str, size: int, blocks: Callable[[int, int], Iterator[bytes]]) -> Response:
    """Answer a GET or HEAD with a file that is made while it is sent: 200, 206 or 304; `blocks` of (start, stop).

    The same `etag` must always mean the same bytes. Raises RequestedRangeNotSatisfiable (416).
    """
    response = Response(status=200)
    response.headers["Accept-Ranges"] = "bytes"
    response.set_etag(etag)
    if request.if_none_match.contains(etag):
        response.status_code = 304
        return response
    part = _asked_part(etag, size)
    if part is not None:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    start, stop = part or (0, size)
    response.content_length = stop - start
    if request.method != "HEAD":
        made = blocks(start, stop)
        response.response = made
        response.call_on_close(made.close)  # type: ignore[attr-defined]
    return response


def _asked_part(etag: str, size: int) -> ByteRange | None:
    """Return the range to send, None for the whole file."""
    if request.method != "GET":
        return None
    headers = request.headers
    try:
        return asked_range(headers.get("Range", ""), headers.get("If-Range"), etag, size)
    except ValueError:
        raise RequestedRangeNotSatisfiable(length=size) from None


def asked_range(header: str, if_range: str | None, etag: str, size: int) -> ByteRange | None:
    """Return the range that a GET asks for, None for the whole file: also where If-Range names another one.

    Raises ValueError if no byte of the range exists.
    """
    wanted = parse_if_range_header(if_range)
    if wanted.date or (wanted.etag and wanted.etag != etag):
        return None
    return parse_range(header, size)


def _give_body(storage: Storage, file: FileToSend, response: Response, start: int, stop: int) -> None:
    path = storage.local_path(file.sha256)
    if path is None:
        blocks = storage.read(file.sha256, start, stop - start)
        # The first block before the answer begins: a store that is away is then a page that says so.
        first = next(blocks, b"")
        response.call_on_close(blocks.close)  # type: ignore[attr-defined]
        response.response = chain([first], blocks)
        return
    opened = _open(path, file)
    given = handover()
    if given is not None:
        opened.close()
        given.file = FilePart(path, start, stop, file.size)
        given.is_kept = is_anonymous()
        return
    response.call_on_close(opened.close)  # also when nobody starts to read the body
    response.response = _blocks(opened, start, stop)


def _open(path: Path, file: FileToSend) -> FileIO:
    """Open a stored file. Raises Damaged if it is missing or does not have the length that its row says."""
    try:
        opened = path.open("rb", buffering=0)
    except OSError:
        log.exception("blob %s cannot be opened", file.sha256)
        raise Damaged(DAMAGED) from None
    if os.fstat(opened.fileno()).st_size != file.size:
        opened.close()
        log.error("blob %s does not have the length that its row says", file.sha256)
        raise Damaged(DAMAGED)
    return opened


def _blocks(opened: FileIO, start: int, stop: int) -> Iterator[bytes]:
    with opened:
        opened.seek(start)
        rest = stop - start
        while rest > 0 and (block := opened.read(min(BLOCK_BYTES, rest))):
            rest -= len(block)
            yield block
