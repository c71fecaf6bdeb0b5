"""What view functions call to record a usage event. It takes microseconds, never waits and never fails a request."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request

from oer.core.clock import today
from oer.usage.counter.event_kinds import starts_at_first_byte
from oer.usage.events import Event, to_line
from oer.usage.providers import people_provider
from oer.usage.spool import Spool
from oer.usage.visitors import DaySalts
from oer.web.context import db, language, settings
from oer.web.identity import current_account, is_anonymous, sign_in_token

EXTENSION = "oer_usage"
_WAYS_TO_OPEN = ("/read", "/play", "/download")


def record_event(kind: str, item: str, *, format: str = "", url: str = "") -> None:  # noqa: A002 (as in the totals)
    """Record that this request uses the material `item` (its public id). Call it once the response is certain.

    `kind`: `view` (its page), `cite`, `share`, `save`, or `read`, `play`, `download` (a file was opened). `format`: the
    file's code in the vocabulary of formats, or `ALL_FILES`. `url`: the file's own address, the same for all ways to
    open it; by default the request's path without `/read`, `/play` or `/download`. Not recorded, because they are not
    usage: HEAD, prefetching, byte ranges that do not start at the first byte, and visits by staff.
    """
    _record(kind, item=item, format_=format, url=url or _own_address(request.path))


def record_search(words: str, hits: int, *, page: int = 1) -> None:
    """Record that this request is a new search; a further page of the same results is not (CoP 5.1, 7.6)."""
    if page == 1:
        _record("search", words=words, hits=hits, url=request.full_path)


def _record(
    kind: str, *, item: str = "", format_: str = "", url: str = "", words: str = "", hits: int | None = None
) -> None:
    # Read from the environ: the request's own properties would cost more than everything else here.
    environ = request.environ
    if _is_not_usage(environ):
        return
    account = _account(environ)
    if account is not None and people_provider().is_staff(account):
        return
    spool, salts = _spool_and_salts()
    at = time.time_ns() // 1000
    agent = environ.get("HTTP_USER_AGENT", "")
    identity = f"a|{account.id}" if account is not None else f"v|{environ.get('REMOTE_ADDR', '')}|{agent}"
    visitor, visitor_before = salts.keys(at / 1e6, identity)
    line = to_line(
        Event(
            at=at,
            kind=kind,
            item=item,
            format=format_,
            url=url,
            visitor=visitor,
            visitor_before=visitor_before,
            session=salts.keys(at / 1e6, f"s|{sign_in_token()}")[0] if account is not None else None,
            person=people_provider().key_of(db(), account, today()) if account is not None else None,
            user_agent=agent,
            via=_via(environ),
            words=words,
            hits=hits,
            language=language(),
        )
    )
    spool.append(line)


def _account(environ: Mapping[str, Any]) -> Any:
    if "HTTP_COOKIE" not in environ or is_anonymous():
        return None
    return current_account()


def _is_not_usage(environ: Mapping[str, Any]) -> bool:
    if environ["REQUEST_METHOD"] != "GET":
        return True
    purpose = environ.get("HTTP_SEC_PURPOSE") or environ.get("HTTP_PURPOSE") or environ.get("HTTP_X_MOZ")
    if purpose and "prefetch" in purpose.lower():
        return True
    byte_range = environ.get("HTTP_RANGE")
    return byte_range is not None and not starts_at_first_byte(byte_range)


def _own_address(path: str) -> str:
    return next((path.removesuffix(way) for way in _WAYS_TO_OPEN if path.endswith(way)), path)


def _via(environ: Mapping[str, Any]) -> str:
    referrer = environ.get("HTTP_REFERER")
    if not referrer:
        return ""
    try:
        parts = urlsplit(referrer)
    except ValueError:
        return "other"
    return "search" if parts.netloc == environ.get("HTTP_HOST") and parts.path.endswith("/search") else "other"


def _spool_and_salts() -> tuple[Spool, DaySalts]:
    found = current_app.extensions.get(EXTENSION)
    if found is None:
        made = (Spool(settings().spool_dir), DaySalts(settings().salt_dir, settings().usage_salt))
        found = current_app.extensions.setdefault(EXTENSION, made)
    return found  # type: ignore[no-any-return]
