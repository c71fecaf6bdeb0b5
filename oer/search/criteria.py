"""Search criteria as plain values: text, filters by facet, order, page; and the facets that there are."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from oer.backends.search import Sort
from oer.catalogue.fields import FIELDS
from oer.core.durations import LENGTHS
from oer.core.i18n import LANGUAGES, N_, translate
from oer.vocabularies import Scheme, vocabularies

PAGE_SIZE = 10
DURATION_LABELS = {
    "5": N_("Up to 5 minutes"),
    "15": N_("Up to 15 minutes"),
    "60": N_("15 minutes to an hour"),
    "240": N_("1 to 4 hours"),
    "long": N_("More than 4 hours"),
}


@dataclass(frozen=True)
class Facet:
    """Something that results can be narrowed by. `scheme` gives its vocabulary, if it has one."""

    name: str
    label: str
    scheme: Callable[[], Scheme] | None = None

    def has(self, code: str) -> bool:
        """Whether a code may be filtered by."""
        if self.scheme is not None:
            return code in self.scheme()
        if self.name == "duration":
            return code in LENGTHS
        if self.name == "year":
            return code.isascii() and code.isdigit() and len(code) == 4
        return 0 < len(code) <= 64 and code.isprintable()

    def labels(self, code: str) -> Mapping[str, str]:
        """Return a code's labels by language; a unit's are in the database."""
        if self.scheme is not None:
            return self.scheme().labels(code)
        if self.name == "duration" and code in DURATION_LABELS:
            return {language: translate(language, DURATION_LABELS[code]) for language in LANGUAGES}
        return {LANGUAGES[0]: code}


def _vocabulary_facet(name: str, heading: str, vocabulary: str) -> Facet:
    return Facet(name, heading, lambda: vocabularies().scheme(vocabulary))


def _facets() -> Iterator[tuple[int, Facet]]:
    """Give every facet with its rank: those of the metadata's fields, and those of what is known beside them."""
    yield 20, _vocabulary_facet("format", N_("Format"), "formats")
    yield 60, Facet("duration", N_("How long"))
    yield 200, Facet("unit", N_("Unit"))
    yield 210, Facet("year", N_("Year"))
    for each in FIELDS:
        if each.facet:
            name, shown = each.facet
            yield shown.rank, _vocabulary_facet(name, shown.heading, each.vocabulary)


FACETS = {facet.name: facet for _, facet in sorted(_facets(), key=lambda ranked: ranked[0])}


@dataclass(frozen=True)
class Search:
    """What is searched for: text as typed, filters by facet, order, page."""

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    size: int = PAGE_SIZE
    exact: bool = False
    """Search for the words as typed, without correcting typos."""

    def arguments(self) -> dict[str, list[str]]:
        """Return this search as arguments of an address; defaults are left out."""
        written: dict[str, list[str]] = {"q": [self.text]} if self.text else {}
        written |= {name: list(codes) for name, codes in self.filters.items() if codes}
        if self.sort is not Sort.RELEVANCE:
            written["sort"] = [str(self.sort)]
        if self.exact:
            written["exact"] = ["1"]
        if self.page > 1:
            written["page"] = [str(self.page)]
        if self.size != PAGE_SIZE:
            written["size"] = [str(self.size)]
        return written

    def on_page(self, number: int) -> "Search":
        """Return another page of this search."""
        return replace(self, page=number)

    def sorted_by(self, sort: Sort | str) -> "Search":
        """Return this search in another order, from its first page."""
        return replace(self, sort=Sort(sort), page=1)

    def exactly(self) -> "Search":
        """Return this search for the words as typed, from its first page."""
        return replace(self, exact=True, page=1)

    def with_corrections(self) -> "Search":
        """Return this search with typos corrected, from its first page."""
        return replace(self, exact=False, page=1)

    def without(self, facet: str, code: str) -> "Search":
        """Return this search without one of its filters, from its first page."""
        codes = tuple(each for each in self.filters.get(facet, ()) if each != code)
        return replace(self, filters={**self.filters, facet: codes}, page=1)
