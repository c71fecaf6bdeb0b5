"""How telling a word is in the spelling that was typed: "lái" is rare where "lai" and "lại" are everywhere."""

from weakref import WeakKeyDictionary

import numpy as np

from oer.backends.search.questions import Word
from oer.backends.search.whoosh.snapshot import Snapshot
from oer.backends.search.whoosh.token_rows import find_words

# Postings know no spellings, so some rows are looked at; more of them rank no better.
_ROWS_LOOKED_AT = 100
_MOST_REMEMBERED = 50_000
_remembered: WeakKeyDictionary[Snapshot, dict[tuple[str, str], float]] = WeakKeyDictionary()


def idf_as_typed(snapshot: Snapshot, word: Word) -> float:
    """Return a word's idf in the spellings that were meant, reckoned from some of its rows.

    A word without marks, or one that stands nowhere as it was typed, is as telling as its folded key.
    """
    if not word.exact:
        return snapshot.idf(word.folded)
    remembered = _remembered.setdefault(snapshot, {})
    key = word.folded, word.exact
    known = remembered.get(key)
    if known is None:
        if len(remembered) > _MOST_REMEMBERED:
            remembered.clear()
        known = remembered[key] = _reckoned(snapshot, word)
    return known


def _reckoned(snapshot: Snapshot, word: Word) -> float:
    rows = snapshot.rows_with(word.folded)
    looked_at = rows
    if len(rows) > _ROWS_LOOKED_AT:
        looked_at = rows[np.linspace(0, len(rows) - 1, _ROWS_LOOKED_AT).astype(np.int64)]
    right = _spelled_so(snapshot, looked_at.tolist(), word)
    if not right:
        if len(looked_at) == len(rows):
            return snapshot.idf(word.folded)
        right = 0.5
    return snapshot.idf_of(len(rows) * right / len(looked_at))


def _spelled_so(snapshot: Snapshot, rows: list[int], word: Word) -> float:
    """Return how many of the rows have the word in one of the spellings that were meant."""
    if not rows:
        return 0
    found = find_words(snapshot, rows, (word,))
    right = found.spelled(0, word.folded, tuple({word.exact, *word.compatible}))
    return len(np.unique(found.row[right]))
