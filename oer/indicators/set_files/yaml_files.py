"""Indicator sets as YAML: our own shape, and the three shapes in which the first sets were published.

Nothing of the published files is lost: what has no field of its own is kept in `facts`.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import yaml

from oer.core.errors import OerError, Unprocessable
from oer.core.i18n import N_
from oer.indicators.set_files.documents import (
    SCHEMA,
    LineDocument,
    SetDocument,
    TargetDocument,
    set_from_plain,
    to_plain,
)

UNESCO, COMPUTED = "UNESCO-KF", "LC"
COMPUTED_NAME = {"vi": "Chỉ số tính từ hệ thống (LC-01 đến LC-20)", "en": "Computed indicators (LC-01 to LC-20)"}
UNESCO_NAME = {
    "vi": "Các đặc điểm chính của thành phố học tập (UNESCO, Bắc Kinh, 2013)",
    "en": "Key Features of Learning Cities (UNESCO, Beijing, 2013)",
}
_LINE_KEYS = {
    "code",
    "wording_vi",
    "target",
    "target_year",
    "unit",
    "status",
    "entry",
    "source",
    "note",
    "level",
    "grade",
}


def unesco_key_features(file: Mapping[str, Any]) -> list[SetDocument]:
    """Return the set of a unesco_key_features/1 file."""
    meta = dict(file["meta"])
    lines = [_unesco_line(each) for each in file["features"]]
    return [
        SetDocument(
            UNESCO,
            UNESCO_NAME,
            "unesco",
            "city",
            licence=meta.get("licence", ""),
            note=meta["action"],
            facts={"meta": meta},
            lines=lines,
        )
    ]


def _unesco_line(row: Mapping[str, Any]) -> LineDocument:
    code = row["measure_code"]
    return LineDocument(
        code=code,
        wording=_texts(row, "measurement"),
        label={"en": row["measurement_label_en"]},
        area_code=code[:1],
        area=_texts(row, "area"),
        group_code=code[:3],
        group=_texts(row, "focus"),
        feature_code=row["code"],
        feature=_texts(row, "feature"),
        unit=row["unit"],
        answer=_answer(row["unit"], None),
        source_type=row["source_type"],
        feed=row["repository_feed"],
        feeds_from=list(row["feeds_from"]),
        verification={name: str(status) for name, status in row["status"].items()},
    )


def regulatory_indicators(file: Mapping[str, Any]) -> list[SetDocument]:
    """Return the sets of a vn_regulatory_indicators/1 file, each with the file's note on how to read it."""
    return [_regulatory_set(each, str(file["reading"])) for each in file["sets"]]


def _regulatory_set(row: Mapping[str, Any], reading: str) -> SetDocument:
    more = {key: row[key] for key in ("numbering", "procedure") if key in row}
    return SetDocument(
        code=row["set"],
        name={"vi": row["name_vi"]},
        level=str(row.get("level", "")),
        in_force=str(row.get("in_force", "")),
        note=str(row.get("note", "")),
        facts={"reading": reading, **more},
        lines=[_regulatory_line(each, row) for each in row["items"]],
    )


def _regulatory_line(row: Mapping[str, Any], of: Mapping[str, Any]) -> LineDocument:
    unit = str(row.get("unit") or "")
    return LineDocument(
        code=row["code"],
        wording={"vi": row["wording_vi"]},
        group_code=of["set"],
        group={"vi": of["name_vi"]},
        unit=unit,
        answer=_answer(unit, row.get("target")),
        entry=str(row.get("entry", "manual")),
        verification={"wording": str(row["status"])},
        level=str(row.get("level") or ""),
        grade=str(row.get("grade") or ""),
        source=str(row.get("source", "")),
        note=str(row.get("note", "")),
        facts={key: value for key, value in row.items() if key not in _LINE_KEYS},
        targets=_targets(row.get("target"), row.get("target_year")),
    )


def computed_indicators(file: Mapping[str, Any]) -> list[SetDocument]:
    """Return the set of a computed_indicators/1 file."""
    facts = {key: file[key] for key in ("status", "rules", "manual", "manual_note") if key in file}
    lines = [_computed_line(each, str(file["status"])) for each in file["indicators"]]
    return [
        SetDocument(COMPUTED, COMPUTED_NAME, "computed", "city", in_force=str(file["status"]), facts=facts, lines=lines)
    ]


def _computed_line(row: Mapping[str, Any], status: str) -> LineDocument:
    kept = ("definition", "numerator", "denominator", "period", "disaggregations", "source", "feeds", "worked_example")
    return LineDocument(
        code=row["id"],
        wording=_texts(row, "name"),
        group_code=COMPUTED,
        group=COMPUTED_NAME,
        unit=row["unit"],
        answer=_answer(row["unit"], None),
        source_type="computed",
        entry="computed",
        verification={"definition": status},
        note=row.get("note", ""),
        facts={key: row[key] for key in kept},
    )


def _texts(row: Mapping[str, Any], name: str) -> dict[str, str]:
    return {language: row[f"{name}_{language}"] for language in ("vi", "en") if row.get(f"{name}_{language}")}


def _answer(unit: str, target: Any) -> str:
    if target == "yes/no":
        return "yes_no"
    if unit.startswith("%"):
        return "percent"
    return "text" if unit in {"", "rating", "level"} or "indices" in unit else "number"


def _targets(target: Any, year: int | None) -> list[TargetDocument]:
    if target is None:
        return []
    if isinstance(target, Mapping):
        return [_published_target(value, *_when(str(key))) for key, value in target.items()]
    return [_published_target(target, year, "")]


def _when(key: str) -> tuple[int | None, str]:
    return (int(key), "") if key.isdecimal() else (None, key)


def _published_target(value: Any, year: int | None, grade: str) -> TargetDocument:
    if isinstance(value, int | float):
        return TargetDocument(year, grade, Decimal(str(value)))
    return TargetDocument(year, grade, text=str(value))


READERS: dict[str, Callable[[Mapping[str, Any]], list[SetDocument]]] = {
    "unesco_key_features/1": unesco_key_features,
    "vn_regulatory_indicators/1": regulatory_indicators,
    "computed_indicators/1": computed_indicators,
}


# Indicator sets as YAML: our own shape, and the three shapes that the first sets came in.

NOT_YAML = N_("This is not a YAML file of an indicator set: %(why)s.")
UNKNOWN_SCHEMA = N_("This file's schema is “%(schema)s”. Known here: %(known)s.")
BROKEN = N_("This file lacks parts that its schema requires: %(why)s.")


def read_yaml(text: str | bytes) -> list[SetDocument]:
    """Return the sets of a YAML file in any known schema. Raises Unprocessable."""
    try:
        file = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (both are safe loaders)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Unprocessable(NOT_YAML, why=str(error).splitlines()[0]) from None
    if not isinstance(file, Mapping):
        raise Unprocessable(NOT_YAML, why="no mapping")
    schema = _schema(file)
    if schema == SCHEMA:
        return [set_from_plain(file)]
    if schema not in READERS:
        raise Unprocessable(UNKNOWN_SCHEMA, schema=schema[:60], known=", ".join([SCHEMA, *READERS]))
    return _published(file, schema)


def write_yaml(document: SetDocument) -> str:
    """Return a set as a YAML file in our own schema, which can be read again."""
    return yaml.safe_dump({"schema": SCHEMA, **to_plain(document)}, allow_unicode=True, sort_keys=False, width=120)


def _schema(file: Mapping[str, Any]) -> str:
    meta = file.get("meta")
    return str(file.get("schema") or (meta.get("schema") if isinstance(meta, Mapping) else "") or "")


def _published(file: Mapping[str, Any], schema: str) -> list[SetDocument]:
    try:
        return READERS[schema](file)
    except OerError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unprocessable(BROKEN, why=str(error)) from None
