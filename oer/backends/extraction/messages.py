"""Reads what a reader wrote. A reader may have been taken over by its file, so nothing of it is believed unchecked.

Messages are lines of JSON (`result` writes them), never anything that could run code when it is read.
"""

import base64
import json
import math
import re
from dataclasses import fields
from typing import Any, TypeVar

from oer.backends.extraction.protocol import Facts, Limits, Member, OutlineEntry, Page, State
from oer.backends.extraction.result import clean_text, without_controls

T = TypeVar("T")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_LONGEST_LABEL, _LONGEST_NAME, _MOST_ENTRIES = 200, 1000, 100_000
_MOST_NUMBER = 2**31 - 1
_NO_NAME = re.compile("[\x00\ud800-\udfff]")
_WEBP = re.compile(rb"RIFF....WEBP", re.DOTALL)


class BadMessage(Exception):
    """A reader wrote what no reader of ours writes."""


def read_message(line: bytes) -> dict[str, Any] | None:
    """Return a message, None for a line that was cut off. Raises BadMessage."""
    try:
        message = json.loads(line, parse_constant=_refuse)
    except ValueError:
        return None
    except RecursionError as error:
        raise BadMessage("too deep") from error
    if not isinstance(message, dict):
        raise BadMessage("no object")
    return message


def _refuse(name: str) -> Any:
    raise BadMessage(name)


def page_of(value: Any, number: int) -> Page:
    """Return the page in a message, which must have this number. Raises BadMessage."""
    given = _of(value, dict)
    if given.keys() != {"number", "label", "text", "html"} or _number(given["number"]) != number:
        raise BadMessage("page")
    label, text, html = (_of(given[name], str) for name in ("label", "text", "html"))
    return Page(number, clean_text(label)[:_LONGEST_LABEL], clean_text(text), without_controls(html))


def ocr_text_of(value: Any) -> tuple[int, str]:
    """Return the page number and the text in a message of OCR. Raises BadMessage."""
    given = _of(value, dict)
    return _number(given.get("number")), clean_text(_of(given.get("text"), str))


def picture_of(value: Any) -> bytes:
    """Return the WebP picture in a message. Raises BadMessage."""
    try:
        content = base64.b64decode(_of(value, str), validate=True)
    except ValueError as error:
        raise BadMessage("cover") from error
    if not _WEBP.match(content):
        raise BadMessage("cover")
    return content


def end_of(message: dict[str, Any], limits: Limits) -> tuple[State, str, Facts, list[int]]:
    """Return state, detail, facts and the pages that need OCR, of the last message. Raises BadMessage."""
    try:
        state = State(_of(message["state"], str))
    except ValueError as error:
        raise BadMessage("state") from error
    needs_ocr = [_number(each) for each in _list(message.get("needs_ocr"))]
    if any(not 1 <= each <= limits.pages for each in needs_ocr):
        raise BadMessage("needs_ocr")
    return state, without_controls(_of(message.get("detail"), str)), _facts(message.get("facts")), needs_ocr


def _facts(value: Any) -> Facts:
    given = _of(value, dict)
    if not given.keys() <= {field.name for field in fields(Facts)}:
        raise BadMessage("facts")
    texts: dict[str, Any] = {name: _name(given[name]) for name in ("title", "creator", "language") if name in given}
    if not _LANGUAGE.fullmatch(texts.get("language", "vi")):
        raise BadMessage("language")
    known = (name for name in ("pages", "width", "height") if given.get(name) is not None)
    numbers: dict[str, Any] = {name: _number(given[name]) for name in known}
    duration = given.get("duration")
    if duration is not None and not (isinstance(duration, int | float) and math.isfinite(duration)):
        raise BadMessage("duration")
    outline = [_entry(each) for each in _list(given.get("outline", []))]
    members = [_member(each) for each in _list(given.get("members", []))]
    recognised = _of(given.get("recognised", False), bool)
    return Facts(**texts, **numbers, duration=duration, outline=outline, members=members, recognised=recognised)


def _entry(value: Any) -> OutlineEntry:
    given = _of(value, dict)
    title, anchor = _name(given.get("title")), _name(given.get("anchor", ""))
    return OutlineEntry(title, _number(given.get("level")), _number(given.get("page")), anchor)


def _member(value: Any) -> Member:
    given = _of(value, dict)
    size = _of(given.get("size"), int)
    if size < 0:
        raise BadMessage("size")
    name = _of(given.get("name"), str)  # it finds the member again, so it is taken as it is
    if _NO_NAME.search(name):
        raise BadMessage("member")
    return Member(name, size)


def _name(value: Any) -> str:
    return without_controls(_of(value, str))[:_LONGEST_NAME]


def _number(value: Any) -> int:
    number = _of(value, int)
    if not 0 <= number <= _MOST_NUMBER:
        raise BadMessage("number")
    return number


def _list(value: Any) -> list[Any]:
    given = _of(value, list)
    if len(given) > _MOST_ENTRIES:
        raise BadMessage("list")
    return given


def _of(value: Any, kind: type[T]) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadMessage(kind.__name__)
    return value
