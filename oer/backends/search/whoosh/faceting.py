"""Filters and exact counts by facets, over arrays of material numbers."""

from collections.abc import Mapping, Set

import numpy as np

from oer.backends.search.questions import FacetCount, Query
from oer.backends.search.whoosh.snapshot import Mask, Snapshot


def filter_masks(snapshot: Snapshot, filters: Mapping[str, Set[str]]) -> dict[str, Mask]:
    """Return facet -> which materials have at least one of its wanted codes."""
    masks = {}
    for name, codes in filters.items():
        mask = np.zeros(snapshot.materials, bool)
        facet = snapshot.facets.get(name)
        if facet is not None:
            for code in codes:
                mask[facet.of(code)] = True
        masks[name] = mask
    return masks


def all_of(masks: Mapping[str, Mask], start: Mask, but: str = "") -> Mask:
    """Return which materials of `start` pass every filter but the one named `but`."""
    for name, mask in masks.items():
        if name != but:
            start = start & mask
    return start


def facet_counts(
    snapshot: Snapshot, matched: Mask, masks: Mapping[str, Mask], query: Query
) -> dict[str, list[FacetCount]]:
    """Return facet -> how many of the matched materials have each code, the other facets' filters applied."""
    counted = {}
    filtered = all_of(masks, matched)
    for name in query.facets:
        base = all_of(masks, matched, but=name) if name in masks else filtered
        counted[name] = _counts(snapshot, name, base, query.filters.get(name, frozenset()), query.most_codes)
    return counted


def _counts(snapshot: Snapshot, name: str, mask: Mask, asked: Set[str], most: int | None) -> list[FacetCount]:
    facet = snapshot.facets.get(name)
    if facet is None:
        return [FacetCount(code, 0) for code in sorted(asked)]
    counts = np.add.reduceat(mask[facet.materials].view(np.int8), facet.starts, dtype=np.int64)
    there = np.flatnonzero(counts)
    # Codes stand in their own order, which stays among equals.
    order = there[np.argsort(-counts[there], kind="stable")][:most]
    found = list(map(FacetCount, [facet.codes[place] for place in order.tolist()], counts[order].tolist()))
    if asked:
        hits = dict(zip(facet.codes, counts.tolist(), strict=True))
        rest = sorted(asked - {each.code for each in found}, key=lambda code: (-hits.get(code, 0), code))
        found += [FacetCount(code, hits.get(code, 0)) for code in rest]
    return found
