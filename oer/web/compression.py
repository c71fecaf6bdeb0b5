"""Pages, styles and scripts travel compressed, except where a page holds a secret of its reader's."""

import gzip
from functools import lru_cache

from flask import Flask, Response, request, session

from oer.web.page_cache import is_anonymous

SMALLEST_BYTES = 1000
TYPES = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "text/plain",
        "text/vtt",
        "application/json",
        "application/ld+json",
        "application/xml",
        "application/atom+xml",
        "image/svg+xml",
    }
)


@lru_cache(maxsize=64)
def _static_file(_address: str, body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def _compress(response: Response) -> Response:
    if response.mimetype not in TYPES or response.status_code != 200 or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if "gzip" not in request.headers.get("Accept-Encoding", "") or "Content-Range" in response.headers:
        return response
    if request.endpoint == "static":
        response.direct_passthrough = False
        _replace(response, _static_file(request.full_path, response.get_data()))
    elif not response.is_streamed and _holds_no_secret() and len(response.get_data()) >= SMALLEST_BYTES:
        _replace(response, gzip.compress(response.get_data(), 5, mtime=0))
    return response


def _holds_no_secret() -> bool:
    # A compressed page's length tells whether what somebody put into its address also stands in it (BREACH): pages
    # with a form's token, or of somebody who is signed in, go as they are.
    return is_anonymous() and not session.modified


def _replace(response: Response, compressed: bytes) -> None:
    response.set_data(compressed)
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)


def init_compression(app: Flask) -> None:
    """Compress what is worth it and safe. To be called before other handlers look at the finished body."""
    app.after_request(_compress)
