"""Compression of answers by Zstandard, Brotli or gzip (RFC 9110, 8.4), except where a page holds a reader's secret."""

import gzip
import sys
from collections.abc import Hashable
from functools import lru_cache

import brotli
from cachetools import LRUCache
from flask import Flask, Response, request, session
from werkzeug.http import parse_accept_header

from oer.web.identity import is_anonymous

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MIN_BYTES = 1000
MEDIA_TYPES = frozenset(
    {
        "text/html",
        "text/xml",
        "text/css",
        "text/javascript",
        "text/plain",
        "text/vtt",
        "application/json",
        "application/ld+json",
        "application/xml",
        "application/atom+xml",
        "application/rss+xml",
        "application/opds+json",
        "image/svg+xml",
    }
)
# In the order of preference. For one answer Zstandard, which takes half the time of gzip for the same size; for what is
# compressed once and sent often Brotli, which makes it smallest.
FOR_ONE_ANSWER = ("zstd", "br", "gzip")
FOR_MANY_ANSWERS = ("br", "zstd", "gzip")
_static_files: LRUCache[Hashable, bytes] = LRUCache(maxsize=64)


@lru_cache(maxsize=256)
def accepted_encoding(accept_encoding: str, offered: tuple[str, ...]) -> str | None:
    """Return the first of the offered encodings that an Accept-Encoding header allows; None for no compression."""
    qualities = {name.lower(): quality for name, quality in parse_accept_header(accept_encoding)}
    return next((each for each in offered if qualities.get(each, qualities.get("*", 0)) > 0), None)


def compress(body: bytes, encoding: str, *, effort: int = 5) -> bytes:
    """Return `body` in an encoding that `accepted_encoding` returned; `effort` goes from 1 to 9."""
    match encoding:
        case "br":
            return bytes(brotli.compress(body, quality=effort))
        case "zstd":
            return bytes(zstd.compress(body, effort))
        case _:
            return gzip.compress(body, effort, mtime=0)


def _compress_response(response: Response) -> Response:
    if response.mimetype not in MEDIA_TYPES or response.status_code != 200 or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    accepted = request.headers.get("Accept-Encoding", "")
    if not accepted or "Content-Range" in response.headers:
        return response
    is_static = request.endpoint == "static"
    encoding = accepted_encoding(accepted, FOR_MANY_ANSWERS if is_static else FOR_ONE_ANSWER)
    if encoding is None:
        return response
    if is_static:
        _replace(response, encoding, _static_file(response, encoding))
    elif not response.is_streamed and _holds_no_secret() and len(response.get_data()) >= MIN_BYTES:
        _replace(response, encoding, compress(response.get_data(), encoding))
    return response


def _holds_no_secret() -> bool:
    # BREACH: the length of a compressed page tells whether what an attacker put into its address also stands elsewhere
    # in it. Pages with a form token, or of somebody who is signed in, are sent as they are.
    return is_anonymous() and not session.modified


def _static_file(response: Response, encoding: str) -> bytes:
    # The ETag of a static file changes with its time and size. Two threads that compress the same file do no harm.
    key = (request.path, response.get_etag()[0], encoding)
    response.direct_passthrough = False
    body = response.get_data()
    if key not in _static_files:
        _static_files[key] = compress(body, encoding, effort=9)
    return _static_files[key]


def _replace(response: Response, encoding: str, compressed: bytes) -> None:
    response.set_data(compressed)
    response.headers["Content-Encoding"] = encoding
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)


def init_compression(app: Flask) -> None:
    """Compress what is worth it and safe. To be called before handlers that look at the finished body."""
    app.after_request(_compress_response)
