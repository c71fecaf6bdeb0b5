"""Phrases, found in the token ids of rows: consecutive words, with the marks that were typed."""

from collections.abc import Sequence

import numpy as np

from oer.backends.search.questions import Phrase, Word
from oer.backends.search.whoosh.segment import Segment
from oer.backends.search.whoosh.snapshot import Mask, Numbers, Snapshot
from oer.backends.search.whoosh.token_ids import SPELLING_BITS, Ids, token_id, word_of

# Rows looked through at a time: about a megabyte, which stays in the processor's cache.
_AT_ONCE = 250


def _meets(ids: Ids, plain: Ids, word: Word) -> Mask:
    """Return which tokens are this word: in a spelling that was meant, where marks were typed."""
    if not word.exact:
        same: Mask = plain == word_of(word.folded)
        return same
    meant: Mask = ids == token_id(word.folded, word.exact)
    for exact in set(word.compatible) - {word.exact}:
        meant |= ids == token_id(word.folded, exact)
    return meant


def _places_of(ids: Ids, words: Sequence[Word]) -> Numbers:
    """Return where the words follow one another."""
    size = max(len(ids) - len(words) + 1, 0)
    plain = ids if all(word.exact for word in words) else np.right_shift(ids, np.uint32(SPELLING_BITS))
    # Two at once, since places of one common word are many, and listing them is what takes long.
    here = _meets(ids[:size], plain[:size], words[0])
    if len(words) > 1:
        here &= _meets(ids[1 : size + 1], plain[1 : size + 1], words[1])
    places = np.flatnonzero(here)
    for shift, word in enumerate(words[2:], start=2):
        places = places[_meets(ids[places + shift], plain[places + shift], word)]
    return places


def _runs(rows: Numbers) -> tuple[Numbers, Numbers]:
    """Return the first and the last row of each run of neighbours; of one run, where most rows between are wanted."""
    if 2 * len(rows) > rows[-1] - rows[0]:
        return rows[:1], rows[-1:]
    breaks = np.flatnonzero(np.diff(rows) > 1)
    return rows[np.concatenate([[0], breaks + 1])], rows[np.concatenate([breaks, [len(rows) - 1]])]


def _rows_with_phrase(segment: Segment, rows: Numbers, words: Sequence[Word]) -> Numbers:
    """Return those of a segment's rows, given in order, that the words follow one another in; maybe others as well.

    Rows lie one after the other, each with two numbers that are no tokens in front, so that nothing runs from one into
    the next.
    """
    firsts, lasts = _runs(rows)
    starts, ends = segment.words.starts_of_numbers(firsts), segment.words.ends_of_numbers(lasts)
    numbers = segment.words.all_numbers
    parts = [numbers[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    places = _places_of(np.concatenate(parts) if len(parts) > 1 else parts[0], words)
    before = np.cumsum(ends - starts) - (ends - starts)
    run = np.searchsorted(before, places, side="right") - 1
    return segment.words.rows_of_numbers(places - before[run] + starts[run])


def materials_with_phrase(snapshot: Snapshot, phrase: Phrase, within: Mask) -> Mask:
    """Return which of the materials `within` contain a phrase within one field of one row."""
    mask = np.zeros(snapshot.materials, bool)
    if not phrase.words:
        return mask
    there = within[snapshot.material_of]
    for word in phrase.words:
        there = there & snapshot.rows_mask(word.folded)
    for base, segment in snapshot.based():
        rows = np.flatnonzero(there[base : base + segment.rows])
        for at in range(0, len(rows), _AT_ONCE):
            found = _rows_with_phrase(segment, rows[at : at + _AT_ONCE], phrase.words)
            mask[snapshot.material_of[base + found]] = True
    return mask & within
