"""Suggestions while somebody types: titles, subjects, people, keywords, and queries that many have made."""

import re
import threading
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from operator import itemgetter

import sqlalchemy as sa
from cachetools import TTLCache
from sqlalchemy.orm import Session

from oer.backends.search import IndexBroken, IndexMissing, SearchIndex, Suggestion
from oer.catalogue.queries.indexing import excluded_from_results
from oer.core.clock import today
from oer.core.i18n import in_language
from oer.search.queries.rows import cached_material_rows
from oer.usage.models import QueryFigure
from oer.vietnamese.beginnings import Fit, fit_of, telex_text, typed_spelling
from oer.vietnamese.keys import analyse, folded_text, tokens
from oer.vietnamese.typos import telex_reading

FEWEST_LETTERS = 2
_MOST = 8
_LONGEST = 100
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


@dataclass(frozen=True)
class _Typed:
    """The beginning of a query: folded, and as exact keys if it was typed with marks."""

    folded: str
    spelled: str

    @classmethod
    def of(cls, text: str) -> "_Typed":
        return cls(folded_text(text)[:_LONGEST], typed_spelling(text)[:_LONGEST])

    @property
    def is_long_enough(self) -> bool:
        return len(self.folded.replace(" ", "")) >= FEWEST_LETTERS

    def fit(self, query: PopularQuery) -> Fit:
        """Return how a query that has these words is spelled beside them."""
        if not self.spelled:
            return Fit.SPELLED
        typed, spelled, folded = tuple(self.spelled.split()), analyse(query.words).exact, f" {query.folded}"
        places = [found.start() for found in re.finditer(f"(?= {re.escape(self.folded)})", folded)]
        before = [folded.count(" ", 0, place) for place in places]
        return min((fit_of(typed, tuple(spelled[at : at + len(typed)])) for at in before), default=Fit.OTHERWISE)


class PopularQueries:
    """The popular queries, read from the database every ten minutes. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: TTLCache[str, Sequence[PopularQuery]] = TTLCache(1, _FRESH_SECONDS)

    def beginning(self, typed: _Typed, limit: int, read: Callable[[], Sequence[PopularQuery]]) -> list[str]:
        """Return those that have a word which begins so, spelled so if one is; `read` gives them when they are old."""
        with self._lock:
            queries = self._read.get("all")
            if queries is None:
                queries = self._read["all"] = read()
        fits = [(typed.fit(each), each.words) for each in queries if f" {typed.folded}" in f" {each.folded}"]
        as_spelled = [each for each in fits if each[0] is not Fit.OTHERWISE] or fits
        return [words for _, words in sorted(as_spelled, key=itemgetter(0))[:limit]]


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
    found: list[ShownSuggestion] = []
    for read in (text, telex_text(text[:_LONGEST])):
        typed = _Typed.of(read or "")
        if typed.is_long_enough and not found:
            queries = popular.beginning(typed, _MOST_QUERIES_SHOWN, lambda: popular_queries(session))
            found += [ShownSuggestion("query", words) for words in queries]
            found += [_shown(each) for each in _with_current_titles(session, _names(session, index, typed))]
    return found[:_MOST]


def _names(session: Session, index: SearchIndex, typed: _Typed) -> Sequence[Suggestion]:
    """Return the names that begin so; none while the index does not answer."""
    excluded = excluded_from_results(session)
    shorter = _UNFINISHED.sub(r"\1", typed.folded)
    try:
        names = index.suggest(typed.folded, spelled=typed.spelled, limit=_MOST, excluded=excluded)
        if names or shorter == typed.folded:
            return names
        return index.suggest(shorter, limit=_MOST, excluded=excluded)
    except (IndexMissing, IndexBroken):
        return ()


def _with_current_titles(session: Session, names: Sequence[Suggestion]) -> list[Suggestion]:
    """Return the names without titles that their material no longer has: the index learns of it later."""
    rows = cached_material_rows(session, {each.id for each in names if each.kind == "title"})
    titles = {public_id: set(row.record.get("title", {}).values()) for public_id, row in rows.items()}
    return [each for each in names if each.kind != "title" or each.text in titles.get(each.id, ())]


def _shown(suggestion: Suggestion) -> ShownSuggestion:
    return ShownSuggestion(suggestion.kind, suggestion.text, suggestion.id, suggestion.code)


def alternatives(session: Session, index: SearchIndex, text: str, language: str) -> list[ShownSuggestion]:
    """Return where to look if nothing was found: subjects named by a word of the query, and the nearest names.

    The nearest names are keywords and titles that begin as a word of the query does, except for its last letters.
    A title is the one that the material has in `language`, whichever of its titles was found.
    """
    excluded = excluded_from_results(session)
    read = " ".join(telex_reading(word) or word for word in tokens(text)[:_MOST])
    words = [word for word in dict.fromkeys(folded_text(read).split()) if len(word) > FEWEST_LETTERS]
    found: dict[tuple[str, str], ShownSuggestion] = {}
    try:
        for word in words:
            for each in index.suggest(word, kinds={"subject"}, limit=2, excluded=excluded):
                found.setdefault((each.kind, each.code), _shown(each))
            for each in _nearest(index, word, excluded):
                found.setdefault((each.kind, folded_text(each.text)), _shown(each))
    except (IndexMissing, IndexBroken):
        return []
    return _titled_in(session, list(found.values())[: 2 * _MOST], language)


def _titled_in(session: Session, found: list[ShownSuggestion], language: str) -> list[ShownSuggestion]:
    rows = cached_material_rows(session, {each.id for each in found if each.kind == "title"})
    shown = (
        replace(each, text=in_language(rows[each.id].record.get("title"), language))
        if each.kind == "title" and each.id in rows
        else each
        for each in found
    )
    return list(dict.fromkeys(shown))


def _nearest(index: SearchIndex, word: str, excluded: Set[str]) -> Sequence[Suggestion]:
    for length in range(len(word), max(FEWEST_LETTERS, len(word) - _LETTERS_OFF - 1), -1):
        names = index.suggest(word[:length], kinds={"keyword", "title"}, limit=2, excluded=excluded)
        if names:
            return names
    return ()
