"""A page of results: the index says which materials and where in them, the database says what they are.

Data goes one way: the text is parsed into a query, the index answers it, the database gives the rows and texts of the
hits, snippets are made of these, corrections are spelled as the snippets spell them.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.search import (
    Correction,
    Hit,
    IndexBroken,
    IndexMissing,
    Phrase,
    Query,
    SearchIndex,
    SearchResult,
    Sort,
    Word,
)
from oer.catalogue.models import FileRole
from oer.catalogue.queries.indexing import Behind, excluded_from_results, freshness
from oer.core.clock import today
from oer.core.db import Page
from oer.core.i18n import DEFAULT_LANGUAGE, in_language
from oer.search.criteria import FACETS, Search
from oer.search.highlighting import Fragment, HighlightTerms, highlight, plain_text
from oer.search.other_names import NONE
from oer.search.queries.facets import MOST_VALUES, Chip, ShownFacet, chips, shown_facets
from oer.search.queries.other_names import known_names
from oer.search.queries.places import Place, best_places
from oer.search.queries.rows import FileRow, MaterialRow, cached_material_rows
from oer.search.query_parser import ParsedQuery, parse_query
from oer.search.snippets import shown, shown_of_summary
from oer.usage.models import DailyUsage
from oer.vietnamese.keys import TOKEN, keys_of, tokens
from oer.vietnamese.marks import has_marks
from oer.vocabularies import vocabularies

log = logging.getLogger(__name__)
# "Most used" is what was read, heard, watched or downloaded lately, so that what was new once does not lead for ever.
USED_WITHIN = timedelta(days=30)
MOST_USED = 1000


NOTHING_READ = Behind(0, None)


class Availability(StrEnum):
    """Whether the index could answer."""

    READY = "ready"
    INCOMPLETE = "incomplete"
    """It is being rebuilt, or has been behind the database for a while: what was found is not everything."""
    UNAVAILABLE = "unavailable"
    """It is lost or damaged, and will be rebuilt; nothing could be searched."""


@dataclass(frozen=True)
class SearchOutcome:
    """What the index returned for a search; `search` is the page that was really given."""

    search: Search
    parsed: ParsedQuery
    result: SearchResult
    availability: Availability
    being_read: Behind = NOTHING_READ
    """The public materials of which text is not there yet."""


@dataclass(frozen=True)
class ResultItem:
    """A material in a list of results."""

    material: MaterialRow
    title: Sequence[Fragment]
    snippet: Sequence[Fragment]
    file: FileRow | None
    """The file that has the words of the query; None where only the material's description has them."""
    part: int
    """Number of the page, chapter or section that has them."""
    page: int | None
    """The same, where people know it by its number."""

    @property
    def format(self) -> str:
        """The format of the file."""
        return vocabularies().format_of(self.file.media_type) if self.file else ""

    @property
    def is_spoken(self) -> bool:
        """Whether the words are said in a recording."""
        return self.file is not None and self.file.role in (FileRole.CAPTIONS, FileRole.TRANSCRIPT)


@dataclass(frozen=True)
class ResultsPage:
    """What a page of results shows."""

    search: Search
    page: Page[ResultItem]
    facets: Sequence[ShownFacet] = ()
    chips: Sequence[Chip] = ()
    corrected_text: str = ""
    """The whole query with its words corrected, if any were."""
    other_names: Sequence[str] = ()
    """What was searched for besides, because it is the same thing."""
    full_matches: int = 0
    """How many of all results have all of the words, as they were typed."""
    weaker_from: int | None = None
    """Place in `page.items` of the first result that has not, where these come last; None if it is on a later page."""
    availability: Availability = Availability.READY
    being_read: Behind = NOTHING_READ


def results_page(session: Session, index: SearchIndex, search: Search, language: str) -> ResultsPage:
    """Return a page of results in a language. A page beyond the last one gives the last one."""
    outcome = search_outcome(session, index, search, codes_per_facet=MOST_VALUES)
    search, result = outcome.search, outcome.result
    items = _result_items(session, result.hits, outcome.parsed, result.corrections, language)
    return ResultsPage(
        search=search,
        page=Page(items, search.page, search.size, result.total),
        facets=shown_facets(session, search, result.facets, language),
        chips=chips(session, search),
        corrected_text=_corrected_text(search.text, result.corrections, items),
        other_names=_shown_names(outcome.parsed),
        full_matches=result.full_matches,
        weaker_from=_first_weaker(search, result, items),
        availability=outcome.availability,
        being_read=outcome.being_read,
    )


def _shown_names(parsed: ParsedQuery) -> list[str]:
    """Return the other names that were searched for, without those that only spell another one in other letters."""
    shown: dict[str, str] = {}
    for name in parsed.other_names:
        shown.setdefault(name.text.lower(), name.text)
    return list(shown.values())


def _first_weaker(search: Search, result: SearchResult, items: Sequence[ResultItem]) -> int | None:
    full = result.full_matches - (search.page - 1) * search.size
    if not (result.full_matches and result.full_first and search.text) or full >= len(result.hits):
        return None
    shown = {item.material.public_id for item in items}  # not every hit: some are no longer public
    return sum(hit.id in shown for hit in result.hits[: max(full, 0)])


# What the index says


def search_outcome(
    session: Session, index: SearchIndex, search: Search, *, last_page: bool = True, codes_per_facet: int | None = None
) -> SearchOutcome:
    """Return the index's result for a search. `last_page`: a page beyond the last one gives the last one."""
    parsed = parse_query(search.text, NONE if search.exact else known_names(session))
    if search.text and not (parsed.must or parsed.must_not):
        return SearchOutcome(search, parsed, SearchResult(total=0), Availability.READY)  # "*": no word to search for
    query = _index_query(session, search, parsed, codes_per_facet)
    result, availability = _ask(index, query)
    if last_page and not result.hits and 0 < result.total <= query.offset:
        search = search.on_page(-(-result.total // search.size))
        result, availability = _ask(index, replace(query, offset=(search.page - 1) * search.size))
    fresh = freshness(session)
    if availability is Availability.READY and fresh.is_overdue:
        availability = Availability.INCOMPLETE
    return SearchOutcome(search, parsed, result, availability, fresh.being_read)


def _index_query(session: Session, search: Search, parsed: ParsedQuery, codes_per_facet: int | None) -> Query:
    return Query(
        must=parsed.must,
        must_not=parsed.must_not,
        filters={name: frozenset(codes) for name, codes in search.filters.items() if codes},
        excluded=excluded_from_results(session),
        sort=search.sort,
        usage=most_used(session) if search.sort is Sort.MOST_USED else {},
        facets=tuple(FACETS),
        codes_per_facet=codes_per_facet,
        offset=(search.page - 1) * search.size,
        limit=search.size,
        correct_typos=not search.exact,
    )


def most_used(session: Session) -> dict[str, int]:
    """Return public id -> requests of the last 30 days, of the most used materials."""
    requests = sa.func.sum(DailyUsage.tir).label("requests")
    query = (
        sa.select(DailyUsage.item, requests)
        .where(DailyUsage.day >= today() - USED_WITHIN, DailyUsage.format == "all")
        .group_by(DailyUsage.item)
        .order_by(requests.desc(), DailyUsage.item)
        .limit(MOST_USED)
    )
    return {item: int(count) for item, count in session.execute(query)}


def _ask(index: SearchIndex, query: Query) -> tuple[SearchResult, Availability]:
    try:
        result = index.search(query)
        return result, Availability.INCOMPLETE if index.state().incomplete else Availability.READY
    except (IndexMissing, IndexBroken) as error:
        log.warning("the search index does not answer: %s", error)
        return SearchResult(total=0), Availability.UNAVAILABLE


# What is shown of it


def _words_to_highlight(parsed: ParsedQuery, corrections: Sequence[Correction]) -> list[Word]:
    """Return the words to highlight: as typed, or as they were corrected."""
    corrected = {each.typed: Word(each.folded, typed=each.read_as) for each in corrections}
    return [corrected.get(word.typed, word) for word in parsed.words]


def _result_items(
    session: Session, hits: Sequence[Hit], parsed: ParsedQuery, corrections: Sequence[Correction], language: str
) -> list[ResultItem]:
    """Return what a page shows of these hits, in their order. Materials that are no longer public are left out."""
    materials = cached_material_rows(session, [hit.id for hit in hits])
    public = [hit for hit in hits if hit.id in materials]
    terms = HighlightTerms.of(_words_to_highlight(parsed, corrections))
    places = best_places(session, [(materials[hit.id], hit) for hit in public], terms)
    return [
        _result_item(materials[hit.id], place, terms, (parsed, corrections), language)
        for hit, place in zip(public, places, strict=True)
    ]


def _result_item(
    material: MaterialRow,
    place: Place | None,
    terms: HighlightTerms,
    asked: tuple[ParsedQuery, Sequence[Correction]],
    language: str,
) -> ResultItem:
    title = highlight(in_language(material.record.get("title"), language or DEFAULT_LANGUAGE), terms)
    summary = in_language(material.record.get("summary"), language)
    says_more = place is not None and place.answer.answers and not _has_all(title, *asked)
    found: Sequence[Fragment] = ()
    if place and (says_more or not summary):
        found = shown(place.text, place.answer)
    elif summary:
        found = shown_of_summary(summary, terms)
    if place is None or not place.is_worth_opening:
        return ResultItem(material, title, found, None, 1, None)
    return ResultItem(material, title, found, place.file, place.part, place.page)


def _has_all(title: Sequence[Fragment], parsed: ParsedQuery, corrections: Sequence[Correction]) -> bool:
    """Tell whether a title has what is searched for, in words or by another name: the material is what was meant."""
    there = {keys_of(token).folded for each in title if each.highlighted for token in tokens(each.text)}
    there |= {each.typed for each in corrections if each.folded in there}
    return bool(parsed.must) and all(any(_is_among(clause, there) for clause in choice) for choice in parsed.must)


def _is_among(clause: Word | Phrase, there: Set[str]) -> bool:
    words = clause.words if isinstance(clause, Phrase) else (clause,)
    return all(word.folded in there or word.typed in there for word in words)


def _corrected_text(text: str, corrections: Sequence[Correction], items: Iterable[ResultItem]) -> str:
    """Return a query with its words corrected, spelled as most of the results spell them; "" if none was."""
    if not corrections:
        return ""
    spelled = {each.typed: each.read_as for each in corrections}
    if any(has_marks(token) for token in tokens(text)):
        usual = _spellings_in(items, {each.folded for each in corrections})
        spelled |= {each.typed: usual[each.folded] for each in corrections if each.folded in usual}
    return TOKEN.sub(lambda token: spelled.get(token[0].lower(), token[0]), text)


def _spellings_in(items: Iterable[ResultItem], folded: set[str]) -> dict[str, str]:
    """Return how most of the results spell some words."""
    counts: dict[str, Counter[str]] = {}
    for item in items:
        for token in tokens(plain_text(item.title) + " " + plain_text(item.snippet)):
            key = keys_of(token).folded
            if key in folded:
                counts.setdefault(key, Counter())[token] += 1
    return {key: counter.most_common(1)[0][0] for key, counter in counts.items()}
