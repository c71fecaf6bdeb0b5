"""How close a row is to what was typed: its spelling, words that stand next to each other, words that stand together.

The weights were fitted on questions, keywords and headings, with and without marks (`scripts/bench/search.py`); they
lie on a plateau, a half more or less of any of them changes little.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from oer.backends.search.questions import Word
from oer.backends.search.whoosh.snapshot import K1, Mask, Scores, Snapshot
from oer.backends.search.whoosh.token_ids import spelled_ids, token_id, word_of
from oer.backends.search.whoosh.token_rows import TokenRows, read_rows

# What a word spelled otherwise than typed still counts; half-marked words lie between.
OTHER_SPELLING, COMPATIBLE_SPELLING = 0.1, 0.7
NEIGHBOURS, SPELLED_NEIGHBOURS = 0.5, 0.5
TOGETHER = 1.0
# Words stand together within about a sentence.
_SENTENCE = 24


@dataclass(frozen=True)
class Found:
    """Where a query's word stands in rows."""

    key: str
    idf: float
    plain: Mask
    spelled: Mask


def _saturated(counts: Scores, norms: Scores) -> Scores:
    return counts * (K1 + 1) / (counts + norms)


def _spelling(rows: TokenRows, word: Word, plain: Mask, counts: Scores) -> tuple[Mask, Scores]:
    """Return which tokens are spelled as typed, and what share of each row's occurrences they and the others make."""
    spelled = plain & (rows.ids == token_id(word.folded, word.exact))
    right = rows.count(spelled)
    shares = OTHER_SPELLING * counts + (1 - OTHER_SPELLING) * right
    if len(word.compatible) > 1:
        fitting = plain & np.isin(rows.ids, spelled_ids(word.folded, word.compatible))
        shares += (COMPATIBLE_SPELLING - OTHER_SPELLING) * (rows.count(fitting) - right)
        spelled |= fitting
    # A word that these tokens lack stands in a field that only the material's first row keeps.
    return spelled, np.where(counts > 0, shares / np.maximum(counts, 1), 1.0)


def closeness(snapshot: Snapshot, rows: Sequence[int], words: Sequence[Word]) -> Scores:
    """Return what each row's BM25 gains, or loses, by a close look."""
    read = read_rows(snapshot, rows)
    norms = snapshot.norms(np.array(rows, np.int64))
    gained = np.zeros(len(rows))
    found: list[Found] = []
    for word in words:
        idf = snapshot.idf(word.folded)
        plain: Mask = read.plain == word_of(word.folded)
        spelled = plain
        if word.exact:
            spelled, share = _spelling(read, word, plain, read.count(plain).astype(np.float64))
            weights = snapshot.weights_at(word.folded, rows)
            gained += idf * (_saturated(weights * share, norms) - _saturated(weights, norms))
        found.append(Found(word.folded, idf, plain, spelled))
    return gained + _neighbours(snapshot, read, norms, found) + TOGETHER * _together(read, found)


def _next(first: Mask, second: Mask) -> Mask:
    together = np.zeros(len(first), bool)
    np.logical_and(first[:-1], second[1:], out=together[1:])
    return together


def _neighbours(snapshot: Snapshot, rows: TokenRows, norms: Scores, found: Sequence[Found]) -> Scores:
    gained = np.zeros(len(rows.starts))
    for first, second in pairwise(found):
        idf = snapshot.pair_idf(first.key, second.key)
        plain = rows.weight(_next(first.plain, second.plain))
        spelled = rows.weight(_next(first.spelled, second.spelled))
        gained += idf * (NEIGHBOURS * _saturated(plain, norms) + SPELLED_NEIGHBOURS * _saturated(spelled, norms))
    return gained


def _together(rows: TokenRows, found: Sequence[Found]) -> Scores:
    """Return how telling the words are that the best sentence of each row has."""
    size = len(rows.ids)
    ends = np.minimum(np.arange(size) + _SENTENCE, size)
    telling = np.zeros(size)
    for each in found:
        before = np.concatenate([[0], np.cumsum(each.plain, dtype=np.int32)])
        telling += each.idf * (before[ends] > before[:-1])
    best: Scores = np.maximum.reduceat(telling, rows.starts)
    return best
