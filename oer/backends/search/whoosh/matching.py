"""Which materials a query finds: one of its words may stand on page 3 of a material, another in the title."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from oer.backends.search.questions import Clause, Phrase, Query, Word
from oer.backends.search.whoosh.phrases import materials_with_phrase
from oer.backends.search.whoosh.snapshot import Mask, Scores, Snapshot

# Where fewer materials than a page have all words, those are hits too that have enough of the query's weight (by idf):
# long questions have words that no answer repeats. Where none has all, little is enough.
ENOUGH = 10
TELLING_SHARE, TELLING_SHARE_OF_NONE = 0.5, 0.2
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Matched:
    """What a query finds before filters."""

    some: Mask
    """Materials that are hits."""
    complete: Mask
    """Those of them that have all of the words."""
    scores: Scores
    """BM25F of every row."""
    words: Sequence[Word]
    """The query's words as they were read."""


def words_of(clauses: Iterable[Clause]) -> list[Word]:
    """Return the words of clauses, those of phrases too."""
    return [word for clause in clauses for word in (clause.words if isinstance(clause, Phrase) else (clause,))]


def materials_with(snapshot: Snapshot, clause: Clause) -> Mask:
    """Return which materials contain a word, or a phrase."""
    if isinstance(clause, Phrase):
        return materials_with_phrase(snapshot, clause)
    return snapshot.materials_with(clause.folded)


def _choice(snapshot: Snapshot, clauses: Sequence[Clause]) -> tuple[Mask, float, bool]:
    """Return which materials meet a choice, how telling it is, and whether it must be met."""
    mask = np.zeros(snapshot.materials, bool)
    for clause in clauses:
        mask |= materials_with(snapshot, clause)
    telling = min((snapshot.idf(word.folded) * word.weight for word in words_of(clauses)), default=1.0)
    return mask, max(telling, 0.1), any(isinstance(clause, Phrase) for clause in clauses)


def allowed(snapshot: Snapshot, query: Query) -> Mask:
    """Return which materials may be shown at all: there, not masked, nothing unwanted in them."""
    mask = snapshot.live.copy()
    if query.masked:
        mask[snapshot.find(query.masked)] = False
    for clause in query.unwanted:
        mask &= ~materials_with(snapshot, clause)
    return mask


def match(snapshot: Snapshot, query: Query, wanted: Sequence[Sequence[Clause]]) -> Matched:
    """Return what `wanted`, the query's choices as they are read, finds among what is allowed."""
    mask = allowed(snapshot, query)
    words = words_of(clause for clauses in wanted for clause in clauses)
    if not wanted:
        return Matched(mask, mask, np.zeros(snapshot.rows), ())
    covered, total = np.zeros(snapshot.materials), 0.0
    for clauses in wanted:
        met, telling, needed = _choice(snapshot, clauses)
        covered += telling * met
        total += telling
        if needed:
            mask &= met
    complete = mask & (covered >= total - _ROUNDING)
    some = complete
    if query.some and int(complete.sum()) < ENOUGH:
        share = TELLING_SHARE if complete.any() else TELLING_SHARE_OF_NONE
        some = mask & (covered >= share * total - _ROUNDING)
    return Matched(some, complete, snapshot.scores({word.folded: word.weight for word in reversed(words)}), words)
