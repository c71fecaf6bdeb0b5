"""An index at one generation: its segments side by side, rows numbered through, each material with its rows."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
import numpy.typing as npt

from oer.backends.search.whoosh.rows import FACET_SEPARATOR, ID, TEXT
from oer.backends.search.whoosh.segment import Numbers, Segment, SharedCache

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]
Column = npt.NDArray[np.float32]
# BM25 as in Robertson & Zaragoza 2009; Whoosh's defaults.
B, K1 = 0.75, 1.2
# The impact of a word in more than this share of the rows is kept as a column: adding it to all scores is ten times as
# fast as adding it row by row.
FREQUENT_SHARE = 0.1
_MOST_IMPACT_BYTES = 16_000_000
_MOST_WORDS_CACHED = 50_000


@dataclass(frozen=True)
class FacetRows:
    """The codes of one facet and, code after code, the materials that have each."""

    codes: list[str]
    materials: Numbers
    starts: Numbers

    def of(self, code: str) -> Numbers:
        """Return the materials that have a code."""
        if code not in self._places:
            return self.materials[:0]
        place = self._places[code]
        end = self.starts[place + 1] if place + 1 < len(self.starts) else len(self.materials)
        return self.materials[self.starts[place] : end]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.codes)}


def _joined(parts: Iterable[npt.NDArray[np.int64]]) -> Numbers:
    return np.concatenate([np.empty(0, np.int64), *parts])


class Snapshot:
    """What a search reads. Rows and materials are numbered from 0 over all segments; nothing here changes."""

    def __init__(self, generation: str, segments: Sequence[Segment], deleted: Sequence[Set[int]]) -> None:
        self.generation = generation
        self.segments = segments
        self.bases = np.cumsum([0, *(segment.rows for segment in segments)])
        self.rows = int(self.bases[-1])
        live = np.ones(self.rows, bool)
        for base, gone in zip(self.bases, deleted, strict=False):
            if gone:
                live[base + np.fromiter(gone, np.int64, len(gone))] = False
        parts = _joined(segment.parts for segment in segments)
        self.firsts: Numbers = np.flatnonzero(parts == 1)
        """The first row of each material."""
        self.material_of: Numbers = np.cumsum(parts == 1) - 1
        self.live: Mask = live[self.firsts]
        """Which materials are there; the rows of the others have not been merged away yet."""
        self.materials = len(self.firsts)
        self.one_row_each = self.materials == self.rows
        self.documents = int(self.live.sum())
        lengths = np.concatenate([np.empty(0), *(segment.lengths for segment in segments)])
        average = sum(segment.text_length for segment in segments) / (self.rows or 1) or 1.0
        self._bases = self.bases.tolist()
        self._norms = K1 * ((1 - B) + B * lengths / average)
        self._frequencies: SharedCache[str, int] = SharedCache(_MOST_WORDS_CACHED)
        self._idfs: SharedCache[str, float] = SharedCache(_MOST_WORDS_CACHED)
        self._impacts: SharedCache[str, Column] = SharedCache(max(1, _MOST_IMPACT_BYTES // max(1, self.rows * 4)))
        self.idfs_as_typed: SharedCache[tuple[str, str], float] = SharedCache(_MOST_WORDS_CACHED)
        """Folded and exact key of a word -> its idf in the spelling that was typed; see `ranking`."""

    # Words

    def frequency(self, key: str) -> int:
        """Return in how many rows a word occurs, deleted ones not yet merged away included; no rows are read."""
        return self._frequencies.get(key, lambda: sum(segment.frequency(TEXT, key) for segment in self.segments))

    def idf(self, key: str) -> float:
        """Return a word's inverse document frequency over all segments, as Whoosh's scoring defines it."""
        return self._idfs.get(key, lambda: self.idf_of(sum(len(rows) for _, rows, _ in self._postings(key))))

    def idf_of(self, frequency: float) -> float:
        """Return the inverse document frequency of what occurs in so many rows."""
        return float(np.log(max(self.rows, 1) / (frequency + 1)) + 1)

    def pair_idf(self, first: str, second: str) -> float:
        """Return how informative two words are together: by how many rows have both, wherever."""
        both = int(np.count_nonzero(self.rows_mask(first) & self.rows_mask(second)))
        return self.idf_of(both)

    def rows_mask(self, key: str) -> Mask:
        """Return which rows a word occurs in."""
        impact = self._impact(key)
        if impact is not None:
            there: Mask = impact > 0
            return there
        mask = np.zeros(self.rows, bool)
        mask[self.rows_with(key)] = True
        return mask

    def rows_with(self, key: str) -> Numbers:
        """Return the rows that a word occurs in."""
        return np.concatenate([np.empty(0, np.int64), *(base + rows for base, rows, _ in self._postings(key))])

    def materials_with(self, key: str) -> Mask:
        """Return which materials a word occurs in."""
        there = self.rows_mask(key)
        if self.one_row_each or not self.rows:
            return there
        found: Mask = np.logical_or.reduceat(there, self.firsts)
        return found

    def weights_at(self, key: str, rows: Sequence[int]) -> Scores:
        """Return a word's weight in each of these rows."""
        weights = np.zeros(len(rows))
        asked = np.array(rows, np.int32)  # the type of posting lists, which would be copied to be compared with another
        for base, listed, found in self._postings(key):
            if len(listed):
                here = asked - np.int32(base)
                places = np.minimum(np.searchsorted(listed, here), len(listed) - 1)
                weights = np.where(listed[places] == here, found[places], weights)
        return weights

    def based(self) -> Iterable[tuple[int, Segment]]:
        """Return each segment with the number of its first row."""
        return zip(self._bases, self.segments, strict=False)

    def _postings(self, key: str) -> Iterable[tuple[int, npt.NDArray[np.int32], npt.NDArray[np.float32]]]:
        """Return of each segment its first row, the rows in it that a word occurs in, and the word's weights there."""
        return ((base, *segment.postings(TEXT, key)) for base, segment in self.based())

    # Scores

    def scores(self, boosts: Mapping[str, float]) -> Scores:
        """Return every row's BM25F for a query of any of these words with these boosts: what stock Whoosh gives it."""
        scores = np.zeros(self.rows)
        for key, boost in boosts.items():
            self._add_score(scores, key, boost)
        return scores

    def _add_score(self, scores: Scores, key: str, boost: float) -> None:
        """Add a word's BM25 to the scores of the rows that it occurs in."""
        factor = self.idf(key) * (K1 + 1) * boost
        impact = self._impact(key)
        if impact is not None:
            scores += factor * impact
            return
        for base, rows, weights in self._postings(key):
            if len(rows):
                places = rows + base
                scores[places] += factor * weights / (weights + self._norms[places])

    def _impact(self, key: str) -> Column | None:
        """Return a frequent word's impact: its BM25 in every row, without idf and boost; None for other words.

        In 32 bits its error is a tenth of what scores may differ by.
        """
        if self.frequency(key) <= self.rows * FREQUENT_SHARE:
            return None
        return self._impacts.get(key, lambda: self._impact_column(key))

    def _impact_column(self, key: str) -> Column:
        column = np.zeros(self.rows, np.float32)
        for base, rows, weights in self._postings(key):
            places = rows + base
            column[places] = weights / (weights + self._norms[places])
        return column

    def norms(self, rows: Numbers) -> Scores:
        """Return what BM25 adds to a word's weight in these rows for their length."""
        return self._norms[rows]

    def best_of_rows(self, scores: Scores) -> Scores:
        """Return the score of every material's best row."""
        if self.one_row_each or not self.rows:
            return scores
        best: Scores = np.maximum.reduceat(scores, self.firsts)
        return best

    # Materials

    def rows_of(self, material: int) -> range:
        """Return a material's rows."""
        end = self.firsts[material + 1] if material + 1 < self.materials else self.rows
        return range(int(self.firsts[material]), int(end))

    def segment_of(self, row: int) -> tuple[Segment, int]:
        """Return a row's segment and its number in there."""
        place = bisect_right(self._bases, row) - 1
        return self.segments[place], row - self._bases[place]

    def key(self, material: int) -> str:
        """Return a material's public id."""
        segment, row = self.segment_of(int(self.firsts[material]))
        return segment.keys[row].decode()

    def revision(self, material: int) -> str:
        """Return the revision that a material was put with."""
        segment, row = self.segment_of(int(self.firsts[material]))
        return segment.revisions[row].decode()

    def find(self, keys: Iterable[str]) -> Numbers:
        """Return the materials with these public ids, as far as there are any."""
        found: set[int] = set()
        for key in keys:
            for base, segment in self.based():
                rows = segment.postings(ID, key).rows
                if len(rows):
                    found.add(int(self.material_of[base + rows[0]]))
        return np.fromiter(found, np.int64, len(found))

    @cached_property
    def newest(self) -> Numbers:
        """When each material was last published."""
        return _joined(segment.newest for segment in self.segments)[self.firsts]

    @cached_property
    def title_order(self) -> Numbers:
        """Each material's place in the order of titles."""
        keys = []
        for segment in self.segments:
            keys += [segment.title_keys[row] for row in np.flatnonzero(segment.parts == 1).tolist()]
        places = np.empty(self.materials, np.int64)
        places[sorted(range(self.materials), key=keys.__getitem__)] = np.arange(self.materials)
        return places

    @cached_property
    def facets(self) -> Mapping[str, FacetRows]:
        """Facet name -> its codes and their materials."""
        found: dict[str, list[Numbers]] = {}
        for base, segment in self.based():
            for term, rows in segment.facets.items():
                found.setdefault(term, []).append(self.material_of[rows + base])
        facets = {}
        for name, terms in groupby(sorted(found), key=lambda term: term.partition(FACET_SEPARATOR)[0]):
            listed = list(terms)
            materials = [np.concatenate(found[term]) for term in listed]
            starts = np.cumsum([0, *(len(each) for each in materials[:-1])])
            codes = [term.partition(FACET_SEPARATOR)[2] for term in listed]
            facets[name] = FacetRows(codes, np.concatenate(materials), starts)
        return facets
