"""A page of results: the index says which materials and where in them, the database says what they are."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy.orm import Session

from oer.backends.search import Answer, IndexBroken, IndexMissing, Query, SearchIndex, Sort, Word
from oer.catalogue.queries.masked import changed_since_index
from oer.core.paging import Page
from oer.search.facets import FACETS
from oer.search.grammar import Asked, understand
from oer.search.queries.counts import MOST_VALUES, Chip, ShownFacet, chips, shown_facets
from oer.search.queries.hits import Found, found_materials
from oer.search.queries.readings import Reading, readings
from oer.search.queries.usage import most_used
from oer.search.question import Search

log = logging.getLogger(__name__)


class Standing(StrEnum):
    """Whether the index could answer."""

    READY = "ready"
    INCOMPLETE = "incomplete"
    """It is being made anew: what was found is not all."""
    UNAVAILABLE = "unavailable"
    """It is lost or damaged, and will be made anew; nothing could be searched."""


@dataclass(frozen=True)
class Results:
    """What a page of results shows."""

    search: Search
    page: Page[Found]
    facets: Sequence[ShownFacet] = ()
    chips: Sequence[Chip] = ()
    readings: Sequence[Reading] = ()
    """Words that were read otherwise than typed, and the whole query so."""
    complete: int = 0
    """How many of all results have all of the words."""
    standing: Standing = Standing.READY


def index_query(
    session: Session,
    search: Search,
    asked: Asked,
    *,
    facets: Sequence[str] = tuple(FACETS),
    most_codes: int | None = None,
) -> Query:
    """Return what the index is asked for a search. `most_codes`: at most so many of each facet are counted."""
    return Query(
        wanted=asked.wanted,
        unwanted=asked.unwanted,
        filters={name: frozenset(codes) for name, codes in search.filters.items() if codes},
        masked=changed_since_index(session),
        sort=search.sort,
        used=most_used(session) if search.sort is Sort.MOST_USED else {},
        facets=facets,
        most_codes=most_codes,
        offset=(search.page - 1) * search.size,
        limit=search.size,
        mend=not search.exact,
    )


@dataclass(frozen=True)
class Answered:
    """What the index says to a search; `search` is the page that was really given."""

    search: Search
    asked: Asked
    answer: Answer
    standing: Standing


def answered(
    session: Session, index: SearchIndex, search: Search, *, last_page: bool = True, most_codes: int | None = None
) -> Answered:
    """Return the index's answer to a search. `last_page`: a page beyond the last one gives the last one."""
    asked = understand(search.text)
    if search.text and not (asked.wanted or asked.unwanted):
        return Answered(search, asked, Answer(total=0), Standing.READY)  # "*": there is no word to look for
    query = index_query(session, search, asked, most_codes=most_codes)
    answer, standing = _ask(index, query)
    if last_page and not answer.hits and 0 < answer.total <= query.offset:
        search = search.on_page(-(-answer.total // search.size))
        answer, standing = _ask(index, replace(query, offset=(search.page - 1) * search.size))
    return Answered(search, asked, answer, standing)


def _ask(index: SearchIndex, query: Query) -> tuple[Answer, Standing]:
    try:
        answer = index.search(query)
        return answer, Standing.INCOMPLETE if index.state().incomplete else Standing.READY
    except (IndexMissing, IndexBroken) as error:
        log.warning("the search index does not answer: %s", error)
        return Answer(total=0), Standing.UNAVAILABLE


def find(session: Session, index: SearchIndex, search: Search, language: str) -> Results:
    """Return a page of results in a language. A page beyond the last one gives the last one."""
    given = answered(session, index, search, most_codes=MOST_VALUES)
    answer, search = given.answer, given.search
    found = found_materials(session, answer.hits, _words_read(given.asked, answer), language)
    return Results(
        search=search,
        page=Page(found, search.page, search.size, answer.total),
        facets=shown_facets(session, search, answer.facets),
        chips=chips(session, search),
        readings=readings(search.text, answer.guesses, found),
        complete=answer.complete,
        standing=given.standing,
    )


def _words_read(asked: Asked, answer: Answer) -> list[Word]:
    """Return the words to mark: as typed, or as they were read."""
    read = {guess.typed: guess for guess in answer.guesses}
    return [
        Word(read[word.typed].folded, typed=read[word.typed].read_as) if word.typed in read else word
        for word in asked.words
    ]
