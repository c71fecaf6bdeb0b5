"""Where in a material a query is met best."""

import json
from collections.abc import Sequence

import numpy as np

from oer.backends.search.questions import Place, Word
from oer.backends.search.whoosh.ranking import best_rows, closeness
from oer.backends.search.whoosh.snapshot import Scores, Snapshot
from oer.backends.search.whoosh.token_ids import SEPARATOR, SPELLING_BITS, Ids, token_id, word_of

# A passage is about as long as what is shown of it.
_PASSAGE = 30
_EXACT_BONUS = 0.5


def body_start(ids: Ids) -> int:
    """Return where the text of a row's section begins: after two separators."""
    apart = np.flatnonzero(ids == SEPARATOR)
    twice = apart[:-1][np.diff(apart) == 1]
    return int(twice[0]) + 2 if len(twice) else len(ids)


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
        segment, place = snapshot.segment_of(row)
        ids = segment.words.numbers(place)
        start = body_start(ids)
        weights = _weights(snapshot, ids[start:], words)
        if weights.any():
            file, page, anchor, word = json.loads(segment.places[place])
            return Place(file, page, anchor, word + _heaviest(weights))
    return None
