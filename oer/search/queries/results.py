"""A page of results: the index says which materials and where in them, the database says what they are."""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy.orm import Session

from oer.backends.search import (
    Correction,
    Hit,
    IndexBroken,
    IndexMissing,
    Location,
    Query,
    SearchIndex,
    SearchResult,
    Sort,
    Word,
)
from oer.catalogue.models import FileRole
from oer.catalogue.queries.indexing import excluded_from_results
from oer.core.db import Page
from oer.core.i18n import DEFAULT_LANGUAGE, in_language
from oer.search.criteria import FACETS, Search
from oer.search.highlighting import Fragment, HighlightTerms, highlight, plain_text, snippet
from oer.search.queries.facets import MOST_VALUES, Chip, ShownFacet, chips, shown_facets
from oer.search.queries.rows import FileRow, MaterialRow, TextPart, cached_material_rows, part_texts
from oer.search.queries.suggestions import most_used
from oer.search.query_parser import ParsedQuery, parse_query
from oer.vietnamese.keys import TOKEN, keys_of, tokens
from oer.vietnamese.marks import has_marks
from oer.vocabularies import vocabularies

_NUMBER = re.compile(r"\d+$")


@dataclass(frozen=True)
class ResultItem:
    """A material that answers, as a list of results shows it."""

    material: MaterialRow
    title: Sequence[Fragment]
    snippet: Sequence[Fragment]
    file: FileRow | None
    """The file that the snippet is from; None where it is from the summary."""
    part: int
    """Number of the page, chapter or section that the snippet is from."""
    page: int | None
    """The same, where people know it by its number."""

    @property
    def format(self) -> str:
        """The format of the file that the snippet is from."""
        return vocabularies().format_of(self.file.media_type) if self.file else ""

    @property
    def is_spoken(self) -> bool:
        """Whether the snippet is from what is said in a recording."""
        return self.file is not None and self.file.role in (FileRole.CAPTIONS, FileRole.TRANSCRIPT)


def result_items(session: Session, hits: Sequence[Hit], words: Sequence[Word], language: str) -> list[ResultItem]:
    """Return what a page shows of these hits, in their order. What is not in service any more is left out."""
    materials = cached_material_rows(session, [hit.id for hit in hits])
    shown = [(materials[hit.id], hit.place) for hit in hits if hit.id in materials]
    places = [_text_part(material, place) for material, place in shown]
    texts, marks = part_texts(session, [place for place in places if place]), HighlightTerms.of(words)
    return [
        _result_item(material, place, texts.get(at) if at else None, at, marks, language)
        for (material, place), at in zip(shown, places, strict=True)
    ]


def _file(material: MaterialRow, place: Location) -> FileRow | None:
    return next((file for file in material.files if file.position == place.file), None)


def _text_part(material: MaterialRow, place: Location | None) -> TextPart | None:
    file = _file(material, place) if place else None
    number = _NUMBER.search(place.anchor) if place else None
    if file is None or file.rendition_id is None or number is None:
        return None
    return TextPart(file.rendition_id, int(number[0]))


def _result_item(
    material: MaterialRow,
    place: Location | None,
    text: str | None,
    at: TextPart | None,
    marks: HighlightTerms,
    language: str,
) -> ResultItem:
    title = highlight(in_language(material.record.get("title"), language or DEFAULT_LANGUAGE), marks)
    if place is None or at is None or not text:
        summary = in_language(material.record.get("summary"), language)
        return ResultItem(material, title, snippet(summary, marks) if summary else (), None, 1, None)
    return ResultItem(
        material, title, snippet(text, marks, place.word, place.start), _file(material, place), at.number, place.page
    )


# Words that were read otherwise than typed, written as the results write them.

_TOKEN = re.compile(TOKEN.pattern, re.IGNORECASE)


@dataclass(frozen=True)
class ShownCorrection:
    """A guess: the word as typed, as it was read, and the whole query with every guess in it."""

    typed: str
    read_as: str
    query: str


def shown_corrections(text: str, guesses: Sequence[Correction], found: Iterable[ResultItem]) -> list[ShownCorrection]:
    """Return the guesses as people can judge them: in the spelling that most of the results have."""
    if not guesses:
        return []
    spelled = {guess.typed: guess.read_as for guess in guesses}
    if any(has_marks(token) for token in tokens(text)):
        seen = _spellings_in(found, {guess.folded for guess in guesses})
        spelled |= {guess.typed: seen[guess.folded] for guess in guesses if guess.folded in seen}
    query = _TOKEN.sub(lambda token: spelled.get(token[0].lower(), token[0]), text)
    return [ShownCorrection(guess.typed, spelled[guess.typed], query) for guess in guesses]


def _spellings_in(found: Iterable[ResultItem], wanted: set[str]) -> dict[str, str]:
    counts: dict[str, Counter[str]] = {}
    for each in found:
        for token in tokens(plain_text(each.title) + " " + plain_text(each.snippet)):
            folded = keys_of(token).folded
            if folded in wanted:
                counts.setdefault(folded, Counter())[token] += 1
    return {folded: counter.most_common(1)[0][0] for folded, counter in counts.items()}


# A page of results: the index says which materials and where in them, the database says what they are.

log = logging.getLogger(__name__)


class Availability(StrEnum):
    """Whether the index could answer."""

    READY = "ready"
    INCOMPLETE = "incomplete"
    """It is being made anew: what was found is not all."""
    UNAVAILABLE = "unavailable"
    """It is lost or damaged, and will be made anew; nothing could be searched."""


@dataclass(frozen=True)
class ResultsPage:
    """What a page of results shows."""

    search: Search
    page: Page[ResultItem]
    facets: Sequence[ShownFacet] = ()
    chips: Sequence[Chip] = ()
    readings: Sequence[ShownCorrection] = ()
    """Words that were read otherwise than typed, and the whole query so."""
    complete: int = 0
    """How many of all results have all of the words."""
    standing: Availability = Availability.READY


def index_query(
    session: Session,
    search: Search,
    asked: ParsedQuery,
    *,
    facets: Sequence[str] = tuple(FACETS),
    most_codes: int | None = None,
) -> Query:
    """Return what the index is asked for a search. `most_codes`: at most so many of each facet are counted."""
    return Query(
        wanted=asked.wanted,
        unwanted=asked.unwanted,
        filters={name: frozenset(codes) for name, codes in search.filters.items() if codes},
        masked=excluded_from_results(session),
        sort=search.sort,
        used=most_used(session) if search.sort is Sort.MOST_USED else {},
        facets=facets,
        most_codes=most_codes,
        offset=(search.page - 1) * search.size,
        limit=search.size,
        mend=not search.exact,
    )


@dataclass(frozen=True)
class SearchOutcome:
    """What the index says to a search; `search` is the page that was really given."""

    search: Search
    asked: ParsedQuery
    answer: SearchResult
    standing: Availability


def search_outcome(
    session: Session, index: SearchIndex, search: Search, *, last_page: bool = True, most_codes: int | None = None
) -> SearchOutcome:
    """Return the index's answer to a search. `last_page`: a page beyond the last one gives the last one."""
    asked = parse_query(search.text)
    if search.text and not (asked.wanted or asked.unwanted):
        return SearchOutcome(
            search, asked, SearchResult(total=0), Availability.READY
        )  # "*": there is no word to look for
    query = index_query(session, search, asked, most_codes=most_codes)
    answer, standing = _ask(index, query)
    if last_page and not answer.hits and 0 < answer.total <= query.offset:
        search = search.on_page(-(-answer.total // search.size))
        answer, standing = _ask(index, replace(query, offset=(search.page - 1) * search.size))
    return SearchOutcome(search, asked, answer, standing)


def _ask(index: SearchIndex, query: Query) -> tuple[SearchResult, Availability]:
    try:
        answer = index.search(query)
        return answer, Availability.INCOMPLETE if index.state().incomplete else Availability.READY
    except (IndexMissing, IndexBroken) as error:
        log.warning("the search index does not answer: %s", error)
        return SearchResult(total=0), Availability.UNAVAILABLE


def results_page(session: Session, index: SearchIndex, search: Search, language: str) -> ResultsPage:
    """Return a page of results in a language. A page beyond the last one gives the last one."""
    given = search_outcome(session, index, search, most_codes=MOST_VALUES)
    answer, search = given.answer, given.search
    found = result_items(session, answer.hits, _words_to_highlight(given.asked, answer), language)
    return ResultsPage(
        search=search,
        page=Page(found, search.page, search.size, answer.total),
        facets=shown_facets(session, search, answer.facets),
        chips=chips(session, search),
        readings=shown_corrections(search.text, answer.guesses, found),
        complete=answer.complete,
        standing=given.standing,
    )


def _words_to_highlight(asked: ParsedQuery, answer: SearchResult) -> list[Word]:
    """Return the words to mark: as typed, or as they were read."""
    read = {guess.typed: guess for guess in answer.guesses}
    return [
        Word(read[word.typed].folded, typed=read[word.typed].read_as) if word.typed in read else word
        for word in asked.words
    ]
