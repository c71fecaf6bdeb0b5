"""Between a record and the form that describes it, both ways."""

import re
from typing import Any

from oer.catalogue.forms.describing import DescribeForm
from oer.core.i18n import LANGUAGES

_PLAIN = ("unit", "licence", "source_url", "published_on", "place", "audiences", "levels")
_LISTS = ("subjects", "types", "language")
_TEXTS = ("title", "summary")
_POINTS = ("outcomes", "prerequisites")
_ACCESS = ("features", "hazards", "access_mode")
_HOURS_AND_MINUTES = re.compile(r"PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?")


def form_values(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record as the form's fields hold it."""
    access = record.get("accessibility", {})
    values: dict[str, Any] = {name: record[name] for name in (*_PLAIN, "creators") if name in record}
    values |= {name: record.get(name, []) for name in _LISTS}
    values |= {name: access.get(name, []) for name in _ACCESS}
    for code in LANGUAGES:
        values |= {f"{name}_{code}": record.get(name, {}).get(code, "") for name in _TEXTS}
        values |= {f"{name}_{code}": "\n".join(record.get(name, {}).get(code, [])) for name in _POINTS}
        values[f"accessibility_{code}"] = access.get("summary", {}).get(code, "")
    values["keywords"] = ", ".join(record.get("keywords", []))
    values["hours"], values["minutes"] = _hours_and_minutes(record.get("time_required", ""))
    low, _, high = record.get("typical_age", "").partition("-")
    values |= {"age_from": int(low) if low else None, "age_to": int(high) if high else None}
    return values


def record_typed(form: DescribeForm, kept: dict[str, Any]) -> dict[str, Any]:
    """Return what was typed as a record, to be parsed; what the form cannot show of the record `kept` stays in it."""
    access = {**kept.get("accessibility", {}), **{name: form[name].data or [] for name in _ACCESS}}
    access["summary"] = _by_language(form, "accessibility", access.get("summary", {}))
    return {
        **kept,
        **{name: form[name].data or None for name in _PLAIN},
        **{name: [entry.data for entry in form[name].entries if entry.data] for name in _LISTS},
        **{name: _by_language(form, name, kept.get(name, {})) for name in _TEXTS},
        **{name: _points(form, name, kept.get(name, {})) for name in _POINTS},
        "creators": [_creator(entry.data) for entry in form.creators.entries],
        "keywords": [word for word in re.split(r"[,;\n]", form.keywords.data or "") if word.strip()],
        "time_required": _time_required(form, kept.get("time_required", "")),
        "typical_age": _typical_age(form),
        "accessibility": access,
    }


def _by_language(form: DescribeForm, name: str, kept: dict[str, Any]) -> dict[str, Any]:
    return {**kept, **{code: form[f"{name}_{code}"].data or "" for code in LANGUAGES}}


def _points(form: DescribeForm, name: str, kept: dict[str, Any]) -> dict[str, Any]:
    return {**kept, **{code: (form[f"{name}_{code}"].data or "").splitlines() for code in LANGUAGES}}


def _creator(typed: dict[str, Any]) -> dict[str, Any]:
    named = {name: value for name, value in typed.items() if name != "role" and value and value.strip()}
    # A row with nothing but the role that it came with is no person.
    return {**named, "role": typed.get("role") or "author"} if named else {}


def _hours_and_minutes(duration: str) -> tuple[int | None, int | None]:
    found = _HOURS_AND_MINUTES.fullmatch(duration)
    return (int(found[1] or 0) or None, int(found[2] or 0) or None) if found else (None, None)


def _time_required(form: DescribeForm, kept: str) -> str:
    hours, minutes = form.hours.data or 0, form.minutes.data or 0
    if hours or minutes:
        return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    return "" if _HOURS_AND_MINUTES.fullmatch(kept) else kept


def _typical_age(form: DescribeForm) -> str:
    low, high = form.age_from.data, form.age_to.data
    return "" if low is None and high is None else f"{'' if low is None else low}-{'' if high is None else high}"
