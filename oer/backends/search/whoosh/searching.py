"""A query answered from one snapshot."""

import numpy as np

from oer.backends.search.questions import Answer, Hit, Query, Sort
from oer.backends.search.whoosh.faceting import all_of, facet_counts, filter_masks
from oer.backends.search.whoosh.matching import Matched, match
from oer.backends.search.whoosh.mending import read_as
from oer.backends.search.whoosh.passages import best_places
from oer.backends.search.whoosh.ranking import rank
from oer.backends.search.whoosh.snapshot import Mask, Numbers, Scores, Snapshot


def _by_key(found: Numbers, keys: Numbers, complete: Mask) -> Numbers:
    """Return materials by ascending keys, those with all of the words first."""
    return found[np.lexsort((found, keys[found], ~complete[found]))]


def _most_used(snapshot: Snapshot, query: Query) -> Numbers:
    used = np.zeros(snapshot.materials, np.int64)
    for identifier, count in query.used.items():
        used[snapshot.find((identifier,))] = count
    return used


def _ordered(snapshot: Snapshot, query: Query, matched: Matched, selected: Mask) -> tuple[Numbers, Scores]:
    found = np.flatnonzero(selected)
    if query.sort is Sort.TITLE:
        return _by_key(found, snapshot.title_order, matched.complete), np.zeros(len(found))
    if query.sort is Sort.MOST_USED:
        return _by_key(found, -_most_used(snapshot, query), matched.complete), np.zeros(len(found))
    if query.sort is Sort.NEWEST or not matched.words:
        return _by_key(found, -snapshot.newest, matched.complete), np.zeros(len(found))
    return rank(snapshot, selected, matched.scores, matched.words, query.offset + query.limit)


def answer(snapshot: Snapshot, query: Query) -> Answer:
    """Return a query's answer."""
    wanted, guesses = read_as(snapshot, query)
    matched = match(snapshot, query, wanted)
    masks = filter_masks(snapshot, query.filters)
    selected = all_of(masks, matched.some)
    ordered, scores = _ordered(snapshot, query, matched, selected)
    page = slice(query.offset, query.offset + query.limit)
    materials = ordered[page].tolist()
    places = best_places(snapshot, materials, matched.scores, matched.words)
    hits = [
        Hit(snapshot.key(material), score, place)
        for material, score, place in zip(materials, scores[page].tolist(), places, strict=True)
    ]
    return Answer(
        total=int(selected.sum()),
        hits=hits,
        facets=facet_counts(snapshot, matched.some, masks, query),
        guesses=guesses,
        complete=int(all_of(masks, matched.complete).sum()),
    )
