"""The shape of an indicator set outside the database. Whatever a file says more is kept in `facts`."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

SCHEMA = "oer_indicator_set/1"
KINDS = ("unesco", "regulatory", "computed")
ANSWERS = ("number", "percent", "yes_no", "text")
Texts = dict[str, str]


@dataclass(frozen=True)
class TargetDocument:
    """What is aimed at: a `value`, or words (`yes/no`, `đáp ứng tốt`), by a year or for a grade."""

    year: int | None = None
    grade: str = ""
    value: Decimal | None = None
    text: str = ""


@dataclass(frozen=True)
class LineDocument:
    """One indicator. `verification` says for each part how far its wording was compared with the printed source."""

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
    """An indicator set: what it is, since when and until when it is in force, its lines in order."""

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
        """Return the SHA-256 of the whole content, the same whatever file it came from."""
        return hashlib.sha256(json.dumps(to_plain(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def to_plain(document: SetDocument | LineDocument | TargetDocument) -> dict[str, Any]:
    """Return a document as plain JSON values, without what is empty; dates and decimals as text."""
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
    """Return the names of what a document may hold."""
    return [each.name for each in fields(kind)]
