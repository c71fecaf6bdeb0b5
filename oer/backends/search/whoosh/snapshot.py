"""An index at one generation: its segments side by side, rows numbered through, each material with its rows."""

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
import numpy.typing as npt

from oer.backends.search.whoosh import schema as names
from oer.backends.search.whoosh.segment import Segment

Column = npt.NDArray[np.float32]
# A word in more than this share of the rows is worth a column.
FREQUENT_SHARE = 0.1
_MOST_BYTES = 16_000_000


class TermImpacts:
    """The columns of the words that one snapshot was asked for last, within a bound. Safe for threads."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._most = max(1, _MOST_BYTES // max(1, rows * 4))
        self._lock = threading.Lock()
        self._columns: OrderedDict[str, Column] = OrderedDict()

    def column(self, key: str, occurrences: int, fill: Callable[[Column], None]) -> Column | None:
        """Return a frequent word's column; None for the others. `fill` is given a column of zeros to be filled."""
        if occurrences <= self._rows * FREQUENT_SHARE:
            return None
        with self._lock:
            found = self._columns.get(key)
            if found is not None:
                self._columns.move_to_end(key)
                return found
        made = np.zeros(self._rows, np.float32)
        fill(made)
        with self._lock:
            self._columns[key] = made
            if len(self._columns) > self._most:
                self._columns.popitem(last=False)
        return made


# An index at one generation: its segments side by side, rows numbered through, materials in front of their rows.

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]
# BM25 as in Robertson & Zaragoza 2009; Whoosh's defaults.
B, K1 = 0.75, 1.2
_MOST_REMEMBERED = 50_000


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
        """Which materials are there; the rows of those that are not are only not yet merged away."""
        self.materials = len(self.firsts)
        self.one_row_each = self.materials == self.rows
        self.documents = int(self.live.sum())
        lengths = np.concatenate([np.empty(0), *(segment.lengths for segment in segments)])
        average = sum(segment.text_length for segment in segments) / (self.rows or 1) or 1.0
        self._idfs: dict[str, float] = {}
        self._occurrences: dict[str, int] = {}
        self._bases = self.bases.tolist()
        self._norms = K1 * ((1 - B) + B * lengths / average)
        self._impacts = TermImpacts(self.rows)

    def frequency(self, key: str) -> int:
        """Return in how many rows a word occurs, deleted ones not yet merged away included."""
        return sum(len(segment.postings(names.TEXT, key).rows) for segment in self.segments)

    def occurrences(self, key: str) -> int:
        """The same as `frequency`, without reading the rows."""
        known = self._occurrences.get(key)
        if known is None:
            if len(self._occurrences) > _MOST_REMEMBERED:
                self._occurrences.clear()
            known = self._occurrences[key] = sum(segment.knows(names.TEXT, key) for segment in self.segments)
        return known

    def idf(self, key: str) -> float:
        """Return a word's inverse document frequency over all segments, as Whoosh's scoring defines it."""
        known = self._idfs.get(key)
        if known is None:
            known = self._idfs[key] = self.idf_of(self.frequency(key))
        return known

    def idf_of(self, frequency: float) -> float:
        """Return the inverse document frequency of what occurs in so many rows."""
        return float(np.log(max(self.rows, 1) / (frequency + 1)) + 1)

    def pair_idf(self, first: str, second: str) -> float:
        """Return how telling two words are together: by how many rows have both, wherever."""
        both = int(np.count_nonzero(self.rows_mask(first) & self.rows_mask(second)))
        return self.idf_of(both)

    def rows_mask(self, key: str) -> Mask:
        """Return which rows a word occurs in."""
        column = self._impact(key)
        if column is not None:
            there: Mask = column > 0
            return there
        mask = np.zeros(self.rows, bool)
        mask[self.rows_with(key)] = True
        return mask

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
        wanted = np.array(rows, np.int32)  # as in posting lists: of another size these would be copied to look there
        for base, segment in self.based():
            listed, found = segment.postings(names.TEXT, key)
            if len(listed):
                here = wanted - np.int32(base)
                places = np.minimum(np.searchsorted(listed, here), len(listed) - 1)
                weights = np.where(listed[places] == here, found[places], weights)
        return weights

    def rows_with(self, key: str) -> Numbers:
        """Return the rows that a word occurs in."""
        found = [base + segment.postings(names.TEXT, key).rows for base, segment in self.based()]
        return np.concatenate([np.empty(0, np.int64), *found])

    def based(self) -> Iterable[tuple[int, Segment]]:
        """Return each segment with the number of its first row."""
        return zip(self._bases, self.segments, strict=False)

    def add_scores(self, scores: Scores, key: str, boost: float = 1.0) -> None:
        """Add a word's BM25 to the scores of the rows that it occurs in."""
        factor = self.idf(key) * (K1 + 1) * boost
        column = self._impact(key)
        if column is not None:
            scores += factor * column
            return
        for base, segment in self.based():
            rows, weights = segment.postings(names.TEXT, key)
            if len(rows):
                places = rows + base
                scores[places] += factor * weights / (weights + self._norms[places])

    def _impact(self, key: str) -> Column | None:
        def fill(column: Column) -> None:
            for base, segment in self.based():
                rows, weights = segment.postings(names.TEXT, key)
                places = rows + base
                column[places] = weights / (weights + self._norms[places])

        return self._impacts.column(key, self.occurrences(key), fill)

    def scores(self, boosts: Mapping[str, float]) -> Scores:
        """Return every row's BM25F for a query of any of these words with these boosts: what stock Whoosh gives it."""
        scores = np.zeros(self.rows)
        for key, boost in boosts.items():
            self.add_scores(scores, key, boost)
        return scores

    def norms(self, rows: Numbers) -> Scores:
        """Return what BM25 adds to a word's weight in these rows for their length."""
        return self._norms[rows]

    def best_of_rows(self, scores: Scores) -> Scores:
        """Return every material's best row's score."""
        if self.one_row_each or not self.rows:
            return scores
        best: Scores = np.maximum.reduceat(scores, self.firsts)
        return best

    def rows_of(self, material: int) -> range:
        """Return a material's rows."""
        end = self.firsts[material + 1] if material + 1 < self.materials else self.rows
        return range(int(self.firsts[material]), int(end))

    def segment_of(self, row: int) -> tuple[Segment, int]:
        """Return a row's segment and its place in there."""
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
        """Return the materials of these public ids, as far as they are there."""
        found: set[int] = set()
        for key in keys:
            for base, segment in self.based():
                rows = segment.postings(names.ID, key).rows
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
        for name, terms in groupby(sorted(found), key=lambda term: term.partition(names.FACET_SEPARATOR)[0]):
            listed = list(terms)
            materials = [np.concatenate(found[term]) for term in listed]
            starts = np.cumsum([0, *(len(each) for each in materials[:-1])])
            codes = [term.partition(names.FACET_SEPARATOR)[2] for term in listed]
            facets[name] = FacetRows(codes, np.concatenate(materials), starts)
        return facets
