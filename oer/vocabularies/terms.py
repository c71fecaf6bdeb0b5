"""Terms and schemes: a code, its words in each language, what is above it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Term:
    """One entry of a vocabulary. `labels` is a language map; `facts` is whatever else its file says of it."""

    code: str
    labels: Mapping[str, str]
    parent: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


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
    relations: Scheme
    withdrawal_categories: Scheme
    collection_kinds: Scheme
    age_bands: tuple[str, ...]
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
