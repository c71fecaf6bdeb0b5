"""An indicator set outside the database, and how it is read from plain values.

What a file says beyond these fields is kept in `facts`. Mistakes are reported with the line they stand in.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, TypeVar

from oer.core.errors import Unprocessable
from oer.core.i18n import N_

SCHEMA = "oer_indicator_set/1"
KINDS = ("unesco", "regulatory", "computed")
ANSWERS = ("number", "percent", "yes_no", "text")
Texts = dict[str, str]


@dataclass(frozen=True)
class TargetDocument:
    """A target: a `value` or a `text` (`yes/no`, `đáp ứng tốt`), for a year or a grade."""

    year: int | None = None
    grade: str = ""
    value: Decimal | None = None
    text: str = ""


@dataclass(frozen=True)
class LineDocument:
    """One indicator. `verification` says for each part how far it has been compared with the printed source."""

    code: str
    wording: Texts
    label: Texts = field(default_factory=dict)
    area_code: str = ""
    area: Texts = field(default_factory=dict)
    group_code: str = ""
    group: Texts = field(default_factory=dict)
    feature_code: str = ""
    feature: Texts = field(default_factory=dict)
    unit: str = ""
    answer: str = "number"
    source_type: str = ""
    entry: str = "manual"
    feed: str = "none"
    feeds_from: list[str] = field(default_factory=list)
    verification: Texts = field(default_factory=dict)
    level: str = ""
    grade: str = ""
    source: str = ""
    note: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    targets: list[TargetDocument] = field(default_factory=list)


@dataclass(frozen=True)
class SetDocument:
    """An indicator set: its description, the dates it is in force, its lines in order."""

    code: str
    name: Texts
    kind: str = "regulatory"
    level: str = ""
    in_force: str = ""
    licence: str = ""
    note: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    lines: list[LineDocument] = field(default_factory=list)

    def digest(self) -> str:
        """Return the SHA-256 of the content; it does not depend on the file format."""
        return hashlib.sha256(json.dumps(to_plain(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def to_plain(document: SetDocument | LineDocument | TargetDocument) -> dict[str, Any]:
    """Return a document as plain JSON values; dates and decimals as text, without empty values."""
    return {name: _plain(value) for name, value in asdict(document).items() if value not in ("", None, [], {})}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [
            _plain({k: v for k, v in e.items() if v not in ("", None, [], {})} if isinstance(e, dict) else e)
            for e in value
        ]
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


def field_names(kind: type[SetDocument | LineDocument | TargetDocument]) -> list[str]:
    """Return the names of the fields of a document."""
    return [each.name for each in fields(kind)]


# Reading plain values. Errors name the line and the key.

UNKNOWN_KEY = N_("%(where)s: “%(key)s” is not a known key.")
MISSING = N_("%(where)s: “%(key)s” is missing.")
WRONG = N_("%(where)s: “%(key)s” cannot be “%(found)s”.")
TWICE = N_("The code “%(line)s” appears twice.")
Document = TypeVar("Document", SetDocument, LineDocument, TargetDocument)
_TEXTS = {"name", "wording", "label", "area", "group", "feature", "verification"}
_DATES = {"valid_from", "valid_to"}
_LISTS = {"feeds_from", "lines", "targets"}


def set_from_plain(values: Mapping[str, Any]) -> SetDocument:
    """Return the set described by plain values. Raises Unprocessable, naming the line and the key."""
    given = {key: value for key, value in values.items() if key != "schema"}
    where = str(given.get("code") or N_("the set"))
    lines = [_line(each, f"{where}, {number}") for number, each in enumerate(given.pop("lines", None) or [], 1)]
    _refuse_twins([line.code for line in lines])
    document = _document(SetDocument, given, where, lines=lines)
    _among(document.kind, KINDS, where, "kind")
    return document


def _line(values: Any, where: str) -> LineDocument:
    given = dict(_mapping(values, where, "lines"))
    where = f"{where} ({given.get('code', '?')})"
    targets = [
        _document(TargetDocument, _mapping(each, where, "targets"), where) for each in given.pop("targets", None) or []
    ]
    line = _document(LineDocument, given, where, targets=targets)
    _among(line.answer, ANSWERS, where, "answer")
    return line


def _document(kind: type[Document], values: Mapping[str, Any], where: str, **made: Any) -> Document:
    known = field_names(kind)
    for key in values:
        if key not in known:
            raise Unprocessable(UNKNOWN_KEY, where=where, key=key)
    for key in ("code", "name" if kind is SetDocument else "wording") if kind is not TargetDocument else ():
        if not values.get(key):
            raise Unprocessable(MISSING, where=where, key=key)
    read = {key: _value(key, value, where) for key, value in values.items() if value not in (None, "")}
    return kind(**read, **made)


def _value(key: str, value: Any, where: str) -> Any:
    if key in _TEXTS:
        return {str(name): str(text) for name, text in _mapping(value, where, key).items() if text}
    if key in _DATES:
        return _date(key, value, where)
    if key == "facts":
        return dict(_mapping(value, where, key))
    if key in _LISTS:
        return [str(each) for each in _list(value, where, key)]
    if key == "year":
        return int(_number(value, where, key))
    return _number(value, where, key) if key == "value" else str(value)


def _date(key: str, value: Any, where: str) -> date:
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        _wrong(where, key, value)


def _number(value: Any, where: str, key: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        _wrong(where, key, value)
    if not number.is_finite():
        _wrong(where, key, value)
    return number


def _mapping(value: Any, where: str, key: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        _wrong(where, key, value)
    return value


def _list(value: Any, where: str, key: str) -> list[Any]:
    if not isinstance(value, list):
        _wrong(where, key, value)
    return value


def _wrong(where: str, key: str, found: Any) -> NoReturn:
    raise Unprocessable(WRONG, where=where, key=key, found=str(found)[:60])


def _among(value: str, allowed: tuple[str, ...], where: str, key: str) -> None:
    if value not in allowed:
        _wrong(where, key, value)


def _refuse_twins(codes: list[str]) -> None:
    for code in codes:
        if codes.count(code) > 1:
            raise Unprocessable(TWICE, line=code)
