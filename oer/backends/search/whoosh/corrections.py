"""Spelling correction: words that the index does not know, read as words that it knows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from oer.backends.search.protocol import Clause, Correction, Phrase, Query, Word
from oer.backends.search.whoosh.clauses import is_other_name, typed_clauses, words_of
from oer.backends.search.whoosh.occurrences import Occurrences, find_occurrences
from oer.backends.search.whoosh.segment import Numbers
from oer.backends.search.whoosh.snapshot import Mask, Snapshot
from oer.vietnamese.marks import exact_spelling

# In a long query a word may be unknown because no text repeats it: there only a correction is taken that occurs next to
# one of its neighbours somewhere.
_SHORT_QUERY = 4
_ROWS_LOOKED_AT = 50
_CANDIDATES = 12
# Finding candidates takes milliseconds; a text full of unknown words is no typo.
_MOST_UNKNOWN = 4


def corrected_query(snapshot: Snapshot, query: Query) -> tuple[list[list[Clause]], list[Correction]]:
    """Return what `query.must` is read as, and which words are read otherwise than typed."""
    if not query.correct_typos:
        return [list(clauses) for clauses in query.must], []
    readings: dict[Word, Word] = {}
    unknown = 0
    named = _otherwise_named(snapshot, query)
    for words in _sequences(query):
        for at, word in enumerate(words):
            if snapshot.frequency(word.folded):
                continue
            if word.fallback is not None and snapshot.frequency(word.fallback.folded):
                readings[word] = word.fallback
            elif word not in named and unknown < _MOST_UNKNOWN:
                unknown += 1
                readings[word] = _corrected(snapshot, words, at)
    changed = {word: other for word, other in readings.items() if other is not word}
    must = [[_replaced(clause, changed) for clause in clauses] for clauses in query.must]
    return must, [Correction(word.typed, other.typed or other.folded, other.folded) for word, other in changed.items()]


def _sequences(query: Query) -> list[tuple[Word, ...]]:
    """Return the words of a query that are next to each other: each phrase, the single words together, each choice."""
    choices = [typed_clauses(clauses) for clauses in query.must]
    single = tuple(clauses[0] for clauses in choices if len(clauses) == 1 and isinstance(clauses[0], Word))
    rest = [clause for clauses in choices for clause in clauses if clause not in single]
    return [single, *(clause.words if isinstance(clause, Phrase) else (clause,) for clause in rest)]


def _otherwise_named(snapshot: Snapshot, query: Query) -> set[Word]:
    """Return the words that are no typos although no text has them: texts have another name of them."""
    return {
        clause
        for clauses in query.must
        if any(is_other_name(each) and _is_known(snapshot, each) for each in clauses)
        for clause in clauses
        if isinstance(clause, Word)
    }


def _is_known(snapshot: Snapshot, clause: Clause) -> bool:
    return all(snapshot.frequency(word.folded) for word in words_of([clause]))


def _replaced(clause: Clause, readings: Mapping[Word, Word]) -> Clause:
    if is_other_name(clause):
        return clause
    if isinstance(clause, Phrase):
        return Phrase(tuple(readings.get(word, word) for word in clause.words))
    return readings.get(clause, clause)


def _corrected(snapshot: Snapshot, words: Sequence[Word], at: int) -> Word:
    """Return what an unknown word among others is read as; the word itself, if there is no evidence for another."""
    word, long = words[at], len(words) > _SHORT_QUERY
    if word.is_syllable and long:
        return word
    candidates = _candidates(snapshot, word)
    evidence = {each: _rows_beside_neighbours(snapshot, words, at, each) for each in candidates}
    best = max(candidates, key=evidence.__getitem__, default=word)
    if best is word or evidence[best]:
        return best
    return word if long or word.is_syllable else _likeliest(snapshot, words, at, candidates)


def _candidates(snapshot: Snapshot, word: Word) -> list[Word]:
    """Return the known words one typo away, those in most rows first; each is searched for in any spelling."""
    found: dict[str, Word] = {}
    for key, typed in word.typo_candidates() if word.typo_candidates else ():
        if key not in found and key != word.folded and snapshot.frequency(key):
            found[key] = Word(key, typed=typed, weight=word.weight)
    by_frequency = sorted(found.values(), key=lambda each: -snapshot.frequency(each.folded))
    return by_frequency[:_CANDIDATES]


def _rows_beside_neighbours(snapshot: Snapshot, words: Sequence[Word], at: int, candidate: Word) -> int:
    """Return in how many rows a candidate is next to one of the word's neighbours.

    Who types a syllable with its diacritics means these: "ngân hàng" is no typo of "ngắn hạn".
    """
    if words[at].exact and words[at].is_syllable:
        exact = exact_spelling(candidate.typed)
        candidate = replace(candidate, exact=exact, compatible=(exact,))
    found = _rows_adjacent(snapshot, words[at - 1], candidate) if at else 0
    return found + (_rows_adjacent(snapshot, candidate, words[at + 1]) if at + 1 < len(words) else 0)


def _rows_adjacent(snapshot: Snapshot, first: Word, second: Word) -> int:
    """Return in how many of the rows that are looked at the second word follows the first."""
    rows = _rows_with_both(snapshot, first, second)[:_ROWS_LOOKED_AT].tolist()
    if not rows:
        return 0
    found = find_occurrences(snapshot, rows, (first, second))
    right = _spelled_as_meant(found, (first, second))
    pair = np.where((found.word[:-1] == 0) & (found.word[1:] == 1) & right[:-1] & right[1:], 0, -1)
    return len(np.unique(found.row[:-1][found.adjacent(pair)]))


def _spelled_as_meant(found: Occurrences, words: Sequence[Word]) -> Mask:
    """Return which occurrences have the diacritics that were typed, if any were."""
    right = np.ones(len(found.positions), bool)
    for number, word in enumerate(words):
        if word.exact and not word.spelling_is_implied:
            right &= (found.word != number) | found.spelled(number, word.folded, (word.exact, *word.compatible))
    return right


def _rows_with_both(snapshot: Snapshot, first: Word, second: Word) -> Numbers:
    both: Numbers = np.intersect1d(
        snapshot.rows_with(first.folded), snapshot.rows_with(second.folded), assume_unique=True
    )
    return both


def _likeliest(snapshot: Snapshot, words: Sequence[Word], at: int, candidates: Sequence[Word]) -> Word:
    """Return the candidate in most rows together with the other words, or in most rows if there are no other words."""
    others = [other for other in words if other is not words[at]]
    if not others:
        return candidates[0]
    together = {each: sum(len(_rows_with_both(snapshot, each, other)) for other in others) for each in candidates}
    likeliest = max(candidates, key=together.__getitem__)
    return likeliest if together[likeliest] else words[at]
