"""Suggestions while somebody types: titles, subjects, people, keywords, and queries that many have made."""

import re
import threading
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from cachetools import TTLCache
from sqlalchemy.orm import Session

from oer.backends.search import IndexBroken, IndexMissing, SearchIndex, Suggestion
from oer.catalogue.queries.indexing import excluded_from_results
from oer.core.clock import today
from oer.search.queries.rows import cached_material_rows
from oer.usage.models import QueryFigure
from oer.vietnamese.keys import folded_text

FEWEST_LETTERS = 2
_MOST = 8
_MOST_QUERIES_SHOWN = 3
# How many letters are left out at the end of a word that was not found, to find the nearest names.
_LETTERS_OFF = 3
# English words are known by their stems, so who types "cooking" passes "cooki" and "cookin", which begin none.
_UNFINISHED = re.compile(r"(?<=[a-z]{2})(?:([bdfgmnprt])\1(?:in?)?|in?)$")
# A query is shown to others only if this many people made it within one day.
LEAST_VISITORS = 5
_QUERIES_WITHIN = timedelta(days=365)
_MOST_POPULAR = 2000
_FRESH_SECONDS = 600.0


@dataclass(frozen=True)
class ShownSuggestion:
    """One suggestion: its kind (query, title, subject, person, keyword), its text, what its page is addressed by."""

    kind: str
    text: str
    id: str = ""
    code: str = ""


@dataclass(frozen=True)
class PopularQuery:
    """A query that many made, and that found something: folded, and as most of them typed it."""

    folded: str
    words: str


class PopularQueries:
    """The popular queries, read from the database every ten minutes. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: TTLCache[str, Sequence[PopularQuery]] = TTLCache(1, _FRESH_SECONDS)

    def beginning(self, beginning: str, limit: int, read: Callable[[], Sequence[PopularQuery]]) -> list[str]:
        """Return those that have a word which begins so; `read` gives all of them, when they are too old."""
        with self._lock:
            queries = self._read.get("all")
            if queries is None:
                queries = self._read["all"] = read()
        found = [each.words for each in queries if f" {beginning}" in f" {each.folded}"]
        return found[:limit]


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


def suggestions(session: Session, index: SearchIndex, popular: PopularQueries, text: str) -> list[ShownSuggestion]:
    """Return what to suggest for the beginning of a query; nothing for less than two letters."""
    beginning = folded_text(text)[:100]
    if len(beginning.replace(" ", "")) < FEWEST_LETTERS:
        return []
    queries = popular.beginning(beginning, _MOST_QUERIES_SHOWN, lambda: popular_queries(session))
    try:
        names = _names(index, beginning, excluded_from_results(session))
    except (IndexMissing, IndexBroken):
        names = ()
    found = [ShownSuggestion("query", words) for words in queries]
    return (found + [_shown(each) for each in _with_current_titles(session, names)])[:_MOST]


def _names(index: SearchIndex, beginning: str, excluded: Set[str]) -> Sequence[Suggestion]:
    names = index.suggest(beginning, limit=_MOST, excluded=excluded)
    shorter = _UNFINISHED.sub(r"\1", beginning)
    if names or shorter == beginning:
        return names
    return index.suggest(shorter, limit=_MOST, excluded=excluded)


def _with_current_titles(session: Session, names: Sequence[Suggestion]) -> list[Suggestion]:
    """Return the names without titles that their material no longer has: the index learns of it later."""
    rows = cached_material_rows(session, {each.id for each in names if each.kind == "title"})
    titles = {public_id: set(row.record.get("title", {}).values()) for public_id, row in rows.items()}
    return [each for each in names if each.kind != "title" or each.text in titles.get(each.id, ())]


def _shown(suggestion: Suggestion) -> ShownSuggestion:
    return ShownSuggestion(suggestion.kind, suggestion.text, suggestion.id, suggestion.code)


def alternatives(session: Session, index: SearchIndex, text: str) -> list[ShownSuggestion]:
    """Return where to look if nothing was found: subjects named by a word of the query, and the nearest names.

    The nearest names are keywords and titles that begin as a word of the query does, except for its last letters.
    """
    excluded = excluded_from_results(session)
    words = [word for word in dict.fromkeys(folded_text(text).split()[:_MOST]) if len(word) > FEWEST_LETTERS]
    found: dict[tuple[str, str], ShownSuggestion] = {}
    try:
        for word in words:
            for each in index.suggest(word, kinds={"subject"}, limit=2, excluded=excluded):
                found.setdefault((each.kind, each.code), _shown(each))
            for each in _nearest(index, word, excluded):
                found.setdefault((each.kind, folded_text(each.text)), _shown(each))
    except (IndexMissing, IndexBroken):
        return []
    return list(found.values())[: 2 * _MOST]


def _nearest(index: SearchIndex, word: str, excluded: Set[str]) -> Sequence[Suggestion]:
    for length in range(len(word), max(FEWEST_LETTERS, len(word) - _LETTERS_OFF - 1), -1):
        names = index.suggest(word[:length], kinds={"keyword", "title"}, limit=2, excluded=excluded)
        if names:
            return names
    return ()
