"""Which materials have a word as it was meant: postings know folded keys alone, token ids know spellings.

Somebody who types diacritics means them: "lừa đảo" is not "cầu dao". And among words with diacritics a word without any
is meant so, too ("học tiếng Anh" is not "ảnh"), unless nobody spells it so ("thuỷ loi").
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from oer.backends.search.protocol import Clause, Word
from oer.backends.search.whoosh.ranking import is_spelled_so
from oer.backends.search.whoosh.rows import Ids, spelled_ids
from oer.backends.search.whoosh.segment import Numbers, Segment
from oer.backends.search.whoosh.snapshot import Mask, Snapshot

# More rows than these are not read: it takes too long, and the first pages are ranked by spelling anyway.
_MOST_ROWS = 800


def as_meant(snapshot: Snapshot, must: Sequence[Sequence[Clause]]) -> list[list[Clause]]:
    """Return a query's choices; words whose spelling is only implied are any spelling where no text has that one."""
    return [[_as_meant(snapshot, clause) for clause in clauses] for clauses in must]


def _as_meant(snapshot: Snapshot, clause: Clause) -> Clause:
    if isinstance(clause, Word) and clause.spelling_is_implied:
        if is_spelled_so(snapshot, clause):
            return replace(clause, compatible=())
        return replace(clause, exact="", compatible=())
    return clause


def materials_spelling(snapshot: Snapshot, word: Word, within: Mask) -> Mask:
    """Return which of the materials `within` have a word as it was meant; all with the word, where these are many."""
    there = snapshot.materials_with(word.folded) & within
    if not word.exact:
        return there
    rows = snapshot.rows_with(word.folded)
    rows = rows[there[snapshot.material_of[rows]]]
    if len(rows) > _MOST_ROWS:
        return there
    spelled = np.zeros(snapshot.materials, bool)
    meant = spelled_ids(word.folded, {word.exact, *word.compatible})
    for base, segment in snapshot.based():
        own = rows[(rows >= base) & (rows < base + segment.rows)] - base
        if len(own):
            spelled[snapshot.material_of[base + own[_have(segment, own, meant)]]] = True
    return spelled


def _have(segment: Segment, rows: Numbers, ids: Ids) -> Mask:
    """Return which of a segment's rows have one of these token ids."""
    starts, ends = segment.words.starts_of_numbers(rows), segment.words.ends_of_numbers(rows)
    numbers = segment.words.all_numbers
    joined = np.concatenate([numbers[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])
    found = joined == ids[0] if len(ids) == 1 else np.isin(joined, ids)
    firsts = np.cumsum(ends - starts) - (ends - starts)
    there: Mask = np.logical_or.reduceat(found, firsts)
    return there
