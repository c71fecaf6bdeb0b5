"""Spelling correction: words that the index does not know, read as words that it knows."""

from collections.abc import Mapping, Sequence

import numpy as np

from oer.backends.search.protocol import Clause, Correction, Phrase, Query, Word
from oer.backends.search.whoosh.occurrences import find_occurrences
from oer.backends.search.whoosh.snapshot import Numbers, Snapshot

# A word of a long query can be missing because no answer repeats it: then only a guess that stands beside its
# neighbour somewhere is taken.
_SHORT_QUERY = 4
_ROWS_LOOKED_AT = 50
_CANDIDATES = 12
# Looking for what a word may have been takes milliseconds; a text full of unknown words is no slip.
_MOST_UNKNOWN = 4


def _candidates(snapshot: Snapshot, word: Word) -> list[Word]:
    """Return the known words one slip away, those in most rows first; each is read with any marks."""
    found: dict[str, Word] = {}
    for key, typed in word.slips() if word.slips else ():
        if key not in found and key != word.folded and snapshot.occurrences(key):
            found[key] = Word(key, typed=typed, weight=word.weight)
    by_use = sorted(found.values(), key=lambda each: -snapshot.occurrences(each.folded))
    return by_use[:_CANDIDATES]


def _rows_with_both(snapshot: Snapshot, first: Word, second: Word) -> Numbers:
    both: Numbers = np.intersect1d(
        snapshot.rows_with(first.folded), snapshot.rows_with(second.folded), assume_unique=True
    )
    return both


def _rows_adjacent(snapshot: Snapshot, first: Word, second: Word) -> int:
    """Return in how many rows, of those looked at, the second word follows the first."""
    rows = _rows_with_both(snapshot, first, second)[:_ROWS_LOOKED_AT].tolist()
    if not rows:
        return 0
    found = find_occurrences(snapshot, rows, (first, second))
    beside = (np.diff(found.places) == 1) & (found.word[:-1] == 0) & (found.word[1:] == 1)
    return len(np.unique(found.row[:-1][beside]))


def _corrected(snapshot: Snapshot, words: Sequence[Word], at: int) -> Word:
    """Return what an unknown word among others is read as; itself, where nothing speaks for another."""
    word, long = words[at], len(words) > _SHORT_QUERY
    if word.sound and long:
        return word
    candidates = _candidates(snapshot, word)
    seen = {each: _rows_beside_neighbours(snapshot, words, at, each) for each in candidates}
    best = max(candidates, key=seen.__getitem__, default=word)
    if best is word or seen[best]:
        return best
    return word if long or word.sound else _likeliest(snapshot, words, at, candidates)


def _rows_beside_neighbours(snapshot: Snapshot, words: Sequence[Word], at: int, candidate: Word) -> int:
    """Return in how many rows a reading stands beside one of the word's neighbours."""
    seen = _rows_adjacent(snapshot, words[at - 1], candidate) if at else 0
    return seen + (_rows_adjacent(snapshot, candidate, words[at + 1]) if at + 1 < len(words) else 0)


def _likeliest(snapshot: Snapshot, words: Sequence[Word], at: int, candidates: Sequence[Word]) -> Word:
    """Return the reading that occurs in most rows with the other words, or in most rows if there are none."""
    others = [other for other in words if other is not words[at]]
    if not others:
        return candidates[0]
    together = {each: sum(len(_rows_with_both(snapshot, each, other)) for other in others) for each in candidates}
    likeliest = max(candidates, key=together.__getitem__)
    return likeliest if together[likeliest] else words[at]


def _fallback(snapshot: Snapshot, word: Word) -> Word | None:
    """Return what an unknown word is read as without guessing, if the index knows that."""
    instead = word.instead
    return instead if instead is not None and snapshot.occurrences(instead.folded) else None


def _sequences(query: Query) -> list[tuple[Word, ...]]:
    """Return the words of a query that stand side by side: each phrase, the single words together, each choice."""
    plain = tuple(clauses[0] for clauses in query.wanted if len(clauses) == 1 and isinstance(clauses[0], Word))
    rest = [clause for clauses in query.wanted for clause in clauses if clause not in plain]
    return [plain, *(clause.words if isinstance(clause, Phrase) else (clause,) for clause in rest)]


def corrected_query(snapshot: Snapshot, query: Query) -> tuple[list[list[Clause]], list[Correction]]:
    """Return the query's choices as they are to be read, and what was read otherwise than typed."""
    if not query.mend:
        return [list(clauses) for clauses in query.wanted], []
    reading: dict[Word, Word] = {}
    unknown = 0
    for words in _sequences(query):
        for at, word in enumerate(words):
            if snapshot.occurrences(word.folded):
                continue
            if (instead := _fallback(snapshot, word)) is not None:
                reading[word] = instead
            elif unknown < _MOST_UNKNOWN:
                unknown += 1
                reading[word] = _corrected(snapshot, words, at)
    changed = {word: other for word, other in reading.items() if other is not word}
    wanted = [[_replaced(clause, changed) for clause in clauses] for clauses in query.wanted]
    return wanted, [
        Correction(word.typed, other.typed or other.folded, other.folded) for word, other in changed.items()
    ]


def _replaced(clause: Clause, reading: Mapping[Word, Word]) -> Clause:
    if isinstance(clause, Phrase):
        return Phrase(tuple(reading.get(word, word) for word in clause.words))
    return reading.get(clause, clause)
