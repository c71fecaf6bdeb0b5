"""A query answered from one snapshot: matching, filters, facet counts, order."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from oer.backends.search.protocol import (
    Clause,
    FacetCount,
    Hit,
    Phrase,
    Query,
    SearchResult,
    Sort,
    Word,
)
from oer.backends.search.whoosh.clauses import is_phrase, other_names, typed_clauses, words_in_order, words_of
from oer.backends.search.whoosh.corrections import corrected_query
from oer.backends.search.whoosh.occurrences import materials_with_phrase
from oer.backends.search.whoosh.ranking import best_locations, rank
from oer.backends.search.whoosh.segment import Numbers
from oer.backends.search.whoosh.snapshot import Mask, Scores, Snapshot
from oer.backends.search.whoosh.spelling import as_meant, materials_spelling

# If fewer materials than a page have all words, those are hits too that have enough of the query's weight (by idf):
# long questions have words that no text repeats. If none has all, little is enough.
ENOUGH_FULL_MATCHES = 10
INFORMATIVE_SHARE, INFORMATIVE_SHARE_WITHOUT_FULL_MATCH = 0.5, 0.2
MOST_PARTIAL_MATCHES = 200
# "19" alone says little about what "covid19" asks for.
_NUMBER_SHARE = 0.3
# A word that all texts have has an idf of 1; many such words together are no reason to be a hit.
_SAID_BY_NOTHING = 0.5
MOST_WORDS_FULL_FIRST = 5
_ROUNDING = 1e-9

Named = Mapping[Phrase, Mask]
"""Other names of what was typed -> which materials have them: asked several times, and a phrase takes long to find."""


def search_snapshot(snapshot: Snapshot, query: Query) -> SearchResult:
    """Return a query's result."""
    must, corrections = corrected_query(snapshot, query)
    must = as_meant(snapshot, must)
    matched = match(snapshot, query, must)
    filters = filter_masks(snapshot, query.filters)
    selected = all_of(filters, matched.matches)
    ordered, scores = _ordered(snapshot, query, matched, selected)
    page = slice(query.offset, query.offset + query.limit)
    materials = ordered[page].tolist()
    locations = best_locations(snapshot, materials, matched.scores, matched.words)
    hits = [
        Hit(snapshot.key(material), score, next(iter(places), None), tuple(places[1:]))
        for material, score, places in zip(materials, scores[page].tolist(), locations, strict=True)
    ]
    return SearchResult(
        total=int(selected.sum()),
        full_matches=int(all_of(filters, matched.full_matches).sum()),
        full_first=matched.full_first or query.sort is not Sort.RELEVANCE,
        hits=hits,
        facets=facet_counts(snapshot, matched.matches, filters, query),
        corrections=corrections,
    )


# Matching: one of a query's words may be on page 3 of a material, another in its title


@dataclass(frozen=True)
class Matched:
    """What a query finds before filters."""

    matches: Mask
    """Materials that are hits."""
    full_matches: Mask
    """Those of them that have all of the words."""
    scores: Scores
    """BM25F of every row."""
    words: Sequence[Word]
    """The query's words after correction, then those of their other names."""
    full_first: bool = True
    """Whether full matches come before all others."""


def match(snapshot: Snapshot, query: Query, must: Sequence[Sequence[Clause]]) -> Matched:
    """Return what `must`, the query's choices after correction, matches among what is allowed.

    Finding phrases means looking at every word of a text, so each is only looked for in what everything before it has
    left: the rarest first, and what no hit may contain last, the commonest first.
    """
    mask = _allowed(snapshot, query)
    named = {name: materials_with_phrase(snapshot, name, mask) for name in other_names(must)}
    covered, total = np.zeros(snapshot.materials), 0.0
    for clauses in sorted(must, key=lambda clauses: _effort(snapshot, clauses)):
        met, informative = _choice(snapshot, clauses, mask, named)
        covered += informative * met
        total += informative
        if any(map(is_phrase, typed_clauses(clauses))):
            mask &= met
    for clause in sorted(query.must_not, key=lambda clause: (is_phrase(clause), -_effort(snapshot, [clause]))):
        mask &= ~_materials_with(snapshot, clause, mask, named)
    if not must:
        return Matched(mask, mask, np.zeros(snapshot.rows), ())
    words = words_in_order(must)
    scores = snapshot.scores({word.folded: word.weight for word in reversed(words)})
    matches = mask & (covered >= total - _ROUNDING)
    full = matches & _spelled_as_typed(snapshot, must, matches, named)
    if query.partial_matches and int(full.sum()) < ENOUGH_FULL_MATCHES:
        share = INFORMATIVE_SHARE if full.any() else INFORMATIVE_SHARE_WITHOUT_FULL_MATCH
        likely = mask & ~matches & (covered >= share * total - _ROUNDING)
        best = _best(snapshot, likely, scores)
        matches = matches | _with_enough(snapshot, must, best, share, named)
    return Matched(matches, full, scores, words, full_first=_is_short(must))


def _is_short(must: Sequence[Sequence[Clause]]) -> bool:
    """Whether a query is no long question, whose small words say little: full matches come before all others."""
    words = words_of(clause for clauses in must for clause in typed_clauses(clauses))
    return len({word.folded for word in words}) <= MOST_WORDS_FULL_FIRST


def _spelled_as_typed(snapshot: Snapshot, must: Sequence[Sequence[Clause]], within: Mask, named: Named) -> Mask:
    """Return which of the materials `within`, which meet every choice, do so in the spelling that was typed."""
    spelled = within
    for clauses in must:
        if all(isinstance(clause, Word) and clause.exact for clause in typed_clauses(clauses)) and spelled.any():
            spelled = _materials_as_meant(snapshot, clauses, spelled, named)
    return spelled


def _materials_as_meant(snapshot: Snapshot, clauses: Sequence[Clause], within: Mask, named: Named) -> Mask:
    """Return which of the materials `within` meet a choice in the spelling that was typed."""
    met = np.zeros(snapshot.materials, bool)
    for clause in clauses:
        if isinstance(clause, Phrase):
            met |= _materials_with(snapshot, clause, within & ~met, named)
        else:
            met |= materials_spelling(snapshot, clause, within)
    return met


def _with_enough(
    snapshot: Snapshot, must: Sequence[Sequence[Clause]], within: Mask, share: float, named: Named
) -> Mask:
    """Return which of the materials `within` have that share of the query's information, in the spelling typed."""
    covered, total = np.zeros(snapshot.materials), 0.0
    for clauses in must:
        informative = _informative(snapshot, clauses)
        total += informative
        covered += informative * _materials_as_meant(snapshot, clauses, within, named)
    return within & (covered >= share * total - _ROUNDING)


def _best(snapshot: Snapshot, selected: Mask, scores: Scores) -> Mask:
    """Return the best of the selected materials by their scores: nobody reads more that have only some of the words."""
    found = np.flatnonzero(selected)
    if len(found) <= MOST_PARTIAL_MATCHES:
        return selected
    best = snapshot.best_of_rows(scores)[found]
    mask = np.zeros(snapshot.materials, bool)
    mask[found[np.argpartition(best, -MOST_PARTIAL_MATCHES)[-MOST_PARTIAL_MATCHES:]]] = True
    return mask


def _allowed(snapshot: Snapshot, query: Query) -> Mask:
    """Return which materials may be shown at all: there and not excluded."""
    mask = snapshot.live.copy()
    if query.excluded:
        mask[snapshot.find(query.excluded)] = False
    return mask


def _effort(snapshot: Snapshot, clauses: Sequence[Clause]) -> int:
    """Return in how many rows the phrases of a choice have to be looked for, at most; nothing for words."""
    phrases = [clause for clause in clauses if isinstance(clause, Phrase)]
    return sum(min((snapshot.frequency(word.folded) for word in phrase.words), default=0) for phrase in phrases)


def _choice(snapshot: Snapshot, clauses: Sequence[Clause], within: Mask, named: Named) -> tuple[Mask, float]:
    """Return which of the materials `within` meet a choice, and how informative it is."""
    met = np.zeros(snapshot.materials, bool)
    for clause in sorted(clauses, key=is_phrase):
        met |= _materials_with(snapshot, clause, within & ~met, named)
    return met, _informative(snapshot, clauses)


def _informative(snapshot: Snapshot, clauses: Sequence[Clause]) -> float:
    """Return how much meeting a choice says: as much as its commonest clause, a phrase as much as all of its words."""
    said = (sum(_said_by(snapshot, word) for word in words_of([clause])) for clause in typed_clauses(clauses))
    return max(min(said, default=1.0), 0.1)


def _said_by(snapshot: Snapshot, word: Word) -> float:
    share = _NUMBER_SHARE if word.folded[:1].isdecimal() else 1.0
    idf = snapshot.idf(word.folded)
    # In an index of a few rows even a word that only one of them has can be below 1.
    return max(idf - _SAID_BY_NOTHING, idf / 2) * word.weight * share


def _materials_with(snapshot: Snapshot, clause: Clause, within: Mask, named: Named) -> Mask:
    """Return which of the materials `within` contain a word, or a phrase."""
    if isinstance(clause, Phrase) and clause in named:
        return named[clause] & within
    if isinstance(clause, Phrase):
        return materials_with_phrase(snapshot, clause, within)
    return snapshot.materials_with(clause.folded) & within


# Filters and exact counts by facets, over arrays of material numbers


def filter_masks(snapshot: Snapshot, filters: Mapping[str, Set[str]]) -> dict[str, Mask]:
    """Return facet -> which materials have at least one of the codes that are filtered by."""
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
    """Return which materials of `start` pass every filter except the one named `but`."""
    for name, mask in masks.items():
        if name != but:
            start = start & mask
    return start


def facet_counts(
    snapshot: Snapshot, matches: Mask, filters: Mapping[str, Mask], query: Query
) -> dict[str, list[FacetCount]]:
    """Return facet -> how many of the matches have each code, the other facets' filters applied."""
    counted = {}
    filtered = all_of(filters, matches)
    for name in query.facets:
        base = all_of(filters, matches, but=name) if name in filters else filtered
        counted[name] = _counts(snapshot, name, base, query.filters.get(name, frozenset()), query.codes_per_facet)
    return counted


def _counts(snapshot: Snapshot, name: str, mask: Mask, asked: Set[str], most: int | None) -> list[FacetCount]:
    facet = snapshot.facets.get(name)
    if facet is None:
        return [FacetCount(code, 0) for code in sorted(asked)]
    counts = np.add.reduceat(mask[facet.materials].view(np.int8), facet.starts, dtype=np.int64)
    there = np.flatnonzero(counts)
    # Codes are sorted, and stay so among equals.
    order = there[np.argsort(-counts[there], kind="stable")][:most]
    found = list(map(FacetCount, [facet.codes[place] for place in order.tolist()], counts[order].tolist()))
    if asked:
        hits = dict(zip(facet.codes, counts.tolist(), strict=True))
        rest = sorted(asked - {each.code for each in found}, key=lambda code: (-hits.get(code, 0), code))
        found += [FacetCount(code, hits.get(code, 0)) for code in rest]
    return found


# Order


def _ordered(snapshot: Snapshot, query: Query, matched: Matched, selected: Mask) -> tuple[Numbers, Scores]:
    if query.sort is Sort.RELEVANCE and matched.words:
        needed = query.offset + query.limit
        first = matched.full_matches if matched.full_first else np.zeros(snapshot.materials, bool)
        return rank(snapshot, selected, first, matched.scores, matched.words, needed)
    found = np.flatnonzero(selected)
    if query.sort is Sort.TITLE:
        keys = snapshot.title_order
    elif query.sort is Sort.MOST_USED:
        keys = -_usage(snapshot, query)
    else:
        keys = -snapshot.newest
    return found[np.lexsort((found, keys[found], ~matched.full_matches[found]))], np.zeros(len(found))


def _usage(snapshot: Snapshot, query: Query) -> Numbers:
    usage = np.zeros(snapshot.materials, np.int64)
    for identifier, count in query.usage.items():
        usage[snapshot.find((identifier,))] = count
    return usage
