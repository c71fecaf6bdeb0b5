"""A search: what is asked, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oer.backends.search import Sort

PAGE_SIZE = 10


@dataclass(frozen=True)
class Search:
    """A question: its text as typed, filters by facet, order, page."""

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    size: int = PAGE_SIZE
    exact: bool = False
    """Look for the words as they are typed, not for what they may have been meant to be."""

    def arguments(self) -> dict[str, list[str]]:
        """Return the address's arguments of this search; what is as usual is left out."""
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
        """Return this search for the words as they were typed, from its first page."""
        return replace(self, exact=True, page=1)

    def loosely(self) -> "Search":
        """Return this search for what its words may have been meant to be, too, from its first page."""
        return replace(self, exact=False, page=1)

    def without(self, facet: str, code: str) -> "Search":
        """Return this search with one filter less, from its first page."""
        codes = tuple(each for each in self.filters.get(facet, ()) if each != code)
        return replace(self, filters={**self.filters, facet: codes}, page=1)
