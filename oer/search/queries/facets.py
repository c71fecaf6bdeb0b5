"""Facets of a search result as a page shows them: labels, counts, what is chosen, subjects below subjects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.orm import Session

from oer.backends.search import FacetCount
from oer.core.durations import LENGTHS
from oer.core.i18n import in_language
from oer.search.criteria import FACETS, Facet, Search
from oer.search.queries.rows import unit_names
from oer.vocabularies import vocabularies

# Whoever looks for the 31st of the units searches for its name, or comes from its page.
MOST_VALUES = 30
_SHOWN_AT_ONCE = 8
_MOST_LABELS = 4096


@dataclass(slots=True)
class FacetValue:
    """One code of a facet with its label and how many materials have it."""

    code: str
    label: str
    count: int
    chosen: bool
    below: Sequence["FacetValue"] = ()


@dataclass(frozen=True)
class ShownFacet:
    """One facet with its values, those with the most materials first."""

    name: str
    label: str
    """In English, to be translated."""
    values: Sequence[FacetValue]
    chosen: int
    """How many values are chosen."""

    @property
    def first(self) -> Sequence[FacetValue]:
        """The values that are shown at once."""
        return self.values[:_SHOWN_AT_ONCE]

    @property
    def rest(self) -> Sequence[FacetValue]:
        """The values that are shown when asked for."""
        return self.values[_SHOWN_AT_ONCE:]


def shown_facets(
    session: Session, search: Search, counts: Mapping[str, Sequence[FacetCount]], language: str
) -> list[ShownFacet]:
    """Return the facets that have something to choose, each with the values that were counted."""
    names = unit_names(session)
    shown = []
    for name, facet in FACETS.items():
        chosen = search.filters.get(name, ())
        values = [
            FacetValue(code, _label(name, code, language, names), hits, code in chosen)
            for code, hits in counts.get(name, ())
        ]
        if name == "subject":
            values = _tree(values)
        elif name in ("level", "duration", "year"):
            values = _in_order(facet, values)
        if len(values) > 1 or chosen:
            shown.append(ShownFacet(name, facet.label, values, len(chosen)))
    return shown


def _label(name: str, code: str, language: str, units: Mapping[str, Mapping[str, str]]) -> str:
    if name == "unit" and code in units:
        return in_language(units[code], language)
    return _code_label(name, code, language)


@lru_cache(maxsize=_MOST_LABELS)
def _code_label(name: str, code: str, language: str) -> str:
    # The vocabularies do not change while a process runs.
    return in_language(FACETS[name].labels(code), language)


def _tree(values: Sequence[FacetValue]) -> list[FacetValue]:
    """Put subjects below their parents; those below are shown only if one of the branch is chosen."""
    by_code = {value.code: value for value in values}
    tops = []
    for value in values:
        term = vocabularies().subjects.get(value.code)
        above = by_code.get(term.parent) if term and term.parent else None
        if above is None:
            tops.append(value)
        else:
            above.below = [*above.below, value]
    for top in tops:
        if not (top.chosen or any(value.chosen for value in top.below)):
            top.below = ()
    return tops


def _in_order(facet: Facet, values: Sequence[FacetValue]) -> list[FacetValue]:
    """Sort the values of facets that have an order of their own: levels and durations ascending, years descending."""
    if facet.name == "year":
        return sorted(values, key=lambda value: value.code, reverse=True)
    order = list(facet.scheme().terms) if facet.scheme else list(LENGTHS)
    return sorted(values, key=lambda value: order.index(value.code) if value.code in order else len(order))


@dataclass(frozen=True)
class Chip:
    """A filter that is in use."""

    facet: str
    code: str
    labels: Mapping[str, str]


def chips(session: Session, search: Search) -> list[Chip]:
    """Return the filters in use, each to be removed by itself."""
    names = unit_names(session) if search.filters.get("unit") else {}
    return [
        Chip(name, code, (names.get(code) if name == "unit" else None) or FACETS[name].labels(code))
        for name, codes in search.filters.items()
        for code in codes
    ]
