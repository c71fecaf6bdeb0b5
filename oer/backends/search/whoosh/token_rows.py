"""Rows of token ids: where in them a query's words stand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oer.backends.search.questions import Word
from oer.backends.search.whoosh.snapshot import Mask, Numbers, Scores, Snapshot
from oer.backends.search.whoosh.token_ids import SEPARATOR, SPELLING_BITS, Ids, spelled_ids, token_id, word_of

_HEADER = 2
_APART = np.array([SEPARATOR], np.uint32)


def row_ids(snapshot: Snapshot, row: int) -> tuple[Ids, int, int]:
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


def find_words(snapshot: Snapshot, rows: Sequence[int], words: Sequence[Word]) -> Occurrences:
    """Return where these words, which differ by their folded keys, stand in these rows."""
    parts: list[Ids] = []
    starts, title_ends, bodies, total = [], [], [], 0
    for row in rows:
        ids, title_end, body = row_ids(snapshot, row)
        parts += [ids, _APART]
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
