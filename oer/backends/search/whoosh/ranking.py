"""Materials in the order of how well they answer: by BM25F, the best of them by a close look at their best rows."""

from collections.abc import Sequence

import numpy as np

from oer.backends.search.questions import Word
from oer.backends.search.whoosh.closeness import closeness
from oer.backends.search.whoosh.snapshot import Mask, Numbers, Scores, Snapshot

CLOSELY = 50
_ROWS_EACH = 3


def best_rows(snapshot: Snapshot, scores: Scores, material: int, most: int = _ROWS_EACH) -> list[int]:
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
    order = _front(best, max(needed, CLOSELY))
    found, best = found[order], best[order]
    front = found[:CLOSELY].tolist()
    if not front:
        return found, best
    rows = [row for material in front for row in best_rows(snapshot, scores, material)]
    closer = scores[rows] + closeness(snapshot, rows, words)
    by_material: dict[int, float] = {}
    for row, score in zip(rows, closer.tolist(), strict=True):
        material = int(snapshot.material_of[row])
        by_material[material] = max(score, by_material.get(material, -np.inf))
    front.sort(key=lambda material: (-by_material[material], material))
    reranked = [by_material[material] for material in front]
    return np.concatenate([front, found[CLOSELY:]]).astype(np.int64), np.concatenate([reranked, best[CLOSELY:]])
