"""Where a query's words and phrases occur in rows of token ids."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oer.backends.search.protocol import Phrase, Word
from oer.backends.search.whoosh.rows import HEADER, SEPARATOR, SPELLING_BITS, Ids, spelled_ids, token_id, word_part
from oer.backends.search.whoosh.segment import Numbers, Segment
from oer.backends.search.whoosh.snapshot import Mask, Scores, Snapshot

_SEPARATORS = np.array([SEPARATOR], np.uint32)
# Rows searched for a phrase at a time: about a megabyte, which stays in the processor's cache.
_ROWS_AT_ONCE = 250


@dataclass(frozen=True)
class Occurrences:
    """Every occurrence of a query's words in some rows, row after row in reading order: arrays of one length.

    Positions are those in the rows laid out one after the other, a separator between them.
    """

    rows: int
    """How many rows were searched."""
    words: int
    """How many words were searched for."""
    positions: Numbers
    row: Numbers
    """Number of the row, in the order asked for."""
    word: Numbers
    """Number of the word, in the order asked for."""
    ids: Ids
    in_title: Mask
    in_body: Numbers
    """Position in the row's section; below 0 where it is before that."""

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

    def adjacent(self, pair: Numbers) -> Mask:
        """Return which occurrences are followed at once by the next one, where `pair` is not below 0 (one shorter)."""
        beside: Mask = (np.diff(self.positions) == 1) & (pair >= 0)
        return beside


def find_occurrences(snapshot: Snapshot, rows: Sequence[int], words: Sequence[Word]) -> Occurrences:
    """Return where these words, which differ by their folded keys, occur in these rows."""
    parts: list[Ids] = []
    starts, title_ends, bodies, total = [], [], [], 0
    for row in rows:
        ids, title_end, body = _tokens_of(snapshot, row)
        parts += [ids, _SEPARATORS]
        starts.append(total)
        title_ends.append(total + title_end)
        bodies.append(total + body)
        total += len(ids) + 1
    joined = np.concatenate(parts)
    plain = np.right_shift(joined, SPELLING_BITS)
    there = np.zeros(total, bool)
    for word in words:
        there |= plain == word_part(word.folded)
    positions = np.flatnonzero(there)
    found = plain[positions]
    which = np.zeros(len(positions), np.int64)
    for number, word in enumerate(words):
        which[found == word_part(word.folded)] = number
    owner = np.searchsorted(np.array(starts), positions, side="right") - 1
    return Occurrences(
        rows=len(rows),
        words=len(words),
        positions=positions,
        row=owner,
        word=which,
        ids=joined[positions],
        in_title=positions < np.array(title_ends, np.int64)[owner],
        in_body=positions - np.array(bodies, np.int64)[owner],
    )


def _tokens_of(snapshot: Snapshot, row: int) -> tuple[Ids, int, int]:
    """Return a row's token ids, where its title ends and where its body begins."""
    segment, place = snapshot.segment_of(row)
    numbers = segment.words.numbers(place)
    return numbers[HEADER:], int(numbers[0]), int(numbers[1])


# Phrases: consecutive words, with the diacritics that were typed


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


def _rows_with_phrase(segment: Segment, rows: Numbers, words: Sequence[Word]) -> Numbers:
    """Return those of a segment's rows, given in order, that have the words one after the other; maybe other rows, too.

    Rows are stored one after the other, each with two numbers in front that are no tokens, so that no phrase runs from
    one into the next.
    """
    firsts, lasts = _runs(rows)
    starts, ends = segment.words.starts_of_numbers(firsts), segment.words.ends_of_numbers(lasts)
    numbers = segment.words.all_numbers
    parts = [numbers[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    positions = _positions_of(np.concatenate(parts) if len(parts) > 1 else parts[0], words)
    before = np.cumsum(ends - starts) - (ends - starts)
    run = np.searchsorted(before, positions, side="right") - 1
    return segment.words.rows_of_numbers(positions - before[run] + starts[run])


def _runs(rows: Numbers) -> tuple[Numbers, Numbers]:
    """Return the first and the last row of each run of neighbours; a single run, if most rows between are asked for."""
    if 2 * len(rows) > rows[-1] - rows[0]:
        return rows[:1], rows[-1:]
    breaks = np.flatnonzero(np.diff(rows) > 1)
    return rows[np.concatenate([[0], breaks + 1])], rows[np.concatenate([breaks, [len(rows) - 1]])]


def _positions_of(ids: Ids, words: Sequence[Word]) -> Numbers:
    """Return where the words follow one another."""
    size = max(len(ids) - len(words) + 1, 0)
    plain = ids if all(word.exact for word in words) else np.right_shift(ids, np.uint32(SPELLING_BITS))
    # Two words at once, because one common word has many positions, and listing them is what takes long.
    here = _matches(ids[:size], plain[:size], words[0])
    if len(words) > 1:
        here &= _matches(ids[1 : size + 1], plain[1 : size + 1], words[1])
    positions = np.flatnonzero(here)
    for shift, word in enumerate(words[2:], start=2):
        positions = positions[_matches(ids[positions + shift], plain[positions + shift], word)]
    return positions


def _matches(ids: Ids, plain: Ids, word: Word) -> Mask:
    """Return which tokens are this word: in a spelling that was meant, where diacritics were typed."""
    if not word.exact:
        same: Mask = plain == word_part(word.folded)
        return same
    meant: Mask = ids == token_id(word.folded, word.exact)
    for exact in set(word.compatible) - {word.exact}:
        meant |= ids == token_id(word.folded, exact)
    return meant
