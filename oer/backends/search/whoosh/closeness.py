"""How close a row is to what was typed: its spelling, words that stand next to each other, words that stand together.

The weights were fitted on questions, keywords and headings, with and without marks (`scripts/bench/search.py`); they
lie on a plateau, a half more or less of any of them changes little.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from oer.backends.search.questions import Word
from oer.backends.search.whoosh.rows import TITLE
from oer.backends.search.whoosh.snapshot import K1, Mask, Numbers, Scores, Snapshot
from oer.backends.search.whoosh.spellings import idf_as_typed
from oer.backends.search.whoosh.token_rows import Occurrences, find_words

# What a word spelled otherwise than typed still counts; what half-marked words may have meant lies between.
OTHER_SPELLING, COMPATIBLE_SPELLING = 0.1, 0.7
NEIGHBOURS, SPELLED_NEIGHBOURS = 0.5, 0.5
TOGETHER = 1.0
# Words stand together within about a sentence.
_SENTENCE = 24


def different(words: Sequence[Word]) -> list[Word]:
    """Return the words without those that have the folded key of one before them."""
    kept: dict[str, Word] = {}
    for word in words:
        kept.setdefault(word.folded, word)
    return list(kept.values())


def closeness(snapshot: Snapshot, rows: Sequence[int], words: Sequence[Word]) -> Scores:
    """Return what each row's BM25 gains, or loses, by a close look."""
    asked = different(words)
    found = find_words(snapshot, rows, asked)
    norms = snapshot.norms(np.array(rows, np.int64))[:, None]
    idfs = np.array([snapshot.idf(word.folded) * word.weight for word in asked])
    values, right = spelling(found, asked)
    gained = np.zeros(len(rows))
    np.maximum.at(gained, found.row, TOGETHER * sentences(found, idfs))
    if any(word.exact for word in asked):
        gained += _by_spelling(snapshot, rows, asked, found, values, norms)
    pairs = pairs_of(words, asked)
    if pairs:
        telling = [_pair_idf(snapshot, asked[first], asked[second]) for first, second in pairs]
        gained += _neighbours(found, right, norms, pairs) @ np.array(telling)
    return gained


def _pair_idf(snapshot: Snapshot, first: Word, second: Word) -> float:
    return snapshot.pair_idf(first.folded, second.folded) * min(first.weight, second.weight)


def pairs_of(words: Sequence[Word], asked: Sequence[Word]) -> list[tuple[int, int]]:
    """Return which of the different words follow one another in the query."""
    number = {word.folded: place for place, word in enumerate(asked)}
    order = [number[word.folded] for word in words]
    return list(dict.fromkeys((first, second) for first, second in pairwise(order) if first != second))


def _saturated(counts: Scores, norms: Scores) -> Scores:
    return counts * (K1 + 1) / (counts + norms)


def spelling(found: Occurrences, words: Sequence[Word]) -> tuple[Scores, Mask]:
    """Return what each occurrence counts for its spelling, and which are spelled as was meant."""
    values = np.ones(len(found.places))
    for number, word in enumerate(words):
        if word.exact:
            values[found.word == number] = OTHER_SPELLING
            if len(word.compatible) > 1:
                values[found.spelled(number, word.folded, word.compatible)] = COMPATIBLE_SPELLING
            values[found.spelled(number, word.folded, (word.exact,))] = 1.0
    return values, values > OTHER_SPELLING


def _by_spelling(
    snapshot: Snapshot, rows: Sequence[int], words: Sequence[Word], found: Occurrences, values: Scores, norms: Scores
) -> Scores:
    """Return what each row's BM25 changes when only the right spellings of a word count whole, and by their own idf."""
    counts = found.count()
    # A word that these tokens lack stands in a field that only the material's first row keeps.
    share = np.where(counts > 0, found.count(values) / np.maximum(counts, 1), 1.0)
    weights = np.stack([snapshot.weights_at(word.folded, rows) for word in words], axis=1)
    idfs = np.array([snapshot.idf(word.folded) * word.weight for word in words])
    as_typed = np.array([idf_as_typed(snapshot, word) * word.weight for word in words])
    changed: Scores = _saturated(weights * share, norms) @ as_typed - _saturated(weights, norms) @ idfs
    return changed


def pair_numbers(found: Occurrences, pairs: Sequence[tuple[int, int]]) -> Numbers:
    """Return for each occurrence but the last which pair it and the next one are, if any; else -1."""
    number_of = np.full((found.words, found.words), -1, np.int64)
    for number, pair in enumerate(pairs):
        number_of[pair] = number
    numbers: Numbers = number_of[found.word[:-1], found.word[1:]]
    return numbers


def _neighbours(found: Occurrences, right: Mask, norms: Scores, pairs: Sequence[tuple[int, int]]) -> Scores:
    """Return rows x pairs: what it counts that the query's neighbours are neighbours there."""
    numbers = pair_numbers(found, pairs)
    beside = np.flatnonzero((np.diff(found.places) == 1) & (numbers >= 0))
    cell = found.row[beside] * len(pairs) + numbers[beside]
    weights = np.where(found.in_title[beside], TITLE, 1.0)
    spelled = weights * (right[beside] & right[beside + 1])
    gained = np.zeros((found.rows, len(pairs)))
    for part, values in ((NEIGHBOURS, weights), (SPELLED_NEIGHBOURS, spelled)):
        counts: Scores = np.bincount(cell, values, found.rows * len(pairs)).astype(np.float64)
        gained += part * _saturated(counts.reshape(gained.shape), norms)
    return gained


def sentences(found: Occurrences, idfs: Scores) -> Scores:
    """Return for each occurrence how telling the different words are that stand in the sentence from there on."""
    size = len(found.places)
    row_ends = np.searchsorted(found.row, np.arange(found.rows), side="right")
    ends = np.minimum(np.searchsorted(found.places, found.places + _SENTENCE), row_ends[found.row])
    telling = np.zeros(size)
    for number, idf in enumerate(idfs.tolist()):
        before = np.zeros(size + 1, np.int64)
        np.cumsum(found.word == number, out=before[1:])
        telling += idf * (before[ends] > before[:-1])
    return telling
