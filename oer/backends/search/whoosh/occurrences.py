"""Where a query's words and phrases occur in rows of token ids."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oer.backends.search.protocol import Phrase, Word
from oer.backends.search.whoosh.schema import SEPARATOR, SPELLING_BITS, Ids, spelled_ids, token_id, word_of
from oer.backends.search.whoosh.segment import Segment
from oer.backends.search.whoosh.snapshot import Mask, Numbers, Scores, Snapshot

_HEADER = 2
_SEPARATORS = np.array([SEPARATOR], np.uint32)


def row_tokens(snapshot: Snapshot, row: int) -> tuple[Ids, int, int]:
    """Return a row's token ids, where its title ends and where its body begins."""
    segment, place = snapshot.segment_of(row)
    numbers = segment.words.numbers(place)
    return numbers[_HEADER:], int(numbers[0]), int(numbers[1])


@dataclass(frozen=True)
class Occurrences:
    """Every place in some rows where one of a query's words stands, row after row in reading order."""

    rows: int
    words: int
    places: Numbers
    """Place in the rows as laid out one after the other, a separator between them."""
    row: Numbers
    word: Numbers
    ids: Ids
    in_title: Mask
    in_body: Numbers
    """Its place in the row's section; below 0 where it stands before that."""

    def count(self, values: Scores | None = None) -> Scores:
        """Return rows x words: how often each word occurs in each row, or the sum of a value per occurrence."""
        counted = np.bincount(self.row * self.words + self.word, values, self.rows * self.words)
        return counted.reshape(self.rows, self.words).astype(np.float64)

    def spelled(self, word: int, folded: str, exact: Sequence[str]) -> Mask:
        """Return which occurrences are of this word in one of these spellings."""
        here: Mask = self.word == word
        if len(exact) == 1:
            here &= self.ids == token_id(folded, exact[0])
        else:
            here &= np.isin(self.ids, spelled_ids(folded, exact))
        return here


def find_occurrences(snapshot: Snapshot, rows: Sequence[int], words: Sequence[Word]) -> Occurrences:
    """Return where these words, which differ by their folded keys, stand in these rows."""
    parts: list[Ids] = []
    starts, title_ends, bodies, total = [], [], [], 0
    for row in rows:
        ids, title_end, body = row_tokens(snapshot, row)
        parts += [ids, _SEPARATORS]
        starts.append(total)
        title_ends.append(total + title_end)
        bodies.append(total + body)
        total += len(ids) + 1
    joined = np.concatenate(parts)
    plain = np.right_shift(joined, SPELLING_BITS)
    there = np.zeros(total, bool)
    for word in words:
        there |= plain == word_of(word.folded)
    places = np.flatnonzero(there)
    found = plain[places]
    which = np.zeros(len(places), np.int64)
    for number, word in enumerate(words):
        which[found == word_of(word.folded)] = number
    owner = np.searchsorted(np.array(starts), places, side="right") - 1
    return Occurrences(
        rows=len(rows),
        words=len(words),
        places=places,
        row=owner,
        word=which,
        ids=joined[places],
        in_title=places < np.array(title_ends, np.int64)[owner],
        in_body=places - np.array(bodies, np.int64)[owner],
    )


# Phrases, found in the token ids of rows: consecutive words, with the marks that were typed.

# Rows looked through at a time: about a megabyte, which stays in the processor's cache.
_ROWS_AT_ONCE = 250


def _matches(ids: Ids, plain: Ids, word: Word) -> Mask:
    """Return which tokens are this word: in a spelling that was meant, where marks were typed."""
    if not word.exact:
        same: Mask = plain == word_of(word.folded)
        return same
    meant: Mask = ids == token_id(word.folded, word.exact)
    for exact in set(word.compatible) - {word.exact}:
        meant |= ids == token_id(word.folded, exact)
    return meant


def _positions_of(ids: Ids, words: Sequence[Word]) -> Numbers:
    """Return where the words follow one another."""
    size = max(len(ids) - len(words) + 1, 0)
    plain = ids if all(word.exact for word in words) else np.right_shift(ids, np.uint32(SPELLING_BITS))
    # Two at once, since places of one common word are many, and listing them is what takes long.
    here = _matches(ids[:size], plain[:size], words[0])
    if len(words) > 1:
        here &= _matches(ids[1 : size + 1], plain[1 : size + 1], words[1])
    places = np.flatnonzero(here)
    for shift, word in enumerate(words[2:], start=2):
        places = places[_matches(ids[places + shift], plain[places + shift], word)]
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
    places = _positions_of(np.concatenate(parts) if len(parts) > 1 else parts[0], words)
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
        for at in range(0, len(rows), _ROWS_AT_ONCE):
            found = _rows_with_phrase(segment, rows[at : at + _ROWS_AT_ONCE], phrase.words)
            mask[snapshot.material_of[base + found]] = True
    return mask & within
