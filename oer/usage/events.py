"""A usage event as one line of the spool: written by a request, checked by the worker."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from oer.usage.counter.event_kinds import INVESTIGATIONS, REQUESTS, SEARCH

LONGEST_AGENT = 512
LONGEST_ADDRESS = 300
LONGEST_WORDS = 200
LONGEST_NAME = 100

KINDS = (INVESTIGATIONS | REQUESTS | {SEARCH}) - {"investigation", "request"}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LARGEST = 2**57  # microseconds: the year 6536
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event as a handler knows it. Texts may be hostile: they are cut here, and cleaned when the line is read."""

    at: int
    """Microseconds since 1970 in UTC."""
    kind: str
    """One of `KINDS`."""
    item: str = ""
    format: str = ""
    url: str = ""
    """Its address as double-clicks compare it: the file's own, whether it is read, played or downloaded."""
    visitor: str = ""
    visitor_before: str | None = None
    session: str | None = None
    """The logged session of a signed-in person, under the day's salt."""
    person: str | None = None
    """Their pseudonym, only where they consented to statistics."""
    user_agent: str = ""
    method: str = ""
    """Access_Method where it is not Regular."""
    via: str = ""
    """`search` if the page before was a result list, `other` if it was something else, empty if unknown."""
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
    """So many events could not be written before this line: the disk was full or broken."""

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


def to_line(note: Event) -> bytes:
    """Return a note as one line of JSON in ASCII, what is empty left out, every text cut to its longest."""
    fields = {
        "t": note.at,
        "k": note.kind,
        "i": note.item[:LONGEST_NAME],
        "f": note.format[:LONGEST_NAME],
        "u": note.url[:LONGEST_ADDRESS],
        "v": note.visitor,
        "y": note.visitor_before,
        "s": note.session,
        "p": note.person,
        "a": note.user_agent[:LONGEST_AGENT],
        "m": note.method,
        "r": note.via,
        "q": note.words[:LONGEST_WORDS],
        "h": note.hits,
        "l": note.language,
    }
    return _encode({key: value for key, value in fields.items() if value not in ("", None)}).encode() + b"\n"


def from_line(line: bytes) -> Event | LostEvents:
    """Return what a line says. Raises ValueError where it says nothing."""
    try:
        fields = json.loads(line)
        if fields["k"] == "lost":
            return LostEvents(_number(fields["n"]))
        given = {name: fields[key] for name, key in _KEYS.items() if key in fields}
        note = Event(**{name: _clean(value, _LONGEST.get(name, LONGEST_NAME)) for name, value in given.items()})
    except (TypeError, KeyError, RecursionError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError("not an event") from error
    _check(note)
    return note


def _clean(value: Any, longest: int) -> Any:
    # No column may be too narrow for a line, whoever wrote it: one refused line would hold up the whole spool.
    return _UNPRINTABLE.sub(" ", value)[:longest] if isinstance(value, str) else value


def _check(note: Event) -> None:
    if not isinstance(note.kind, str) or note.kind not in KINDS:
        raise ValueError("unknown kind of event")
    texts = (note.item, note.format, note.url, note.visitor, note.user_agent, note.method, note.via, note.words)
    optional = (note.visitor_before, note.session, note.person)
    if not all(isinstance(text, str) for text in (*texts, note.language)):
        raise ValueError("a text is something else")
    if not all(text is None or isinstance(text, str) for text in optional):
        raise ValueError("a key is something else")
    if not _is_number(note.at) or not (note.hits is None or _is_number(note.hits)):
        raise ValueError("a number is something else")
    if note.kind != SEARCH and not note.item:
        raise ValueError("an event without an item")


def _number(value: Any) -> int:
    if not _is_number(value):
        raise ValueError("a number is something else")
    return int(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST


def event_time(at: int) -> datetime:
    """Return microseconds since 1970 as an aware moment."""
    return _EPOCH + timedelta(microseconds=at)
