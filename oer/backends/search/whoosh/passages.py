"""Where in a material a query is met best."""

import json
from collections.abc import Sequence

import numpy as np

from oer.backends.search.documents import WORDS_PER_START
from oer.backends.search.questions import Place, Word
from oer.backends.search.whoosh.closeness import different, pair_numbers, pairs_of, sentences, spelling
from oer.backends.search.whoosh.ranking import best_rows
from oer.backends.search.whoosh.snapshot import Numbers, Scores, Snapshot
from oer.backends.search.whoosh.token_rows import Occurrences, find_words

# The page with the best sentence need not have the best score: short pages score high for the title they all share.
_ROWS_EACH = 8
# A passage is shown from the beginning of its sentence.
_BEFORE = 20


def best_places(
    snapshot: Snapshot, materials: Sequence[int], scores: Scores, words: Sequence[Word]
) -> list[Place | None]:
    """Return the best sentence of each material's files; None where none has any of the words."""
    if not words or not materials:
        return [None] * len(materials)
    listed = [best_rows(snapshot, scores, material, _ROWS_EACH) for material in materials]
    rows = [row for each in listed for row in each]
    owner = np.repeat(np.arange(len(materials)), [len(each) for each in listed])
    asked = different(words)
    found = find_words(snapshot, rows, asked)
    worth = _worth(snapshot, found, asked, words)
    places: list[Place | None] = [None] * len(materials)
    for at in _first_best(owner[found.row], worth):
        row = rows[found.row[at]]
        places[int(owner[found.row[at]])] = _place(snapshot, row, int(found.in_body[at]))
    return places


def _worth(snapshot: Snapshot, found: Occurrences, asked: Sequence[Word], words: Sequence[Word]) -> Scores:
    """Return how well the passage from each occurrence on answers; below 0 outside of the files' text."""
    idfs = np.array([max(snapshot.idf(word.folded) * word.weight, 0.1) for word in asked])
    values, _ = spelling(found, asked)
    worth = sentences(found, idfs) + values
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


def _place(snapshot: Snapshot, row: int, word: int) -> Place:
    segment, place = snapshot.segment_of(row)
    # Rows that were written before there were starts have none, until their material is put again.
    file, page, anchor, before, *more = json.loads(segment.places[place])
    starts = more[0] if more else ()
    number = min(max(0, word - _BEFORE) // WORDS_PER_START, len(starts) - 1)
    start = (before + number * WORDS_PER_START, starts[number]) if starts else (0, 0)
    return Place(file, page, anchor, before + word, start)
