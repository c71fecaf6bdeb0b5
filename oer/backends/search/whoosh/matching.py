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


def materials_with(snapshot: Snapshot, clause: Clause, within: Mask) -> Mask:
    """Return which of the materials `within` contain a word, or a phrase."""
    if isinstance(clause, Phrase):
        return materials_with_phrase(snapshot, clause, within)
    return snapshot.materials_with(clause.folded) & within


def _choice(snapshot: Snapshot, clauses: Sequence[Clause], within: Mask) -> tuple[Mask, float]:
    """Return which of the materials `within` meet a choice, and how telling it is."""
    met = np.zeros(snapshot.materials, bool)
    for clause in sorted(clauses, key=_is_phrase):
        met |= materials_with(snapshot, clause, within & ~met)
    telling = min((snapshot.idf(word.folded) * word.weight for word in words_of(clauses)), default=1.0)
    return met, max(telling, 0.1)


def _is_phrase(clause: Clause) -> bool:
    return isinstance(clause, Phrase)


def _effort(snapshot: Snapshot, clauses: Sequence[Clause]) -> int:
    """Return in how many rows the phrases of a choice have to be looked for, at most; nothing for words."""
    phrases = [clause for clause in clauses if isinstance(clause, Phrase)]
    return sum(min((snapshot.occurrences(word.folded) for word in phrase.words), default=0) for phrase in phrases)


def _allowed(snapshot: Snapshot, query: Query) -> Mask:
    """Return which materials may be shown at all: there and not masked."""
    mask = snapshot.live.copy()
    if query.masked:
        mask[snapshot.find(query.masked)] = False
    return mask


def match(snapshot: Snapshot, query: Query, wanted: Sequence[Sequence[Clause]]) -> Matched:
    """Return what `wanted`, the query's choices as they are read, finds among what is allowed.

    Phrases cost a look at every word of a text, so each is only looked for in what everything before it has left: the
    rarest first, and what no hit may contain last, the commonest first.
    """
    mask = _allowed(snapshot, query)
    covered, total = np.zeros(snapshot.materials), 0.0
    for clauses in sorted(wanted, key=lambda clauses: _effort(snapshot, clauses)):
        met, telling = _choice(snapshot, clauses, mask)
        covered += telling * met
        total += telling
        if any(map(_is_phrase, clauses)):
            mask &= met
    for clause in sorted(query.unwanted, key=lambda clause: (_is_phrase(clause), -_effort(snapshot, [clause]))):
        mask &= ~materials_with(snapshot, clause, mask)
    words = words_of(clause for clauses in wanted for clause in clauses)
    if not wanted:
        return Matched(mask, mask, np.zeros(snapshot.rows), ())
    complete = mask & (covered >= total - _ROUNDING)
    some = complete
    if query.some and int(complete.sum()) < ENOUGH:
        share = TELLING_SHARE if complete.any() else TELLING_SHARE_OF_NONE
        some = mask & (covered >= share * total - _ROUNDING)
    return Matched(some, complete, snapshot.scores({word.folded: word.weight for word in reversed(words)}), words)
