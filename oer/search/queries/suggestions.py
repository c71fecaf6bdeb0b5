"""What is suggested while somebody types: titles, subjects, people, keywords, queries that bore fruit for many."""

import re
import threading
import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from sqlalchemy.orm import Session

from oer.backends.search import IndexBroken, IndexMissing, SearchIndex, Suggestion
from oer.catalogue.queries.masked import changed_since_index
from oer.core.vietnamese import folded_text
from oer.search.queries.kept_rows import kept_rows
from oer.search.queries.usage import FruitfulQuery, fruitful_queries

FEWEST_LETTERS = 2
_MOST = 8
_LETTERS_OFF = 3
_MOST_QUERIES = 3
_FRESH_SECONDS = 600.0
# English words are known by their stems, so who types "cooking" passes "cooki" and "cookin", which begin none.
_UNFINISHED = re.compile(r"(?<=[a-z]{2})(?:([bdfgmnprt])\1(?:in?)?|in?)$")


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
        names = _names(index, beginning, changed_since_index(session))
    except (IndexMissing, IndexBroken):
        names = ()
    found = [Suggested("query", words) for words in queries]
    return (found + [_suggested(each) for each in _titled_so(session, names)])[:_MOST]


def _names(index: SearchIndex, beginning: str, masked: Set[str]) -> Sequence[Suggestion]:
    names = index.suggest(beginning, limit=_MOST, masked=masked)
    shorter = _UNFINISHED.sub(r"\1", beginning)
    if names or shorter == beginning:
        return names
    return index.suggest(shorter, limit=_MOST, masked=masked)


def _titled_so(session: Session, names: Sequence[Suggestion]) -> list[Suggestion]:
    """Return the names without titles that their material does not bear any more: the index learns of it later."""
    rows = kept_rows(session, {each.id for each in names if each.kind == "title"})
    titles = {public_id: set(row.record.get("title", {}).values()) for public_id, row in rows.items()}
    return [each for each in names if each.kind != "title" or each.text in titles.get(each.id, ())]


def _suggested(suggestion: Suggestion) -> Suggested:
    return Suggested(suggestion.kind, suggestion.text, suggestion.id, suggestion.code)


def ideas_for(session: Session, index: SearchIndex, text: str) -> list[Suggested]:
    """Return where to look when nothing was found: subjects named by a word of the query, and the nearest names.

    The nearest names are keywords and titles that begin as a word of the query does, but for its last letters.
    """
    masked = changed_since_index(session)
    words = [word for word in dict.fromkeys(folded_text(text).split()[:_MOST]) if len(word) > FEWEST_LETTERS]
    found: dict[tuple[str, str], Suggested] = {}
    try:
        for word in words:
            for each in index.suggest(word, kinds={"subject"}, limit=2, masked=masked):
                found.setdefault((each.kind, each.code), _suggested(each))
            for each in _nearest(index, word, masked):
                found.setdefault((each.kind, folded_text(each.text)), _suggested(each))
    except (IndexMissing, IndexBroken):
        return []
    return list(found.values())[: 2 * _MOST]


def _nearest(index: SearchIndex, word: str, masked: Set[str]) -> Sequence[Suggestion]:
    for length in range(len(word), max(FEWEST_LETTERS, len(word) - _LETTERS_OFF - 1), -1):
        names = index.suggest(word[:length], kinds={"keyword", "title"}, limit=2, masked=masked)
        if names:
            return names
    return ()
