"""A search read from the arguments of an address, and checked."""

from collections.abc import Mapping, Sequence

from oer.backends.search import Sort
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.search.criteria import FACETS, PAGE_SIZE, Search

LONGEST_QUERY = 256
MOST_CODES = 30
LARGEST_SIZE = 100
LAST_PAGE = 1_000_000

TOO_LONG = N_("Your search is %(length)s characters long; it can have up to %(most)s.")
NO_SORT = N_("Results cannot be sorted by “%(sort)s”.")
NO_CODE = N_("There is no filter value “%(code_typed)s”.")
NO_PAGE = N_("“%(page)s” is not a page number.")
NO_SIZE = N_("A page has between 1 and %(most)s results.")
NO_PARAMETER = N_("There is no parameter “%(name)s”.")

Arguments = Mapping[str, Sequence[str]]
_NAMES = frozenset({"q", "sort", "page", "size", "exact", *FACETS})


def read_search(arguments: Arguments, *, strict: bool = False) -> tuple[Search, list[Invalid]]:
    """Return the search that an address's arguments ask for, and what is wrong with it.

    What is wrong is left out of the search, except for a text that is too long: it is kept, to be shown again.
    `strict` (for machines): unknown parameters are faults, too.
    """
    faults: list[Invalid] = []
    text = _clean(_last(arguments, "q"))
    if len(text) > LONGEST_QUERY:
        faults.append(Invalid(TOO_LONG, code="query_too_long", field="q", length=len(text), most=LONGEST_QUERY))
    search = Search(
        text=text,
        filters=_filters(arguments, faults),
        sort=_sort(_last(arguments, "sort"), faults),
        page=_number(_last(arguments, "page"), LAST_PAGE, 1, faults, "page"),
        size=_number(_last(arguments, "size"), LARGEST_SIZE, PAGE_SIZE, faults, "size"),
        exact=_last(arguments, "exact") == "1",
    )
    if strict:
        unknown = [name for name in arguments if name not in _NAMES]
        faults += [Invalid(NO_PARAMETER, code="unknown_parameter", field=name[:50], name=name[:50]) for name in unknown]
    return search, faults


def _last(arguments: Arguments, name: str) -> str:
    values = arguments.get(name) or ("",)
    return values[-1]


def _clean(text: str) -> str:
    """Return a text without what no keyboard types and no page can show: control characters, lone surrogates."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _filters(arguments: Arguments, faults: list[Invalid]) -> dict[str, tuple[str, ...]]:
    filters = {}
    for name, facet in FACETS.items():
        asked = dict.fromkeys(code for code in arguments.get(name, ()) if code)
        unknown = [code for code in asked if not facet.has(code)]
        for code in unknown[:1]:
            faults.append(Invalid(NO_CODE, code="unknown_code", field=name, code_typed=_clean(code)[:50]))
        codes = tuple(code for code in asked if code not in unknown)[:MOST_CODES]
        if codes:
            filters[name] = codes
    return filters


def _sort(text: str, faults: list[Invalid]) -> Sort:
    if not text:
        return Sort.RELEVANCE
    try:
        return Sort(text)
    except ValueError:
        faults.append(Invalid(NO_SORT, code="unknown_sort", field="sort", sort=_clean(text)[:50]))
        return Sort.RELEVANCE


def _number(text: str, most: int, usual: int, faults: list[Invalid], name: str) -> int:
    if not text:
        return usual
    if text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most:
        return int(text)
    if name == "size":
        faults.append(Invalid(NO_SIZE, code="bad_size", field=name, most=most))
    else:
        faults.append(Invalid(NO_PAGE, code="bad_page", field=name, page=_clean(text)[:50]))
    return usual
