"""Ranking: BM25F first, the best materials reranked by spelling and proximity; and the best passage of each."""

import json
from collections.abc import Sequence
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np

from oer.backends.search.documents import WORDS_PER_OFFSET
from oer.backends.search.protocol import Location, Word
from oer.backends.search.whoosh.occurrences import Occurrences, find_occurrences
from oer.backends.search.whoosh.rows import TITLE
from oer.backends.search.whoosh.snapshot import K1, Mask, Numbers, Scores, Snapshot

# Postings know no spellings, so some rows are looked at; more of them rank no better.
_ROWS_LOOKED_AT = 100
_MOST_CACHED = 50_000
_idfs_as_typed: WeakKeyDictionary[Snapshot, dict[tuple[str, str], float]] = WeakKeyDictionary()


def idf_as_typed(snapshot: Snapshot, word: Word) -> float:
    """Return a word's idf in the spellings that were meant, reckoned from some of its rows.

    A word without marks, or one that stands nowhere as it was typed, is as telling as its folded key.
    """
    if not word.exact:
        return snapshot.idf(word.folded)
    remembered = _idfs_as_typed.setdefault(snapshot, {})
    key = word.folded, word.exact
    known = remembered.get(key)
    if known is None:
        if len(remembered) > _MOST_CACHED:
            remembered.clear()
        known = remembered[key] = _estimated_idf(snapshot, word)
    return known


def _estimated_idf(snapshot: Snapshot, word: Word) -> float:
    rows = snapshot.rows_with(word.folded)
    looked_at = rows
    if len(rows) > _ROWS_LOOKED_AT:
        looked_at = rows[np.linspace(0, len(rows) - 1, _ROWS_LOOKED_AT).astype(np.int64)]
    right = _rows_spelled_so(snapshot, looked_at.tolist(), word)
    if not right:
        if len(looked_at) == len(rows):
            return snapshot.idf(word.folded)
        right = 0.5
    return snapshot.idf_of(len(rows) * right / len(looked_at))


def _rows_spelled_so(snapshot: Snapshot, rows: list[int], word: Word) -> float:
    """Return how many of the rows have the word in one of the spellings that were meant."""
    if not rows:
        return 0
    found = find_occurrences(snapshot, rows, (word,))
    right = found.spelled(0, word.folded, tuple({word.exact, *word.compatible}))
    return len(np.unique(found.row[right]))


# How close a row is to what was typed: its spelling, words that stand next to each other, words that stand together.

# What a word spelled otherwise than typed still counts; what half-marked words may have meant lies between.
OTHER_SPELLING, COMPATIBLE_SPELLING = 0.1, 0.7
ADJACENT, ADJACENT_AS_TYPED = 0.5, 0.5
SAME_SENTENCE = 1.0
# Words stand together within about a sentence.
_SENTENCE = 24


def distinct_words(words: Sequence[Word]) -> list[Word]:
    """Return the words without those that have the folded key of one before them."""
    kept: dict[str, Word] = {}
    for word in words:
        kept.setdefault(word.folded, word)
    return list(kept.values())


def proximity_gain(snapshot: Snapshot, rows: Sequence[int], words: Sequence[Word]) -> Scores:
    """Return what each row's BM25 gains, or loses, by a close look."""
    asked = distinct_words(words)
    found = find_occurrences(snapshot, rows, asked)
    norms = snapshot.norms(np.array(rows, np.int64))[:, None]
    idfs = np.array([snapshot.idf(word.folded) * word.weight for word in asked])
    values, right = spelling_weights(found, asked)
    gained = np.zeros(len(rows))
    np.maximum.at(gained, found.row, SAME_SENTENCE * sentence_scores(found, idfs))
    if any(word.exact for word in asked):
        gained += _spelling_gain(snapshot, rows, asked, found, values, norms)
    pairs = pairs_of(words, asked)
    if pairs:
        telling = [_pair_idf(snapshot, asked[first], asked[second]) for first, second in pairs]
        gained += _adjacency_gain(found, right, norms, pairs) @ np.array(telling)
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


def spelling_weights(found: Occurrences, words: Sequence[Word]) -> tuple[Scores, Mask]:
    """Return what each occurrence counts for its spelling, and which are spelled as was meant."""
    values = np.ones(len(found.places))
    for number, word in enumerate(words):
        if word.exact:
            values[found.word == number] = OTHER_SPELLING
            if len(word.compatible) > 1:
                values[found.spelled(number, word.folded, word.compatible)] = COMPATIBLE_SPELLING
            values[found.spelled(number, word.folded, (word.exact,))] = 1.0
    return values, values > OTHER_SPELLING


def _spelling_gain(
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


def _adjacency_gain(found: Occurrences, right: Mask, norms: Scores, pairs: Sequence[tuple[int, int]]) -> Scores:
    """Return rows x pairs: what it counts that the query's neighbours are neighbours there."""
    numbers = pair_numbers(found, pairs)
    beside = np.flatnonzero((np.diff(found.places) == 1) & (numbers >= 0))
    cell = found.row[beside] * len(pairs) + numbers[beside]
    weights = np.where(found.in_title[beside], TITLE, 1.0)
    spelled = weights * (right[beside] & right[beside + 1])
    gained = np.zeros((found.rows, len(pairs)))
    for part, values in ((ADJACENT, weights), (ADJACENT_AS_TYPED, spelled)):
        counts: Scores = np.bincount(cell, values, found.rows * len(pairs)).astype(np.float64)
        gained += part * _saturated(counts.reshape(gained.shape), norms)
    return gained


def sentence_scores(found: Occurrences, idfs: Scores) -> Scores:
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


# Materials in the order of how well they answer: by BM25F, the best of them by a close look at their best rows.

RERANKED = 50
_ROWS_RERANKED = 3


def best_rows(snapshot: Snapshot, scores: Scores, material: int, most: int = _ROWS_RERANKED) -> list[int]:
    """Return a material's best rows by their scores, at most so many."""
    rows = snapshot.rows_of(material)
    if len(rows) <= most:
        return list(rows)
    part = scores[rows.start : rows.stop]
    return [rows.start + place for place in np.argpartition(part, -most)[-most:].tolist()]


def _front(best: Scores, needed: int) -> Numbers:
    """Return the places of the best scores, best first, of equals the first; at least `needed` or all."""
    if needed < len(best):
        least = np.partition(best, len(best) - needed)[len(best) - needed]
        places = np.flatnonzero(best >= least)
    else:
        places = np.arange(len(best))
    return places[np.lexsort((places, -best[places]))][:needed]


def rank(
    snapshot: Snapshot, selected: Mask, scores: Scores, words: Sequence[Word], needed: int
) -> tuple[Numbers, Scores]:
    """Return the `needed` best of the selected materials, best first, and their scores."""
    found = np.flatnonzero(selected)
    best = snapshot.best_of_rows(scores)[found]
    order = _front(best, max(needed, RERANKED))
    found, best = found[order], best[order]
    front = found[:RERANKED].tolist()
    if not front:
        return found, best
    rows = [row for material in front for row in best_rows(snapshot, scores, material)]
    closer = scores[rows] + proximity_gain(snapshot, rows, words)
    by_material: dict[int, float] = {}
    for row, score in zip(rows, closer.tolist(), strict=True):
        material = int(snapshot.material_of[row])
        by_material[material] = max(score, by_material.get(material, -np.inf))
    front.sort(key=lambda material: (-by_material[material], material))
    reranked = [by_material[material] for material in front]
    return np.concatenate([front, found[RERANKED:]]).astype(np.int64), np.concatenate([reranked, best[RERANKED:]])


# Where in a material a query is met best.

# The page with the best sentence need not have the best score: short pages score high for the title they all share.
_ROWS_FOR_PASSAGE = 8
# A passage is shown from the beginning of its sentence.
_BEFORE = 20


def best_locations(
    snapshot: Snapshot, materials: Sequence[int], scores: Scores, words: Sequence[Word]
) -> list[Location | None]:
    """Return the best sentence of each material's files; None where none has any of the words."""
    if not words or not materials:
        return [None] * len(materials)
    listed = [best_rows(snapshot, scores, material, _ROWS_FOR_PASSAGE) for material in materials]
    rows = [row for each in listed for row in each]
    owner = np.repeat(np.arange(len(materials)), [len(each) for each in listed])
    asked = distinct_words(words)
    found = find_occurrences(snapshot, rows, asked)
    worth = _passage_scores(snapshot, found, asked, words)
    places: list[Location | None] = [None] * len(materials)
    for at in _first_best(owner[found.row], worth):
        row = rows[found.row[at]]
        places[int(owner[found.row[at]])] = _location(snapshot, row, int(found.in_body[at]))
    return places


def _passage_scores(snapshot: Snapshot, found: Occurrences, asked: Sequence[Word], words: Sequence[Word]) -> Scores:
    """Return how well the passage from each occurrence on answers; below 0 outside of the files' text."""
    idfs = np.array([max(snapshot.idf(word.folded) * word.weight, 0.1) for word in asked])
    values, _ = spelling_weights(found, asked)
    worth = sentence_scores(found, idfs) + values
    pairs = pairs_of(words, asked)
    if pairs and len(found.places):
        beside = (np.diff(found.places) == 1) & (pair_numbers(found, pairs) >= 0)
        worth[:-1] += beside * idfs[found.word[:-1]]
    return np.where(found.in_body >= 0, worth, -1.0)


def _first_best(material: Numbers, worth: Scores) -> list[int]:
    """Return the place of each material's best occurrence, of equals the first; none where none is worth anything."""
    order = np.lexsort((np.arange(len(worth)), -worth, material))
    firsts = order[np.unique(material[order], return_index=True)[1]]
    return [at for at in firsts.tolist() if worth[at] >= 0]


def _location(snapshot: Snapshot, row: int, word: int) -> Location:
    segment, place = snapshot.segment_of(row)
    # Rows that were written before there were starts have none, until their material is put again.
    file, page, anchor, before, *more = json.loads(segment.places[place])
    starts = more[0] if more else ()
    number = min(max(0, word - _BEFORE) // WORDS_PER_OFFSET, len(starts) - 1)
    start = (before + number * WORDS_PER_OFFSET, starts[number]) if starts else (0, 0)
    return Location(file, page, anchor, before + word, start)
