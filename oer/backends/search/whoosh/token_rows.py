"""Rows of token ids, read side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oer.backends.search.whoosh.rows import TITLE
from oer.backends.search.whoosh.snapshot import Mask, Numbers, Scores, Snapshot
from oer.backends.search.whoosh.token_ids import SEPARATOR, SPELLING_BITS, Ids

_HEADER = 2


def row_ids(snapshot: Snapshot, row: int) -> tuple[Ids, int, int]:
    """Return a row's token ids, where its title ends and where its body begins."""
    segment, place = snapshot.segment_of(row)
    numbers = segment.words.numbers(place)
    return numbers[_HEADER:], int(numbers[0]), int(numbers[1])


@dataclass(frozen=True)
class TokenRows:
    """The token ids of several rows one after the other, a separator after each."""

    ids: Ids
    plain: Ids
    """The part of each id that says which word it is."""
    starts: Numbers
    importance: Scores
    """What an occurrence counts by where it stands."""

    def count(self, mask: Mask) -> Numbers:
        """Return how many tokens of each row are masked."""
        counted: Numbers = np.add.reduceat(mask.view(np.int8), self.starts, dtype=np.int64)
        return counted

    def weight(self, mask: Mask) -> Scores:
        """Return how much the masked tokens of each row count."""
        weighed: Scores = np.add.reduceat(mask * self.importance, self.starts)
        return weighed


def read_rows(snapshot: Snapshot, rows: Sequence[int]) -> TokenRows:
    """Return the token ids of these rows, in this order."""
    apart = np.array([SEPARATOR], np.uint32)
    parts: list[Ids] = []
    starts, titles, total = [], [], 0
    for row in rows:
        ids, title_end, _ = row_ids(snapshot, row)
        parts += [ids, apart]
        starts.append(total)
        titles.append(slice(total, total + title_end))
        total += len(ids) + 1
    joined = np.concatenate(parts)
    importance = np.ones(total)
    for title in titles:
        importance[title] = TITLE
    return TokenRows(joined, np.right_shift(joined, SPELLING_BITS), np.array(starts, np.int64), importance)
