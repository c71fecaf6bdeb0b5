"""Where in a material a query is met best."""

import json
from collections.abc import Sequence

import numpy as np

from oer.backends.search.questions import Place, Word
from oer.backends.search.whoosh.closeness import closeness, different, sentences, spelling
from oer.backends.search.whoosh.ranking import best_rows
from oer.backends.search.whoosh.snapshot import Scores, Snapshot
from oer.backends.search.whoosh.token_rows import find_words


def _best_first(snapshot: Snapshot, rows: Sequence[int], scores: Scores, words: Sequence[Word]) -> Sequence[int]:
    if len(rows) == 1:
        return rows
    close = scores[list(rows)] + closeness(snapshot, rows, words)
    return [rows[place] for place in np.argsort(-close, kind="stable").tolist()]


def best_places(
    snapshot: Snapshot, materials: Sequence[int], scores: Scores, words: Sequence[Word]
) -> list[Place | None]:
    """Return the best passage of each material's files; None where none has any of the words."""
    if not words or not materials:
        return [None] * len(materials)
    rows_of = [_best_first(snapshot, best_rows(snapshot, scores, material), scores, words) for material in materials]
    rows = [row for listed in rows_of for row in listed]
    best = _sentence_starts(snapshot, rows, words)
    places: list[Place | None] = []
    for listed in rows_of:
        row = next((row for row in listed if row in best), None)
        places.append(None if row is None else _place(snapshot, row, best[row]))
    return places


def _sentence_starts(snapshot: Snapshot, rows: Sequence[int], words: Sequence[Word]) -> dict[int, int]:
    """Return where in its section each row's best sentence begins; rows without any of the words are left out."""
    asked = different(words)
    found = find_words(snapshot, rows, asked)
    telling = sentences(found, np.array([max(snapshot.idf(word.folded), 0.1) for word in asked]))
    values, _ = spelling(found, asked)
    telling = np.where(found.in_body >= 0, telling + values, -1.0)
    # Stable, so that of equals the first in the text comes first.
    order = np.lexsort((-telling, found.row))
    firsts = order[np.unique(found.row[order], return_index=True)[1]]
    return {rows[found.row[at]]: int(found.in_body[at]) for at in firsts.tolist() if telling[at] >= 0}


def _place(snapshot: Snapshot, row: int, word: int) -> Place:
    segment, place = snapshot.segment_of(row)
    file, page, anchor, before = json.loads(segment.places[place])
    return Place(file, page, anchor, before + word)
