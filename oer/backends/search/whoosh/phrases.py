"""Phrases, found in the token ids of rows: consecutive words, with the marks that were typed."""

from collections.abc import Sequence

import numpy as np

from oer.backends.search.questions import Phrase, Word
from oer.backends.search.whoosh.snapshot import Mask, Numbers, Snapshot
from oer.backends.search.whoosh.token_ids import SEPARATOR, SPELLING_BITS, Ids, spelled_ids, word_of
from oer.backends.search.whoosh.token_rows import row_ids

# Rows looked through at a time: a few megabytes.
_AT_ONCE = 500
_APART = np.array([SEPARATOR], np.uint32)


def _meets(ids: Ids, word: Word) -> Mask:
    """Return which tokens are this word: in a spelling that was meant, where marks were typed."""
    if word.exact:
        return np.isin(ids, spelled_ids(word.folded, {word.exact, *word.compatible}))
    same: Mask = (ids >> SPELLING_BITS) == word_of(word.folded)
    return same


def _places_of(ids: Ids, words: Sequence[Word]) -> Numbers:
    """Return where the words follow one another."""
    last = len(ids) - len(words) + 1
    places = np.flatnonzero(_meets(ids[: max(last, 0)], words[0]))
    for shift, word in enumerate(words[1:], start=1):
        places = places[_meets(ids[places + shift], word)]
    return places


def _rows_with_all(snapshot: Snapshot, words: Sequence[Word]) -> Numbers:
    rows = snapshot.rows_with(words[0].folded)
    for word in words[1:]:
        rows = np.intersect1d(rows, snapshot.rows_with(word.folded), assume_unique=True)
    return rows


def materials_with_phrase(snapshot: Snapshot, phrase: Phrase) -> Mask:
    """Return which materials contain a phrase within one field of one row."""
    mask = np.zeros(snapshot.materials, bool)
    rows = _rows_with_all(snapshot, phrase.words) if phrase.words else np.empty(0, np.int64)
    for at in range(0, len(rows), _AT_ONCE):
        looked_at = rows[at : at + _AT_ONCE]
        parts = [part for row in looked_at.tolist() for part in (row_ids(snapshot, row)[0], _APART)]
        starts = np.cumsum([0, *(len(part) for part in parts[:-1])])[::2]
        places = _places_of(np.concatenate(parts), phrase.words)
        mask[snapshot.material_of[looked_at[np.searchsorted(starts, places, side="right") - 1]]] = True
    return mask
