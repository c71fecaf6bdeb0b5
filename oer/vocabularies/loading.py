"""Reading the vocabularies' files."""

import csv
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from oer.vocabularies.terms import Scheme, Term, Vocabularies

DATA = Path(__file__).parent / "data"


def _read(name: str) -> dict[str, Any]:
    with (DATA / name).open(encoding="utf-8") as file:
        return dict(yaml.load(file, yaml.CSafeLoader))


def _term(row: dict[str, Any], parent: str | None = None) -> Term:
    labels = {"vi": row["label_vi"], "en": row["label_en"]}
    facts = {key: value for key, value in row.items() if key not in {"code", "label_vi", "label_en", "children"}}
    return Term(row["code"], labels, parent, facts)


def _scheme(name: str, rows: Iterable[dict[str, Any]]) -> Scheme:
    terms: dict[str, Term] = {}
    for row in rows:
        terms[row["code"]] = _term(row)
        for child in row.get("children", []):
            terms[child["code"]] = _term(child, row["code"])
    return Scheme(name, terms)


def _places() -> Scheme:
    with (DATA / "places.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return _scheme("place", ({**row, "label_vi": row["name_vi"], "label_en": row["name_en"]} for row in rows))


def _version() -> str:
    digest = hashlib.sha256()
    for path in sorted(DATA.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def vocabularies() -> Vocabularies:
    """Return all vocabularies, read once for each process."""
    accessibility = _read("accessibility.yaml")
    return Vocabularies(
        subjects=_scheme("subject", _read("subjects.yaml")["subjects"]),
        levels=_scheme("level", _read("levels.yaml")["levels"]),
        types=_scheme("type", _read("types.yaml")["types"]),
        audiences=_scheme("audience", _read("audiences.yaml")["audiences"]),
        languages=_scheme("language", _read("languages.yaml")["languages"]),
        licences=_scheme("licence", _read("licences.yaml")["licences"]),
        places=_places(),
        access_modes=_scheme("access_mode", accessibility["access_modes"]),
        accessibility_features=_scheme("accessibility_feature", accessibility["features"]),
        accessibility_hazards=_scheme("accessibility_hazard", accessibility["hazards"]),
        contributor_roles=_scheme("contributor_role", _read("roles.yaml")["roles"]),
        unit_kinds=_scheme("unit_kind", _read("unit_kinds.yaml")["kinds"]),
        formats=_scheme("format", _read("formats.yaml")["formats"]),
        relations=_scheme("relation", _read("relations.yaml")["relations"]),
        withdrawal_categories=_scheme("withdrawal_category", _read("withdrawal_categories.yaml")["categories"]),
        collection_kinds=_scheme("collection_kind", _read("collection_kinds.yaml")["kinds"]),
        age_bands=tuple(_read("age_bands.yaml")["bands"]),
        version=_version(),
    )
