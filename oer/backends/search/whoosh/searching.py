"""A query answered from one snapshot: matching, filters, facet counts, order; and suggestions while typing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from oer.backends.search.protocol import Clause, FacetCount, Hit, Phrase, Query, SearchResult, Sort, Suggestion, Word
from oer.backends.search.whoosh.corrections import corrected_query
from oer.backends.search.whoosh.occurrences import materials_with_phrase
from oer.backends.search.whoosh.ranking import best_locations, rank
from oer.backends.search.whoosh.segment import NAME_FIELDS_SEPARATOR, Offsets, SuggestionNames
from oer.backends.search.whoosh.snapshot import Mask, Numbers, Scores, Snapshot


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


# Which materials a query finds: one of its words may stand on page 3 of a material, another in the title.

# Where fewer materials than a page have all words, those are hits too that have enough of the query's weight (by idf):
# long questions have words that no answer repeats. Where none has all, little is enough.
ENOUGH_FULL_MATCHES = 10
INFORMATIVE_SHARE, INFORMATIVE_SHARE_WITHOUT_FULL_MATCH = 0.5, 0.2
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Matched:
    """What a query finds before filters."""

    some: Mask
    """Materials that are hits."""
    complete: Mask
    """Those of them that have all of the words."""
    scores: Scores
    """BM25F of every row."""
    words: Sequence[Word]
    """The query's words as they were read."""


def words_of(clauses: Iterable[Clause]) -> list[Word]:
    """Return the words of clauses, those of phrases too."""
    return [word for clause in clauses for word in (clause.words if isinstance(clause, Phrase) else (clause,))]


def materials_with(snapshot: Snapshot, clause: Clause, within: Mask) -> Mask:
    """Return which of the materials `within` contain a word, or a phrase."""
    if isinstance(clause, Phrase):
        return materials_with_phrase(snapshot, clause, within)
    return snapshot.materials_with(clause.folded) & within


def _choice(snapshot: Snapshot, clauses: Sequence[Clause], within: Mask) -> tuple[Mask, float]:
    """Return which of the materials `within` meet a choice, and how telling it is."""
    met = np.zeros(snapshot.materials, bool)
    for clause in sorted(clauses, key=_is_phrase):
        met |= materials_with(snapshot, clause, within & ~met)
    telling = min((snapshot.idf(word.folded) * word.weight for word in words_of(clauses)), default=1.0)
    return met, max(telling, 0.1)


def _is_phrase(clause: Clause) -> bool:
    return isinstance(clause, Phrase)


def _effort(snapshot: Snapshot, clauses: Sequence[Clause]) -> int:
    """Return in how many rows the phrases of a choice have to be looked for, at most; nothing for words."""
    phrases = [clause for clause in clauses if isinstance(clause, Phrase)]
    return sum(min((snapshot.occurrences(word.folded) for word in phrase.words), default=0) for phrase in phrases)


def _allowed(snapshot: Snapshot, query: Query) -> Mask:
    """Return which materials may be shown at all: there and not masked."""
    mask = snapshot.live.copy()
    if query.masked:
        mask[snapshot.find(query.masked)] = False
    return mask


def match(snapshot: Snapshot, query: Query, wanted: Sequence[Sequence[Clause]]) -> Matched:
    """Return what `wanted`, the query's choices as they are read, finds among what is allowed.

    Phrases cost a look at every word of a text, so each is only looked for in what everything before it has left: the
    rarest first, and what no hit may contain last, the commonest first.
    """
    mask = _allowed(snapshot, query)
    covered, total = np.zeros(snapshot.materials), 0.0
    for clauses in sorted(wanted, key=lambda clauses: _effort(snapshot, clauses)):
        met, telling = _choice(snapshot, clauses, mask)
        covered += telling * met
        total += telling
        if any(map(_is_phrase, clauses)):
            mask &= met
    for clause in sorted(query.unwanted, key=lambda clause: (_is_phrase(clause), -_effort(snapshot, [clause]))):
        mask &= ~materials_with(snapshot, clause, mask)
    words = words_of(clause for clauses in wanted for clause in clauses)
    if not wanted:
        return Matched(mask, mask, np.zeros(snapshot.rows), ())
    complete = mask & (covered >= total - _ROUNDING)
    some = complete
    if query.some and int(complete.sum()) < ENOUGH_FULL_MATCHES:
        share = INFORMATIVE_SHARE if complete.any() else INFORMATIVE_SHARE_WITHOUT_FULL_MATCH
        some = mask & (covered >= share * total - _ROUNDING)
    return Matched(some, complete, snapshot.scores({word.folded: word.weight for word in reversed(words)}), words)


# A query answered from one snapshot.


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


def search_snapshot(snapshot: Snapshot, query: Query) -> SearchResult:
    """Return a query's answer."""
    wanted, guesses = corrected_query(snapshot, query)
    matched = match(snapshot, query, wanted)
    masks = filter_masks(snapshot, query.filters)
    selected = all_of(masks, matched.some)
    ordered, scores = _ordered(snapshot, query, matched, selected)
    page = slice(query.offset, query.offset + query.limit)
    materials = ordered[page].tolist()
    places = best_locations(snapshot, materials, matched.scores, matched.words)
    hits = [
        Hit(snapshot.key(material), score, place)
        for material, score, place in zip(materials, scores[page].tolist(), places, strict=True)
    ]
    return SearchResult(
        total=int(selected.sum()),
        hits=hits,
        facets=facet_counts(snapshot, matched.some, masks, query),
        guesses=guesses,
        complete=int(all_of(masks, matched.complete).sum()),
    )


# Names that begin with what is being typed, found by scanning one string per segment.

# Names come in the order of how many bear them: the best are among the first that begin so.
_MOST_TAKEN, _MOST_LOOKED_AT = 40, 300
_NAME, _WORD = b"\n", b" "


def _found(known: SuggestionNames, beginning: bytes, kinds: Set[str]) -> Iterator[tuple[int, str, bool]]:
    """Return names of some kinds with a word that begins so: number, line, whether it is the first word."""
    seen = set()
    for before in (_NAME, _WORD):
        place, looked, taken = known.folded.find(before + beginning), 0, 0
        while place >= 0 and looked < _MOST_LOOKED_AT and taken < _MOST_TAKEN:
            name = known.at(place)
            if name not in seen:
                seen.add(name)
                line = known.line(name)
                if not kinds or line.split(NAME_FIELDS_SEPARATOR)[1] in kinds:
                    taken += 1
                    yield name, line, before == _NAME
            looked += 1
            place = known.folded.find(before + beginning, place + 1)


def _bearers(snapshot: Snapshot, base: int, rows: Offsets, live: Mask) -> Numbers:
    materials = snapshot.material_of[rows + base]
    return materials[live[materials]]


def _ranked(snapshot: Snapshot, typed: bytes, kinds: Set[str]) -> list[tuple[str, list[tuple[int, Offsets]]]]:
    """Return the names that fit, the best first, and who bears each: first row of a segment, rows in there."""
    found: dict[str, list[tuple[int, Offsets]]] = {}
    begins: set[str] = set()
    for base, segment in zip(snapshot.bases.tolist(), snapshot.segments, strict=False):
        known = segment.known_names
        for name, line, first in _found(known, typed, kinds):
            found.setdefault(line, []).append((base, known.rows(name)))
            if first:
                begins.add(line)

    def place(line: str) -> tuple[bool, int, int, str]:
        return line not in begins, -sum(len(rows) for _, rows in found[line]), len(line), line

    return [(line, found[line]) for line in sorted(found, key=place)]


def suggestions(snapshot: Snapshot, beginning: str, limit: int, kinds: Set[str], masked: Set[str]) -> list[Suggestion]:
    """Return the names that fit best; only those that a document bears which may be shown."""
    live = snapshot.live
    if masked:
        live = live.copy()
        live[snapshot.find(masked)] = False
    typed = " ".join(beginning.split()).encode()
    suggested: list[Suggestion] = []
    for line, places in _ranked(snapshot, typed, kinds) if typed else ():
        bearers = np.concatenate([_bearers(snapshot, base, rows, live) for base, rows in places])
        if len(bearers):
            _, kind, text, code = line.split(NAME_FIELDS_SEPARATOR)
            suggested.append(Suggestion(kind, text, snapshot.key(int(bearers[0])), code, len(bearers)))
        if len(suggested) == limit:
            break
    return suggested
