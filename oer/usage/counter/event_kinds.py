"""Kinds of events, and which events count (COUNTER CoP 5.1, 7.1 and 7.8-7.10)."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from oer.core.clock import CITY_TIME_ZONE

INVESTIGATIONS = frozenset({"investigation", "view", "player", "cite", "share", "save"})
REQUESTS = frozenset({"request", "read", "play", "download"})
SEARCH = "search"
FURTHER = {"turn": "read", "seek": "player"}
"""Further pages of a reader, other times in a player's page: each is what it stands for only if its visitor has not
opened that file before on that day (a link into the middle of a book), otherwise nothing."""

REGULAR, TDM = "Regular", "TDM"

# A signed-in session lasts its whole day; any other is cut at the hour (CoP 7.3).
LOGGED_SESSION = "s:"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RANGE = re.compile(r"\s*bytes\s*=(.*)", re.IGNORECASE | re.DOTALL)
_FROM_START = re.compile(r"\s*0+\s*-")
_TRACKING = re.compile(r"utm_.*|mc_[ce]id|_ga|fbclid|gclid|dclid|msclkid|yclid|igshid|zarsrc|ttclid", re.IGNORECASE)


class Excluded(StrEnum):
    """Why an event does not count."""

    NOT_USAGE = "not_usage"
    INVALID = "invalid"
    RANGE = "range"
    PREFETCH = "prefetch"
    STAFF = "staff"
    BULK = "bulk"
    ROBOT = "robot"


class ItemEvent(NamedTuple):
    """One event on one item (for a search: on none). Sorted by these fields, double-clicks are neighbours."""

    user: str
    """Who it was, as double-clicks are compared (CoP 7.2): user, cookie, session, or address and user agent."""
    url: str
    item: str
    at: int
    """Microseconds since 1970 in UTC."""
    kind: str
    method: str
    """Access_Method: Regular or TDM."""
    format: str
    session: str
    """The session within its day (CoP 7.3): a signed-in one, or the visitor and the hour."""
    person: str = ""


def item_events(event: Mapping[str, Any], is_robot: Callable[[str], bool]) -> list[ItemEvent] | Excluded:
    """Return one event per item, or why `event` does not count.

    `event` has the fields of `counter_cases.json`; times without a zone are in the city's. Raises ValueError, KeyError
    or TypeError for a malformed event.
    """
    kind = event["kind"]
    moment = read_time(event["t"])
    if kind not in INVESTIGATIONS | REQUESTS | FURTHER.keys() | {SEARCH}:
        return Excluded.NOT_USAGE
    reason = _invalid(event) or _not_a_person(event, is_robot)
    if reason:
        return reason
    user, session = _identities(event, moment.hour)
    at = (moment - _EPOCH) // _MICROSECOND
    url = normal_url(_text(event, "url"))
    method = TDM if event.get("method_attr") == TDM else REGULAR
    return [ItemEvent(user, url, item, at, kind, method, "", session) for item in _items(event, kind)]


def read_time(text: str) -> datetime:
    """Return an ISO 8601 time in the city's time zone, which is assumed if it names none. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=CITY_TIME_ZONE) if moment.tzinfo is None else moment.astimezone(CITY_TIME_ZONE)


def _items(event: Mapping[str, Any], kind: str) -> list[str]:
    if kind == SEARCH:
        return [""]
    items = event.get("items") or [event["item"]]
    if not all(isinstance(item, str) and item for item in items):
        raise ValueError("an item is not a text")
    return list(dict.fromkeys(items))


def _text(event: Mapping[str, Any], field: str) -> str:
    value = event.get(field)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{field} is not a text")
    return value or ""


def _invalid(event: Mapping[str, Any]) -> Excluded | None:
    # CoP 7.1 names 200 and 304. Our rule: a byte range that starts at the first byte counts, because players and
    # download managers send nothing else; the ranges after it belong to the same request.
    if (event.get("method") or "GET").upper() != "GET":
        return Excluded.INVALID
    status = event.get("status", 200)
    if status == 206:
        return None if starts_at_first_byte(event.get("range")) else Excluded.RANGE
    return None if status in {200, 304} else Excluded.INVALID


def starts_at_first_byte(byte_range: str | None) -> bool:
    """Tell whether a Range header asks for the start of the file (our rule: then a 206 counts like a 200)."""
    match = _RANGE.fullmatch(byte_range or "")
    return match is not None and any(_FROM_START.match(part) for part in match[1].split(","))


def _not_a_person(event: Mapping[str, Any], is_robot: Callable[[str], bool]) -> Excluded | None:
    if event.get("prefetch"):
        return Excluded.PREFETCH
    if event.get("staff_preview"):
        return Excluded.STAFF
    if event.get("method_attr") == TDM:
        return None  # registered text mining is done by scripts: counted separately, not excluded (7.10)
    if event.get("bulk_automated"):
        return Excluded.BULK
    return Excluded.ROBOT if is_robot(_text(event, "ua")) else None


def _identities(event: Mapping[str, Any], hour: int) -> tuple[str, str]:
    """Return who it was (CoP 7.2) and the session of the day (7.3), which rank the same facts differently."""
    user, cookie, session = (_text(event, field) for field in ("user", "cookie", "session"))
    address = f"a:{_text(event, 'ip')}|{_text(event, 'ua')}"
    named = [f"u:{user}"] if user else []
    named += [f"c:{cookie}"] if cookie else []
    acting = [*named, *([f"{LOGGED_SESSION}{session}"] if session else []), address][0]
    if session:
        return acting, f"{LOGGED_SESSION}{session}"
    return acting, f"{[*named, address][0]}|{hour}"


@lru_cache(maxsize=65536)
def normal_url(url: str) -> str:
    """Return `url` for comparing double-clicks: no fragment, no tracking parameters, the others sorted (our rule)."""
    if not ("?" in url or "#" in url):
        return url
    parts = urlsplit(url)
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0])]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(sorted(pairs)), ""))
