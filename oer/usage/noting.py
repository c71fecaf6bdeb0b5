"""A usage event of an anonymous reader as a line of the spool, made of what the request says about itself."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from oer.usage.counter.event_kinds import FURTHER, starts_at_first_byte
from oer.usage.events import Event, to_line
from oer.usage.visitors import DaySalts

PURPOSES = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
"""Where a browser says that nobody has asked for a page yet."""
_IN_A_READER = frozenset({*FURTHER, *FURTHER.values()})
_AHEAD = ("prefetch", "prerender", "preview")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What was used. The same for every reader of the same answer."""

    kind: str
    item: str = ""
    format: str = ""
    url: str = ""
    words: str = ""
    hits: int | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """Who used it: an identity that is hashed; session and person of somebody who is signed in."""

    identity: str
    session: str = ""
    person: str | None = None


def is_not_usage(environ: Mapping[str, Any]) -> bool:
    """Tell whether a request, given as a WSGI environ, is none that is counted: HEAD, ahead of time, later ranges."""
    if environ["REQUEST_METHOD"] != "GET":
        return True
    for name in PURPOSES:
        if name in environ and any(purpose in environ[name].lower() for purpose in _AHEAD):
            return True
    byte_range = environ.get("HTTP_RANGE")
    return byte_range is not None and not starts_at_first_byte(byte_range)


def is_turned(use: Use, environ: Mapping[str, Any]) -> bool:
    """Tell whether this is a further page of a reader, asked for from within it: then there is nothing to note.

    Browsers that do not say where they come from have it noted, and left out when the day is counted.
    """
    referrer = environ.get("HTTP_REFERER") if use.kind in _IN_A_READER else None
    if not referrer:
        return False
    try:
        parts = urlsplit(referrer)
    except ValueError:
        return False
    is_here: bool = parts.netloc == environ.get("HTTP_HOST")
    return is_here and parts.path.endswith(f"{use.url.removesuffix('/read')}/read")


def anonymous_user(environ: Mapping[str, Any]) -> User:
    """Return a request's user by address and browser."""
    return User(f"v|{environ.get('REMOTE_ADDR', '')}|{environ.get('HTTP_USER_AGENT', '')}")


def line_of(use: Use, user: User, environ: Mapping[str, Any], salts: DaySalts) -> bytes:
    """Return the line of the spool that says: this user did this now."""
    at = time.time_ns() // 1000
    visitor, visitor_before = salts.keys(at / 1e6, user.identity)
    return to_line(
        Event(
            at=at,
            kind=use.kind,
            item=use.item,
            format=use.format,
            url=use.url,
            visitor=visitor,
            visitor_before=visitor_before,
            session=salts.keys(at / 1e6, user.session)[0] if user.session else None,
            person=user.person,
            user_agent=environ.get("HTTP_USER_AGENT", ""),
            via=_via(environ),
            words=use.words,
            hits=use.hits,
            language=use.language,
        )
    )


def _via(environ: Mapping[str, Any]) -> str:
    referrer = environ.get("HTTP_REFERER")
    if not referrer:
        return ""
    try:
        parts = urlsplit(referrer)
    except ValueError:
        return "other"
    return "search" if parts.netloc == environ.get("HTTP_HOST") and parts.path.endswith("/search") else "other"
