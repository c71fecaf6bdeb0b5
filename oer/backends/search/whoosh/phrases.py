"""Phrases, found in the token ids of rows: consecutive words, with the marks that were typed."""

from collections.abc import Sequence

import numpy as np

from oer.backends.search.questions import Phrase, Word
from oer.backends.search.whoosh.snapshot import Mask, Numbers, Snapshot
from oer.backends.search.whoosh.token_ids import SPELLING_BITS, Ids, spelled_ids, word_of
from oer.backends.search.whoosh.token_rows import row_ids


def meets(ids: Ids, word: Word) -> Mask:
    """Return which tokens are this word: in a spelling that was meant, where marks were typed."""
    if word.exact:
        return np.isin(ids, spelled_ids(word.folded, {word.exact, *word.compatible}))
    same: Mask = (ids >> SPELLING_BITS) == word_of(word.folded)
    return same


def places_of(ids: Ids, words: Sequence[Word]) -> Numbers:
    """Return where in a row the words follow one another."""
    if len(ids) < len(words):
        return np.empty(0, np.int64)
    last = len(ids) - len(words) + 1
    there = np.ones(last, bool)
    for shift, word in enumerate(words):
        there &= meets(ids[shift : shift + last], word)
    return np.flatnonzero(there)


def materials_with_phrase(snapshot: Snapshot, phrase: Phrase) -> Mask:
    """Return which materials contain a phrase within one field of one row."""
    mask = np.zeros(snapshot.materials, bool)
    if not phrase.words:
        return mask
    rows = snapshot.rows_with(phrase.words[0].folded)
    for word in phrase.words[1:]:
        rows = np.intersect1d(rows, snapshot.rows_with(word.folded), assume_unique=True)
    for row in rows.tolist():
        material = snapshot.material_of[row]
        if not mask[material]:
            mask[material] = bool(len(places_of(row_ids(snapshot, row)[0], phrase.words)))
    return mask
