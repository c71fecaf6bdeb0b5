"""Searches of a day: how many, in vain or left behind, and for which words."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from oer.core.vietnamese import folded_text
from oer.usage.queries.days import DayEvents, Search

PATIENCE = 30 * 60 * 1_000_000
"""Microseconds within which whoever found something opens it."""
LONGEST_QUERY = 200


def search_figures(events: DayEvents, now: int) -> list[dict[str, Any]]:
    """Return the searches of a day by language of the pages."""
    openings = _openings(events)
    rows: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for search in events.searches:
        rows[search.language].update(_outcome(search, openings, now))
    return [{"language": language, **_figures(row)} for language, row in rows.items()]


def query_figures(events: DayEvents, now: int) -> list[dict[str, Any]]:
    """Return the queries of a day, all spellings of one together (marks, case, the order of typing tones)."""
    openings = _openings(events)
    rows: defaultdict[str, Counter[str]] = defaultdict(Counter)
    spellings: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for search in events.searches:
        folded = folded_text(search.words)[:LONGEST_QUERY]
        if folded:
            rows[folded].update(_outcome(search, openings, now))
            spellings[folded][search.visitor] = " ".join(search.words.split())
    return [
        {"folded": folded, "words": _commonest(spellings[folded]), "visitors": len(spellings[folded]), **_figures(row)}
        for folded, row in rows.items()
    ]


def _commonest(by_visitor: Mapping[str, str]) -> str:
    counts = Counter(by_visitor.values())
    return min(counts, key=lambda words: (-counts[words], words))


def _outcome(search: Search, openings: Mapping[str, Sequence[int]], now: int) -> list[str]:
    if search.hits == 0:
        return ["searches", "without_result"]
    if search.at + PATIENCE > now:
        return ["searches"]  # whoever searched may still open something
    opened = openings.get(search.visitor, ())
    following = bisect_right(opened, search.at)
    found = following < len(opened) and opened[following] <= search.at + PATIENCE
    return ["searches"] if found else ["searches", "abandoned"]


def _figures(row: Counter[str]) -> dict[str, int]:
    return {name: row[name] for name in ("searches", "without_result", "abandoned")}


def _openings(events: DayEvents) -> dict[str, list[int]]:
    # Only what may have come from a result list: browsers that tell no page before are given the benefit of the doubt.
    opened: defaultdict[str, list[int]] = defaultdict(list)
    for opening in events.openings:
        if not opening.from_elsewhere:
            opened[opening.visitor].append(opening.at)
    return {visitor: sorted(moments) for visitor, moments in opened.items()}
