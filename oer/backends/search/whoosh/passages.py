"""Where in a material a query is met best."""

import json
from collections.abc import Sequence

import numpy as np

from oer.backends.search.questions import Place, Word
from oer.backends.search.whoosh.closeness import closeness
from oer.backends.search.whoosh.ranking import best_rows
from oer.backends.search.whoosh.snapshot import Scores, Snapshot
from oer.backends.search.whoosh.token_ids import SPELLING_BITS, Ids, token_id, word_of
from oer.backends.search.whoosh.token_rows import row_ids

# A passage is about as long as what is shown of it.
_PASSAGE = 30
_EXACT_BONUS = 0.5


def _weights(snapshot: Snapshot, body: Ids, words: Sequence[Word]) -> Scores:
    plain = body >> SPELLING_BITS
    weights = np.zeros(len(body))
    for word in words:
        idf = max(snapshot.idf(word.folded), 0.1)
        weights[plain == word_of(word.folded)] = idf
        if word.exact:
            weights[body == token_id(word.folded, word.exact)] = idf * (1 + _EXACT_BONUS)
    return weights


def _heaviest(weights: Scores) -> int:
    """Return where the passage begins that weighs most; at a word that matches."""
    total = np.concatenate([[0.0], np.cumsum(weights)])
    ends = np.minimum(np.arange(len(weights)) + _PASSAGE, len(weights))
    sums = np.where(weights > 0, total[ends] - total[:-1], 0.0)
    return int(np.argmax(sums))


def best_place(snapshot: Snapshot, material: int, scores: Scores, words: Sequence[Word]) -> Place | None:
    """Return the best passage of a material's files; None where none has any of the words."""
    if not words:
        return None
    rows = best_rows(snapshot, scores, material)
    if len(rows) > 1:
        closer = scores[rows] + closeness(snapshot, rows, words)
        rows = [rows[place] for place in np.argsort(-closer, kind="stable").tolist()]
    for row in rows:
        ids, _, start = row_ids(snapshot, row)
        weights = _weights(snapshot, ids[start:], words)
        if weights.any():
            segment, place = snapshot.segment_of(row)
            file, page, anchor, word = json.loads(segment.places[place])
            return Place(file, page, anchor, word + _heaviest(weights))
    return None
