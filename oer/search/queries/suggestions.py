"""What is suggested while somebody types: titles, subjects, people, keywords, queries that bore fruit for many."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from oer.backends.search import IndexBroken, IndexMissing, SearchIndex, Suggestion
from oer.catalogue.queries.indexing import changed_since_index
from oer.core.vietnamese import folded_text
from oer.search.queries.usage import FruitfulQuery, fruitful_queries

FEWEST_LETTERS = 2
_MOST = 8
_MOST_QUERIES = 3
_FRESH_SECONDS = 600.0


@dataclass(frozen=True)
class Suggested:
    """One suggestion: its kind (query, title, subject, person, keyword), its text, what its page is addressed by."""

    kind: str
    text: str
    id: str = ""
    code: str = ""


class KeptQueries:
    """The fruitful queries, asked of the database every ten minutes. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = 0.0
        self._queries: Sequence[FruitfulQuery] = ()

    def beginning(self, beginning: str, limit: int, ask: Callable[[], Sequence[FruitfulQuery]]) -> list[str]:
        """Return those that have a word which begins so; `ask` gives all of them, where they are too old."""
        with self._lock:
            if not self._asked or time.monotonic() - self._asked > _FRESH_SECONDS:
                self._queries, self._asked = ask(), time.monotonic()
            queries = self._queries
        found = [each.words for each in queries if f" {beginning}" in f" {each.folded}"]
        return found[:limit]


def suggest(session: Session, index: SearchIndex, kept: KeptQueries, text: str) -> list[Suggested]:
    """Return what to suggest for the beginning of a query; nothing for less than two letters."""
    beginning = folded_text(text)[:100]
    if len(beginning.replace(" ", "")) < FEWEST_LETTERS:
        return []
    queries = kept.beginning(beginning, _MOST_QUERIES, lambda: fruitful_queries(session))
    try:
        names = index.suggest(beginning, limit=_MOST, masked=changed_since_index(session))
    except (IndexMissing, IndexBroken):
        names = ()
    found = [Suggested("query", words) for words in queries]
    return (found + [_suggested(each) for each in names])[:_MOST]


def _suggested(suggestion: Suggestion) -> Suggested:
    return Suggested(suggestion.kind, suggestion.text, suggestion.id, suggestion.code)


def ideas_for(session: Session, index: SearchIndex, text: str) -> list[Suggested]:
    """Return subjects that have one of a query's words in their names: where to look when nothing was found."""
    masked = changed_since_index(session)
    found: dict[str, Suggested] = {}
    try:
        for word in dict.fromkeys(folded_text(text).split()[:_MOST]):
            if len(word) > FEWEST_LETTERS:
                for each in index.suggest(word, kinds={"subject"}, limit=2, masked=masked):
                    found.setdefault(each.code, _suggested(each))
    except (IndexMissing, IndexBroken):
        return []
    return list(found.values())[:_MOST]
