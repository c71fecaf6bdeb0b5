"""Vocabularies: terms and schemes with stable codes, read once from the data files."""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from oer.vietnamese.keys import folded_text


@dataclass(frozen=True)
class Term:
    """One entry of a vocabulary. `labels` is a language map; `facts` is whatever else its file says of it."""

    code: str
    labels: Mapping[str, str]
    parent: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=4096)
def _bare(name: str) -> str:
    return "".join(letter for letter in folded_text(name) if letter.isalnum())


@dataclass(frozen=True)
class Scheme:
    """A vocabulary: its terms by code, in the order of its file."""

    name: str
    terms: Mapping[str, Term]

    def __iter__(self) -> Iterator[Term]:
        return iter(self.terms.values())

    def __contains__(self, code: object) -> bool:
        return code in self.terms

    def __len__(self) -> int:
        return len(self.terms)

    def get(self, code: str) -> Term | None:
        """Return a term, or None."""
        return self.terms.get(code)

    def labels(self, code: str) -> Mapping[str, str]:
        """Return a term's language map; a code that is not (any more) in the file stands for itself."""
        term = self.terms.get(code)
        return term.labels if term else {"vi": code}

    def nearest(self, written: str) -> str:
        """Return the code that somebody who wrote something else probably meant, "" if none is near.

        Names count like codes: of what differs in case, marks or punctuation alone, the first one; else what has few
        other letters.
        """
        codes: dict[str, str] = {}
        for term in self:
            names = (term.code, *term.labels.values(), *(term.facts.get(fact) for fact in ("short", "name")))
            for name in names:
                codes.setdefault(_bare(str(name or "")), term.code)
        found = get_close_matches(_bare(written), [name for name in codes if name], n=1, cutoff=0.75)
        return codes[found[0]] if found else ""

    def tops(self) -> list[Term]:
        """Return the terms with nothing above them."""
        return [term for term in self if term.parent is None]

    def children(self, code: str) -> list[Term]:
        """Return the terms directly below one."""
        return [term for term in self if term.parent == code]

    def with_parents(self, codes: list[str]) -> list[str]:
        """Return `codes` and what is above them, each once, in order."""
        found: dict[str, None] = {}
        for code in codes:
            term = self.terms.get(code)
            found[code] = None
            if term and term.parent:
                found[term.parent] = None
        return list(found)


@dataclass(frozen=True)
class Vocabularies:
    """All schemes, and the version of the files that they were read from."""

    subjects: Scheme
    levels: Scheme
    types: Scheme
    audiences: Scheme
    languages: Scheme
    licences: Scheme
    places: Scheme
    access_modes: Scheme
    accessibility_features: Scheme
    accessibility_hazards: Scheme
    contributor_roles: Scheme
    unit_kinds: Scheme
    formats: Scheme
    kinds_not_taken: Scheme
    relations: Scheme
    withdrawal_categories: Scheme
    collection_kinds: Scheme
    grades: Scheme
    school_subjects: Scheme
    age_bands: tuple[str, ...]
    adapter_licences: Mapping[str, frozenset[str]]
    """By the licence of a source: those under which what is made of it may be published."""
    version: str

    def scheme(self, name: str) -> Scheme:
        """Return a scheme by the name that it has here: `subjects`, `levels`, ..."""
        found: Scheme = getattr(self, name)
        return found

    def format_of(self, media_type: str) -> str:
        """Return the code of the format that a media type belongs to; `other` for those of none."""
        media_type = media_type.lower()
        kind = media_type.partition("/")[0] + "/"
        for term in self.formats:
            if media_type in term.facts["media_types"] or kind in term.facts["media_types"]:
                return term.code
        return "other"

    def kind_not_taken(self, ending: str) -> Term | None:
        """Return the kind of file that an ending names and that the repository does not take; None for unknown ones."""
        return next((term for term in self.kinds_not_taken if ending in term.facts["endings"].split()), None)


# Reading the vocabularies' files.

DATA = Path(__file__).parent / "data"


def _read_yaml(name: str) -> dict[str, Any]:
    with (DATA / name).open(encoding="utf-8") as file:
        return dict(yaml.load(file, yaml.CSafeLoader))


def _term(row: dict[str, Any], parent: str | None = None) -> Term:
    labels = {"vi": row["label_vi"], "en": row["label_en"]}
    facts = {key: value for key, value in row.items() if key not in {"code", "label_vi", "label_en", "children"}}
    return Term(row["code"], labels, parent, facts)


def scheme_of(name: str, rows: Iterable[dict[str, Any]]) -> Scheme:
    """Return the vocabulary that the rows of a data file make, with those below them."""
    terms: dict[str, Term] = {}
    for row in rows:
        terms[row["code"]] = _term(row)
        for child in row.get("children", []):
            terms[child["code"]] = _term(child, row["code"])
    return Scheme(name, terms)


def _places() -> Scheme:
    with (DATA / "places.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return scheme_of("place", ({**row, "label_vi": row["name_vi"], "label_en": row["name_en"]} for row in rows))


def _adapter_licences() -> dict[str, frozenset[str]]:
    """Return the table of licences of sources; it names those of adapters by the part of their address that differs."""
    table: dict[str, list[str]] = _read_yaml("licence_compatibility.yaml")["adapters"]
    return {
        source: frozenset(uri for uri in table if uri.split("/")[-3] in adapters) for source, adapters in table.items()
    }


def _version() -> str:
    digest = hashlib.sha256()
    for path in sorted(DATA.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def vocabularies() -> Vocabularies:
    """Return all vocabularies, read once for each process."""
    accessibility = _read_yaml("accessibility.yaml")
    return Vocabularies(
        subjects=scheme_of("subject", _read_yaml("subjects.yaml")["subjects"]),
        levels=scheme_of("level", _read_yaml("levels.yaml")["levels"]),
        types=scheme_of("type", _read_yaml("types.yaml")["types"]),
        audiences=scheme_of("audience", _read_yaml("audiences.yaml")["audiences"]),
        languages=scheme_of("language", _read_yaml("languages.yaml")["languages"]),
        licences=scheme_of("licence", _read_yaml("licences.yaml")["licences"]),
        places=_places(),
        access_modes=scheme_of("access_mode", accessibility["access_modes"]),
        accessibility_features=scheme_of("accessibility_feature", accessibility["features"]),
        accessibility_hazards=scheme_of("accessibility_hazard", accessibility["hazards"]),
        contributor_roles=scheme_of("contributor_role", _read_yaml("roles.yaml")["roles"]),
        unit_kinds=scheme_of("unit_kind", _read_yaml("unit_kinds.yaml")["kinds"]),
        formats=scheme_of("format", _read_yaml("formats.yaml")["formats"]),
        kinds_not_taken=scheme_of("kind_not_taken", _read_yaml("kinds_not_taken.yaml")["kinds"]),
        relations=scheme_of("relation", _read_yaml("relations.yaml")["relations"]),
        withdrawal_categories=scheme_of("withdrawal_category", _read_yaml("withdrawal_categories.yaml")["categories"]),
        collection_kinds=scheme_of("collection_kind", _read_yaml("collection_kinds.yaml")["kinds"]),
        grades=scheme_of("grade", _read_yaml("grades.yaml")["grades"]),
        school_subjects=scheme_of("school_subject", _read_yaml("school_subjects.yaml")["school_subjects"]),
        age_bands=tuple(_read_yaml("age_bands.yaml")["bands"]),
        adapter_licences=_adapter_licences(),
        version=_version(),
    )
