"""Answers that are right for every anonymous reader, given in the event loop while the database does not change.

Pages of the page cache, with their bodies, and public files, by path.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from cachetools import LRUCache

from oer.core.changes import ChangeWatch
from oer.core.clock import today
from oer.exchange.formats import preferred
from oer.operations.front.calling import Answer
from oer.usage.noting import Use, anonymous_user, is_not_usage, is_turned, line_of
from oer.usage.spool import Spool
from oer.usage.visitors import DaySalts
from oer.web.compression import FOR_MANY_ANSWERS, accepted_encoding
from oer.web.file_responses import ByteRange, asked_range
from oer.web.handover import FilePart
from oer.web.templates import DISPLAY_COOKIE

# Counts an answer for the metrics: method, endpoint, status, seconds.
Count = Callable[[str, str, int, float], None]
ENDPOINT = "front.kept"
LONGEST_ADDRESS = 300
_ENTRY_BYTES = 2000
# What says nothing about an answer without a body (RFC 9110, 15.4.5).
_OF_A_BODY = frozenset({"content-type", "content-length", "content-encoding"})
_OF_ONE_REQUEST = frozenset({"x-request-id"})
_ASKED_HEADERS = {
    "HTTP_USER_AGENT": "user-agent",
    "HTTP_REFERER": "referer",
    "HTTP_HOST": "host",
    "HTTP_SEC_PURPOSE": "sec-purpose",
    "HTTP_PURPOSE": "purpose",
    "HTTP_X_PURPOSE": "x-purpose",
    "HTTP_X_MOZ": "x-moz",
    "HTTP_RANGE": "range",
}


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it was sent, and under which number of the watch, and on which day, it was right."""

    number: int
    day: date
    headers: list[tuple[str, str]]
    headers_without_body: list[tuple[str, str]]
    etag: str
    body: bytes
    uses: tuple[Use, ...]
    file: FilePart | None = None


class KeptAnswers:
    """The answers that this process may give again. Used in the event loop alone."""

    def __init__(self, most_bytes: int, watch: ChangeWatch, spool: Spool, salts: DaySalts, count: Count) -> None:
        self.watch, self._spool, self._salts, self._count = watch, spool, salts, count
        self._pages: LRUCache[tuple[str, ...], KeptAnswer] = LRUCache(
            most_bytes, getsizeof=lambda page: len(page.body) + _ENTRY_BYTES
        )

    def key_of(self, scope: Any) -> tuple[str, ...] | None:
        """Return what a request's answer depends on; None where it may depend on more (a cookie, say)."""
        if scope.method not in {"GET", "HEAD"} or len(scope.path) + len(scope.query_string) > LONGEST_ADDRESS:
            return None
        headers = scope.headers
        cookie = headers.get("cookie", "")
        if cookie and (not cookie.startswith(f"{DISPLAY_COOKIE}=") or ";" in cookie or "," in cookie):
            return None
        if headers.get("transfer-encoding") or headers.get("content-length", "0") != "0":
            return None
        if preferred(headers.get("accept", "")) is not None:
            return None  # of some pages another format is sent then
        encoding = accepted_encoding(headers.get("accept-encoding", ""), FOR_MANY_ANSWERS) or ""
        proto = headers.get("x-forwarded-proto", "")
        saving = headers.get("save-data", "").strip().lower()
        if saving not in ("", "on"):
            return None
        return (scope.path, scope.query_string, headers.get("host", ""), cookie, encoding, proto, saving)

    def find(self, key: tuple[str, ...], scope: Any) -> KeptAnswer | None:
        """Return the answer that is certainly right now."""
        kept = self._pages.get(key)
        if kept is None or kept.number != self.watch.number or not self.watch.is_sure or kept.day != today():
            return None
        return kept if kept.file is None or _can_be_sent(kept, scope) else None

    def keep(self, key: tuple[str, ...], number: int, answer: Answer) -> None:
        """Keep an answer that the application took from its cache, asked for under a number of the watch."""
        named = {name.lower(): value for name, value in answer.headers}
        if answer.status != 200 or not answer.handover.is_kept or "set-cookie" in named or not named.get("etag"):
            return
        headers = [each for each in answer.headers if each[0].lower() not in _OF_ONE_REQUEST]
        page = KeptAnswer(
            number=number,
            day=today(),
            headers=headers,
            headers_without_body=[each for each in headers if each[0].lower() not in _OF_A_BODY],
            etag=_strong(named["etag"]),
            body=answer.body,
            uses=tuple(answer.handover.uses),
            file=answer.handover.file,
        )
        if len(page.body) + _ENTRY_BYTES <= self._pages.maxsize:
            self._pages[key] = page

    def send(self, kept: KeptAnswer, scope: Any, proto: Any, address: str) -> None:
        """Send a kept answer; note its use, and count it."""
        self._note(kept.uses, scope, address)
        status = _send_file(kept, kept.file, scope, proto) if kept.file is not None else _send_page(kept, scope, proto)
        self._count(scope.method, ENDPOINT, status, 0.0)

    def _note(self, uses: tuple[Use, ...], scope: Any, address: str) -> None:
        if not uses:
            return
        asked = _asked(scope, address)
        if not is_not_usage(asked):
            for use in (use for use in uses if not is_turned(use, asked)):
                self._spool.append(line_of(use, anonymous_user(asked), asked, self._salts))


def _send_page(kept: KeptAnswer, scope: Any, proto: Any) -> int:
    if _names(scope.headers.get("if-none-match"), kept.etag, weak=True):
        proto.response_empty(304, kept.headers_without_body)
        return 304
    if scope.method == "HEAD":
        proto.response_empty(200, kept.headers)
    else:
        proto.response_bytes(200, kept.headers, kept.body)
    return 200


def _send_file(kept: KeptAnswer, file: FilePart, scope: Any, proto: Any) -> int:
    if _names(scope.headers.get("if-none-match"), kept.etag):
        proto.response_empty(304, kept.headers_without_body)
        return 304
    part = _range_of(kept, scope)
    if part is not None:
        named = [each for each in kept.headers if each[0].lower() != "content-length"]
        named.append(("Content-Range", f"bytes {part.start}-{part.stop - 1}/{file.size}"))
        named.append(("Content-Length", str(part.stop - part.start)))
        proto.response_file_range(206, named, str(file.path), part.start, part.stop)
        return 206
    if scope.method == "HEAD":
        proto.response_empty(200, kept.headers)
    else:
        proto.response_file_range(200, kept.headers, str(file.path), file.start, file.stop)
    return 200


def _is_whole(kept: KeptAnswer) -> bool:
    """Tell whether the file is there and as long as its row says: else the application says what is wrong."""
    if kept.file is None:
        return True
    try:
        return os.stat(kept.file.path).st_size == kept.file.size  # noqa: PTH116 (half the time)
    except OSError:
        return False


def _range_of(kept: KeptAnswer, scope: Any) -> ByteRange | None:
    wanted = scope.headers.get("range")
    if wanted is None or kept.file is None or scope.method != "GET":
        return None
    return asked_range(wanted, scope.headers.get("if-range"), kept.etag.strip('"'), kept.file.size)


def _can_be_sent(kept: KeptAnswer, scope: Any) -> bool:
    try:
        _range_of(kept, scope)
    except ValueError:
        return False  # the application says that there is no such part
    return _is_whole(kept)


def _asked(scope: Any, address: str) -> dict[str, Any]:
    headers = scope.headers
    asked = {"REQUEST_METHOD": scope.method, "REMOTE_ADDR": address}
    for name, header in _ASKED_HEADERS.items():
        value = headers.get(header)
        if value is not None:
            asked[name] = value
    return asked


def _strong(etag: str) -> str:
    return etag.strip().removeprefix("W/")


def _names(if_none_match: str | None, etag: str, *, weak: bool = False) -> bool:
    if if_none_match is None:
        return False
    named = [each.strip() for each in if_none_match.split(",")]
    return "*" in named or etag in named or (weak and etag in map(_strong, named))
