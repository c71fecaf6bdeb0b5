"""Ranking: BM25F first, then the best materials reranked by spelling and proximity; and the best passage of each.

The weights were fitted on questions, keywords and headings, with and without diacritics (`scripts/bench/search.py`).
They are on a plateau: half as much or twice as much of any of them changes little.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from oer.backends.search.documents import WORDS_PER_OFFSET
from oer.backends.search.protocol import Location, Word
from oer.backends.search.whoosh.occurrences import Occurrences, find_occurrences
from oer.backends.search.whoosh.rows import TITLE
from oer.backends.search.whoosh.segment import Numbers
from oer.backends.search.whoosh.snapshot import K1, Mask, Scores, Snapshot

# How many of the best materials are reranked, by how many of their best rows.
RERANKED = 50
_ROWS_RERANKED = 6
# What a word in another spelling than typed still counts; what a half-marked word may have meant is in between.
OTHER_SPELLING, COMPATIBLE_SPELLING = 0.1, 0.7
ADJACENT, ADJACENT_AS_TYPED = 0.5, 0.5
SAME_SENTENCE = 1.0
OTHER_SENTENCE = 0.5
# About as many words as a sentence has.
_SENTENCE = 24
# Postings know no spellings, so some rows are looked at to learn how rare one is; more of them rank no better.
_ROWS_SAMPLED = 100
# The page with the best sentence need not have the best score: short pages score high for the title that all share.
_ROWS_FOR_PASSAGE = 8
# Whoever shows a passage may find that it says nothing (a table of contents), and looks at the next best.
_PLACES, _WORDS_APART, _LOOKED_AT_FOR_PLACES = 4, 50, 60
# A passage is shown from the beginning of its sentence.
_WORDS_BEFORE = 20


def rank(
    snapshot: Snapshot, selected: Mask, first: Mask, scores: Scores, words: Sequence[Word], needed: int
) -> tuple[Numbers, Scores]:
    """Return the `needed` best of the selected materials and their scores: those of `first`, then the others."""
    found = np.flatnonzero(selected)
    best = snapshot.best_of_rows(scores)[found]
    ahead = (best.max(initial=0.0) + 1.0) * first[found]
    order = _highest(best + ahead, max(needed, RERANKED))
    found, best = found[order], best[order]
    front = found[:RERANKED].tolist()
    if not front:
        return found, best
    rows = [row for material in front for row in _best_rows(snapshot, scores, material, _ROWS_RERANKED)]
    reranked = scores[rows] + proximity_gain(snapshot, rows, words)
    by_material: dict[int, float] = {}
    for row, score in zip(rows, reranked.tolist(), strict=True):
        material = int(snapshot.material_of[row])
        by_material[material] = max(score, by_material.get(material, -np.inf))
    front.sort(key=lambda material: (not first[material], -by_material[material], material))
    return (
        np.concatenate([front, found[RERANKED:]]).astype(np.int64),
        np.concatenate([[by_material[material] for material in front], best[RERANKED:]]),
    )


def _highest(scores: Scores, needed: int) -> Numbers:
    """Return where the highest scores are, the highest first, of equals the first; at least `needed` of them or all."""
    if needed < len(scores):
        least = np.partition(scores, len(scores) - needed)[len(scores) - needed]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.lexsort((places, -scores[places]))][:needed]


def _best_rows(snapshot: Snapshot, scores: Scores, material: int, most: int) -> list[int]:
    """Return a material's best rows by their scores, at most so many."""
    rows = snapshot.rows_of(material)
    if len(rows) <= most:
        return list(rows)
    part = scores[rows.start : rows.stop]
    return [rows.start + place for place in np.argpartition(part, -most)[-most:].tolist()]


# Reranking: how a row spells the words, which of them are next to each other, which are in one sentence


def proximity_gain(snapshot: Snapshot, rows: Sequence[int], words: Sequence[Word]) -> Scores:
    """Return what each row's BM25 gains, or loses, by how the words are spelled and how close together they are."""
    distinct = _distinct(words)
    found = find_occurrences(snapshot, rows, distinct)
    norms = snapshot.norms(np.array(rows, np.int64))[:, None]
    idfs = np.array([snapshot.idf(word.folded) * word.weight for word in distinct])
    values, as_typed = _spelling_weights(found, distinct)
    gain = np.zeros(len(rows))
    np.maximum.at(gain, found.row, SAME_SENTENCE * _sentence_scores(found, idfs, values))
    if any(word.exact for word in distinct):
        gain += _spelling_gain(snapshot, rows, distinct, found, values, norms)
    pairs = _pairs(words, distinct)
    if pairs:
        informative = [_pair_idf(snapshot, distinct[first], distinct[second]) for first, second in pairs]
        gain += _adjacency_gain(found, as_typed, norms, pairs) @ np.array(informative)
    return gain


def _distinct(words: Sequence[Word]) -> list[Word]:
    """Return the words without those that have the folded key of one before them."""
    kept: dict[str, Word] = {}
    for word in words:
        kept.setdefault(word.folded, word)
    return list(kept.values())


def _pair_idf(snapshot: Snapshot, first: Word, second: Word) -> float:
    return snapshot.pair_idf(first.folded, second.folded) * min(first.weight, second.weight)


def _pairs(words: Sequence[Word], distinct: Sequence[Word]) -> list[tuple[int, int]]:
    """Return which of the distinct words follow one another in the query."""
    number = {word.folded: place for place, word in enumerate(distinct)}
    order = [number[word.folded] for word in words]
    return list(dict.fromkeys((first, second) for first, second in pairwise(order) if first != second))


def _saturated(counts: Scores, norms: Scores) -> Scores:
    return counts * (K1 + 1) / (counts + norms)


def _spelling_weights(found: Occurrences, words: Sequence[Word]) -> tuple[Scores, Mask]:
    """Return what each occurrence counts for its spelling, and which are spelled as was meant."""
    values = np.ones(len(found.positions))
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
    """Return how each row's BM25 changes if only the right spellings of a word count fully, and by their own idf."""
    counts = found.count()
    # A word that is not among these tokens is in a field that only the material's first row has.
    share = np.where(counts > 0, found.count(values) / np.maximum(counts, 1), 1.0)
    weights = np.stack([snapshot.weights_at(word.folded, rows) for word in words], axis=1)
    idfs = np.array([snapshot.idf(word.folded) * word.weight for word in words])
    as_typed = np.array([idf_as_typed(snapshot, word) * word.weight for word in words])
    changed: Scores = _saturated(weights * share, norms) @ as_typed - _saturated(weights, norms) @ idfs
    return changed


def _pair_numbers(found: Occurrences, pairs: Sequence[tuple[int, int]]) -> Numbers:
    """Return for each occurrence but the last which pair it and the next one are, if any; else -1."""
    number_of = np.full((found.words, found.words), -1, np.int64)
    for number, pair in enumerate(pairs):
        number_of[pair] = number
    numbers: Numbers = number_of[found.word[:-1], found.word[1:]]
    return numbers


def _adjacency_gain(found: Occurrences, as_typed: Mask, norms: Scores, pairs: Sequence[tuple[int, int]]) -> Scores:
    """Return rows x pairs: what it counts that words which follow one another in the query do so in the row."""
    numbers = _pair_numbers(found, pairs)
    adjacent = np.flatnonzero(found.adjacent(numbers))
    cell = found.row[adjacent] * len(pairs) + numbers[adjacent]
    weights = np.where(found.in_title[adjacent], TITLE, 1.0)
    spelled = weights * (as_typed[adjacent] & as_typed[adjacent + 1])
    gain = np.zeros((found.rows, len(pairs)))
    for part, values in ((ADJACENT, weights), (ADJACENT_AS_TYPED, spelled)):
        counts: Scores = np.bincount(cell, values, found.rows * len(pairs)).astype(np.float64)
        gain += part * _saturated(counts.reshape(gain.shape), norms)
    return gain


def _sentence_scores(found: Occurrences, idfs: Scores, values: Scores) -> Scores:
    """Return for each occurrence how informative the distinct words are that follow within a sentence from there.

    A word in another spelling than was meant, by the `values` of the occurrences, counts half: "hoa hồng được hoàn
    tiền" is no sentence about "hỏa hoạn", but who types half of the marks may mean one of those left out.
    """
    right = values > OTHER_SPELLING
    is_plain = bool(right.all())
    size = len(found.positions)
    row_ends = np.searchsorted(found.row, np.arange(found.rows), side="right")
    ends = np.minimum(np.searchsorted(found.positions, found.positions + _SENTENCE), row_ends[found.row])
    scores = np.zeros(size)
    for number, idf in enumerate(idfs.tolist()):
        here = found.word == number
        for share, there in (
            ((1.0, here),) if is_plain else ((OTHER_SENTENCE, here), (1 - OTHER_SENTENCE, here & right))
        ):
            before = np.zeros(size + 1, np.int64)
            np.cumsum(there, out=before[1:])
            scores += share * idf * (before[ends] > before[:-1])
    return scores


# How informative a word is in the spelling that was typed: "lái" is rare where "lai" and "lại" are everywhere


def idf_as_typed(snapshot: Snapshot, word: Word) -> float:
    """Return a word's idf in the spellings that were meant, estimated from some of its rows.

    A word without diacritics, or one that occurs nowhere as it was typed, is as informative as its folded key.
    """
    if not word.exact:
        return snapshot.idf(word.folded)
    return snapshot.idfs_as_typed.get((word.folded, word.exact), lambda: _estimated_idf(snapshot, word))


def is_spelled_so(snapshot: Snapshot, word: Word) -> bool:
    """Tell whether some of the rows that are looked at have a word in exactly its spelling."""
    # Cached beside the idfs of words in a spelling, under a key that is none.
    key = word.folded, f"={word.exact}"
    return snapshot.idfs_as_typed.get(key, lambda: _share_spelled_so(snapshot, word)) > 0


def _share_spelled_so(snapshot: Snapshot, word: Word) -> float:
    sampled = _sampled_rows(snapshot, word)
    return _rows_spelled_so(snapshot, sampled.tolist(), replace(word, compatible=())) / max(len(sampled), 1)


def _sampled_rows(snapshot: Snapshot, word: Word) -> Numbers:
    rows = snapshot.rows_with(word.folded)
    if len(rows) <= _ROWS_SAMPLED:
        return rows
    return rows[np.linspace(0, len(rows) - 1, _ROWS_SAMPLED).astype(np.int64)]


def _estimated_idf(snapshot: Snapshot, word: Word) -> float:
    rows, sampled = snapshot.rows_with(word.folded), _sampled_rows(snapshot, word)
    right = _rows_spelled_so(snapshot, sampled.tolist(), word)
    if not right:
        if len(sampled) == len(rows):
            return snapshot.idf(word.folded)
        right = 0.5
    return snapshot.idf_of(len(rows) * right / len(sampled))


def _rows_spelled_so(snapshot: Snapshot, rows: list[int], word: Word) -> float:
    """Return how many of the rows have the word in one of the spellings that were meant."""
    if not rows:
        return 0
    found = find_occurrences(snapshot, rows, (word,))
    right = found.spelled(0, word.folded, tuple({word.exact, *word.compatible}))
    return len(np.unique(found.row[right]))


# Passages


def best_locations(
    snapshot: Snapshot, materials: Sequence[int], scores: Scores, words: Sequence[Word]
) -> list[list[Location]]:
    """Return where the best sentences of each material's files are, the best first; none where none has any word."""
    if not words or not materials:
        return [[] for _ in materials]
    listed = [_best_rows(snapshot, scores, material, _ROWS_FOR_PASSAGE) for material in materials]
    rows = [row for each in listed for row in each]
    owner = np.repeat(np.arange(len(materials)), [len(each) for each in listed])
    distinct = _distinct(words)
    found = find_occurrences(snapshot, rows, distinct)
    passage_scores = _passage_scores(snapshot, found, distinct, words)
    locations: list[list[Location]] = [[] for _ in materials]
    for number, at in _best_apart(owner[found.row], found, passage_scores):
        locations[number].append(_location(snapshot, rows[found.row[at]], int(found.in_body[at])))
    return locations


def _passage_scores(snapshot: Snapshot, found: Occurrences, distinct: Sequence[Word], words: Sequence[Word]) -> Scores:
    """Return how well the passage from each occurrence on matches; below 0 outside of the files' text."""
    idfs = np.array([max(snapshot.idf(word.folded) * word.weight, 0.1) for word in distinct])
    values, _ = _spelling_weights(found, distinct)
    scores = _sentence_scores(found, idfs, values) + values
    pairs = _pairs(words, distinct)
    if pairs and len(found.positions):
        scores[:-1] += found.adjacent(_pair_numbers(found, pairs)) * idfs[found.word[:-1]]
    return np.where(found.in_body >= 0, scores, -1.0)


def _best_apart(material: Numbers, found: Occurrences, scores: Scores) -> Iterator[tuple[int, int]]:
    """Return each material's best occurrences, best first, of equals the first; each away from those before it.

    None where all scores are below 0.
    """
    order = np.lexsort((np.arange(len(scores)), -scores, material))
    order = order[scores[order] >= 0]
    positions = found.positions + found.row * _WORDS_APART  # another section is always apart
    starts = np.unique(material[order], return_index=True)[1].tolist()
    for start, end in zip(starts, [*starts, len(order)][1:], strict=True):
        looked_at = order[start : min(end, start + _LOOKED_AT_FOR_PLACES)]
        number = int(material[looked_at[0]])
        taken: list[int] = []
        for at, position in zip(looked_at.tolist(), positions[looked_at].tolist(), strict=True):
            if all(abs(position - each) >= _WORDS_APART for each in taken):
                taken.append(position)
                yield number, at
                if len(taken) == _PLACES:
                    break


def _location(snapshot: Snapshot, row: int, word: int) -> Location:
    segment, place = snapshot.segment_of(row)
    # Rows that were written before offsets were stored have none, until their material is put again.
    file, page, anchor, before, *more = json.loads(segment.locations[place])
    offsets = more[0] if more else ()
    number = min(max(0, word - _WORDS_BEFORE) // WORDS_PER_OFFSET, len(offsets) - 1)
    offset = (before + number * WORDS_PER_OFFSET, offsets[number]) if offsets else (0, 0)
    return Location(file, page, anchor, before + word, offset)
