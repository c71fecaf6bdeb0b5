"""Suggestions while somebody types: titles, subjects, people, keywords, and queries that many have made."""

import re
import threading
import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.search import IndexBroken, IndexMissing, SearchIndex, Suggestion
from oer.catalogue.queries.indexing import excluded_from_results
from oer.core.clock import today
from oer.search.queries.rows import cached_material_rows
from oer.usage.models import DailyUsage, QueryFigure
from oer.vietnamese.keys import folded_text

# "Most used" is what was read, heard, watched or downloaded lately, so that what was new once does not lead for ever.
USED_WITHIN = timedelta(days=30)
MOST_USED = 1000
# A query is shown to others only where this many people made it within one day.
LEAST_VISITORS = 5
_QUERIES_WITHIN = timedelta(days=365)
_MOST_POPULAR = 2000


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


@dataclass(frozen=True)
class PopularQuery:
    """A query that many made, and that found something: folded, and as most of them typed it."""

    folded: str
    words: str


def popular_queries(session: Session) -> list[PopularQuery]:
    """Return the queries of the last year that at least five visitors made within one day, the commonest first."""
    visitors = sa.func.max(QueryFigure.visitors).label("visitors")
    query = (
        sa.select(QueryFigure.folded, sa.func.max(QueryFigure.words))
        .where(
            QueryFigure.day >= today() - _QUERIES_WITHIN,
            QueryFigure.visitors >= LEAST_VISITORS,
            QueryFigure.without_result < QueryFigure.searches,
        )
        .group_by(QueryFigure.folded)
        .order_by(visitors.desc(), QueryFigure.folded)
        .limit(_MOST_POPULAR)
    )
    return [PopularQuery(folded, words) for folded, words in session.execute(query)]


# What is suggested while somebody types: titles, subjects, people, keywords, queries that bore fruit for many.

FEWEST_LETTERS = 2
_MOST = 8
_LETTERS_OFF = 3
_MOST_QUERIES_SHOWN = 3
_FRESH_SECONDS = 600.0
# English words are known by their stems, so who types "cooking" passes "cooki" and "cookin", which begin none.
_UNFINISHED = re.compile(r"(?<=[a-z]{2})(?:([bdfgmnprt])\1(?:in?)?|in?)$")


@dataclass(frozen=True)
class ShownSuggestion:
    """One suggestion: its kind (query, title, subject, person, keyword), its text, what its page is addressed by."""

    kind: str
    text: str
    id: str = ""
    code: str = ""


class PopularQueries:
    """The fruitful queries, asked of the database every ten minutes. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = 0.0
        self._queries: Sequence[PopularQuery] = ()

    def beginning(self, beginning: str, limit: int, ask: Callable[[], Sequence[PopularQuery]]) -> list[str]:
        """Return those that have a word which begins so; `ask` gives all of them, where they are too old."""
        with self._lock:
            if not self._asked or time.monotonic() - self._asked > _FRESH_SECONDS:
                self._queries, self._asked = ask(), time.monotonic()
            queries = self._queries
        found = [each.words for each in queries if f" {beginning}" in f" {each.folded}"]
        return found[:limit]


def suggestions(session: Session, index: SearchIndex, kept: PopularQueries, text: str) -> list[ShownSuggestion]:
    """Return what to suggest for the beginning of a query; nothing for less than two letters."""
    beginning = folded_text(text)[:100]
    if len(beginning.replace(" ", "")) < FEWEST_LETTERS:
        return []
    queries = kept.beginning(beginning, _MOST_QUERIES_SHOWN, lambda: popular_queries(session))
    try:
        names = _names(index, beginning, excluded_from_results(session))
    except (IndexMissing, IndexBroken):
        names = ()
    found = [ShownSuggestion("query", words) for words in queries]
    return (found + [_shown(each) for each in _with_current_titles(session, names)])[:_MOST]


def _names(index: SearchIndex, beginning: str, masked: Set[str]) -> Sequence[Suggestion]:
    names = index.suggest(beginning, limit=_MOST, masked=masked)
    shorter = _UNFINISHED.sub(r"\1", beginning)
    if names or shorter == beginning:
        return names
    return index.suggest(shorter, limit=_MOST, masked=masked)


def _with_current_titles(session: Session, names: Sequence[Suggestion]) -> list[Suggestion]:
    """Return the names without titles that their material does not bear any more: the index learns of it later."""
    rows = cached_material_rows(session, {each.id for each in names if each.kind == "title"})
    titles = {public_id: set(row.record.get("title", {}).values()) for public_id, row in rows.items()}
    return [each for each in names if each.kind != "title" or each.text in titles.get(each.id, ())]


def _shown(suggestion: Suggestion) -> ShownSuggestion:
    return ShownSuggestion(suggestion.kind, suggestion.text, suggestion.id, suggestion.code)


def alternatives(session: Session, index: SearchIndex, text: str) -> list[ShownSuggestion]:
    """Return where to look when nothing was found: subjects named by a word of the query, and the nearest names.

    The nearest names are keywords and titles that begin as a word of the query does, but for its last letters.
    """
    masked = excluded_from_results(session)
    words = [word for word in dict.fromkeys(folded_text(text).split()[:_MOST]) if len(word) > FEWEST_LETTERS]
    found: dict[tuple[str, str], ShownSuggestion] = {}
    try:
        for word in words:
            for each in index.suggest(word, kinds={"subject"}, limit=2, masked=masked):
                found.setdefault((each.kind, each.code), _shown(each))
            for each in _nearest(index, word, masked):
                found.setdefault((each.kind, folded_text(each.text)), _shown(each))
    except (IndexMissing, IndexBroken):
        return []
    return list(found.values())[: 2 * _MOST]


def _nearest(index: SearchIndex, word: str, masked: Set[str]) -> Sequence[Suggestion]:
    for length in range(len(word), max(FEWEST_LETTERS, len(word) - _LETTERS_OFF - 1), -1):
        names = index.suggest(word[:length], kinds={"keyword", "title"}, limit=2, masked=masked)
        if names:
            return names
    return ()
