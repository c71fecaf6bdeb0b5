"""The best of what was found, looked at closely: spelling as typed, neighbours as neighbours, words in the title."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oer.backends.search.questions import Word
from oer.backends.search.whoosh.phrases import meets
from oer.backends.search.whoosh.snapshot import K1, Mask, Numbers, Scores, Snapshot
from oer.backends.search.whoosh.token_ids import SEPARATOR, SPELLING_BITS, Ids, spelled_ids, word_of

CLOSELY = 50
_ROWS_EACH = 3
EXACT, COMPATIBLE, NEIGHBOURS = 0.5, 0.25, 0.3


@dataclass(frozen=True)
class Rows:
    """The token ids of several rows, one after the other."""

    ids: Ids
    starts: Numbers

    def count(self, mask: Mask) -> Scores:
        """Return how many tokens of each row are masked."""
        return np.add.reduceat(mask.view(np.int8), self.starts, dtype=np.int64).astype(np.float64)


def read_rows(snapshot: Snapshot, rows: Sequence[int]) -> Rows:
    """Return the token ids of these rows, a separator after each."""
    parts, starts, total = [], [], 0
    apart = np.array([SEPARATOR], np.uint32)
    for row in rows:
        segment, place = snapshot.segment_of(row)
        ids = segment.words.numbers(place)
        parts += [ids, apart]
        starts.append(total)
        total += len(ids) + 1
    return Rows(np.concatenate(parts), np.array(starts, np.int64))


def best_rows(snapshot: Snapshot, scores: Scores, material: int) -> list[int]:
    """Return a material's best rows by their scores, at most a few."""
    rows = snapshot.rows_of(material)
    if len(rows) <= _ROWS_EACH:
        return list(rows)
    part = scores[rows.start : rows.stop]
    return [rows.start + place for place in np.argpartition(part, -_ROWS_EACH)[-_ROWS_EACH:].tolist()]


def _saturated(counts: Scores, norms: Scores) -> Scores:
    return counts * (K1 + 1) / (counts + norms)


def closeness(snapshot: Snapshot, rows: Sequence[int], words: Sequence[Word]) -> Scores:
    """Return what each row gains for the spelling of its words and for neighbours that stand as in the query."""
    read = read_rows(snapshot, rows)
    plain = read.ids >> SPELLING_BITS
    norms = snapshot.norms(np.array(rows, np.int64))
    gained = np.zeros(len(rows))
    before: Mask | None = None
    idf_before = 0.0
    for word in words:
        idf = snapshot.idf(word.folded)
        if word.exact:
            spelled = np.isin(read.ids, spelled_ids(word.folded, (word.exact,)))
            gained += EXACT * idf * _saturated(read.count(spelled), norms)
        there = meets(read.ids, word) if word.exact else plain == word_of(word.folded)
        if before is not None:
            together = np.zeros(len(there), bool)
            together[1:] = before[:-1] & there[1:]
            gained += NEIGHBOURS * (idf + idf_before) * _saturated(read.count(together), norms)
        before, idf_before = there, idf
    return gained


def rank(snapshot: Snapshot, selected: Mask, scores: Scores, words: Sequence[Word]) -> tuple[Numbers, Scores]:
    """Return the selected materials, best first, and their scores."""
    found = np.flatnonzero(selected)
    best = snapshot.best_of_rows(scores)[found]
    order = np.lexsort((found, -best))
    found, best = found[order], best[order]
    front = found[:CLOSELY]
    rows = [row for material in front.tolist() for row in best_rows(snapshot, scores, material)]
    if not rows or not words:
        return found, best
    closer = scores[rows] + closeness(snapshot, rows, words)
    reranked = np.zeros(len(front))
    np.maximum.at(reranked, np.searchsorted(np.sort(front), snapshot.material_of[rows]), closer)
    by_material = dict(zip(np.sort(front).tolist(), reranked.tolist(), strict=True))
    ranked = sorted(front.tolist(), key=lambda material: (-by_material[material], material))
    return np.concatenate([np.array(ranked, np.int64), found[CLOSELY:]]), np.concatenate(
        [np.array([by_material[material] for material in ranked]), best[CLOSELY:]]
    )
