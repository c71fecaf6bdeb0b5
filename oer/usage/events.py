"""A usage event as one line of the spool: written by a request, checked by the worker."""

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from oer.backends.extraction.media_types import MEDIA_TYPES, ZIP
from oer.usage.counter.counting import ALL_FILES
from oer.usage.counter.event_kinds import FURTHER, INVESTIGATIONS, REQUESTS, SEARCH
from oer.vocabularies import vocabularies

LONGEST_AGENT = 512
LONGEST_ADDRESS = 300
LONGEST_WORDS = 200
LONGEST_NAME = 100

KINDS = (INVESTIGATIONS | REQUESTS | FURTHER.keys() | {SEARCH}) - {"investigation", "request"}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LARGEST = 2**57  # microseconds: the year 6536
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event as a handler knows it. Texts may be hostile: `to_line` cuts them, `from_line` cleans them."""

    at: int
    """Microseconds since 1970 in UTC."""
    kind: str
    """One of `KINDS`."""
    item: str = ""
    format: str = ""
    """A code of the vocabulary of formats, `ALL_FILES`, or empty for the page about the item."""
    url: str = ""
    """The address that double-clicks are compared by: a file's own, whether it is read, played or downloaded; any other
    page's as it was asked for."""
    visitor: str = ""
    visitor_before: str | None = None
    """The visitor's key of the day before, within 30 seconds after midnight."""
    session: str | None = None
    """A signed-in person's session, under the day's salt."""
    person: str | None = None
    """A signed-in person's pseudonym, if they agreed to be counted."""
    user_agent: str = ""
    method: str = ""
    """COUNTER's Access_Method, if it is not Regular."""
    via: str = ""
    """Where the visitor came from: `search` (a result list), `other`, or empty if unknown."""
    words: str = ""
    hits: int | None = None
    language: str = ""


_LONGEST = {
    "user_agent": LONGEST_AGENT,
    "url": LONGEST_ADDRESS,
    "words": LONGEST_WORDS,
    "method": 10,
    "via": 10,
    "language": 10,
}


@dataclass(frozen=True, slots=True)
class LostEvents:
    """How many events before this line could not be written, because the disk was full or broken."""

    number: int


_KEYS = {
    "at": "t",
    "kind": "k",
    "item": "i",
    "format": "f",
    "url": "u",
    "visitor": "v",
    "visitor_before": "y",
    "session": "s",
    "person": "p",
    "user_agent": "a",
    "method": "m",
    "via": "r",
    "words": "q",
    "hits": "h",
    "language": "l",
}


def to_line(event: Event) -> bytes:
    """Return an event as one line of JSON in ASCII: empty fields left out, texts cut to their maximum."""
    fields = {
        "t": event.at,
        "k": event.kind,
        "i": event.item[:LONGEST_NAME],
        "f": event.format[:LONGEST_NAME],
        "u": event.url[:LONGEST_ADDRESS],
        "v": event.visitor,
        "y": event.visitor_before,
        "s": event.session,
        "p": event.person,
        "a": event.user_agent[:LONGEST_AGENT],
        "m": event.method,
        "r": event.via,
        "q": event.words[:LONGEST_WORDS],
        "h": event.hits,
        "l": event.language,
    }
    return _encode({key: value for key, value in fields.items() if value not in ("", None)}).encode() + b"\n"


def from_line(line: bytes) -> Event | LostEvents:
    """Return the event of a line. Raises ValueError for a line that is not one.

    Lines written before formats were noted by their codes name a file ending instead; they get the code.
    """
    try:
        fields = json.loads(line)
        if fields["k"] == "lost":
            return LostEvents(_number(fields["n"]))
        given = {name: fields[key] for name, key in _KEYS.items() if key in fields}
        event = Event(**{name: _clean(value, _LONGEST.get(name, LONGEST_NAME)) for name, value in given.items()})
    except (TypeError, KeyError, RecursionError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError("not an event") from error
    _check(event)
    return replace(event, format=_format_code(event))


def _clean(value: Any, longest: int) -> Any:
    # Whatever wrote the line, its texts must fit their columns: one refused row would hold up the whole spool.
    return _UNPRINTABLE.sub(" ", value)[:longest] if isinstance(value, str) else value


def _check(event: Event) -> None:
    if not isinstance(event.kind, str) or event.kind not in KINDS:
        raise ValueError("unknown kind of event")
    texts = (event.item, event.format, event.url, event.visitor, event.user_agent, event.method, event.via, event.words)
    optional = (event.visitor_before, event.session, event.person)
    if not all(isinstance(text, str) for text in (*texts, event.language)):
        raise ValueError("a text is something else")
    if not all(text is None or isinstance(text, str) for text in optional):
        raise ValueError("a key is something else")
    if not _is_number(event.at) or not (event.hits is None or _is_number(event.hits)):
        raise ValueError("a number is something else")
    if event.kind != SEARCH and not event.item:
        raise ValueError("an event without an item")


def _format_code(event: Event) -> str:
    if event.format == ALL_FILES and "/files/" in event.url:
        return vocabularies().format_of(ZIP)  # an old line: `zip` also meant a ZIP file, which has its own address
    return _format_codes().get(event.format, "other")


@cache
def _format_codes() -> dict[str, str]:
    # Where two types share an ending, old lines mean the first one.
    by_ending = {each.endings[0]: vocabularies().format_of(each.name) for each in reversed(MEDIA_TYPES.values())}
    own = [*(term.code for term in vocabularies().formats), ALL_FILES, ""]
    return by_ending | {code: code for code in own}


def _number(value: Any) -> int:
    if not _is_number(value):
        raise ValueError("a number is something else")
    return int(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST


def event_time(at: int) -> datetime:
    """Return microseconds since 1970 as an aware datetime."""
    return _EPOCH + timedelta(microseconds=at)
