"""Which items the visitors of a day read together."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from itertools import permutations
from typing import Any

from oer.usage.counter import REGULAR, REQUESTS, Act

LEAST_VISITORS = 5
"""Fewer could tell who they were; visitors are told apart for one day only."""
MOST_ITEMS = 30
"""Who opened more in a day was not reading: their choice says nothing about what belongs together."""


def read_together(acts: Iterable[Act]) -> list[dict[str, Any]]:
    """Return the pairs of items that at least five visitors of one day both asked for, each pair both ways."""
    by_visitor: defaultdict[str, set[str]] = defaultdict(set)
    for act in acts:
        if act.kind in REQUESTS and act.method == REGULAR:
            by_visitor[act.user].add(act.item)
    choices = [items for items in by_visitor.values() if 1 < len(items) <= MOST_ITEMS]
    often = _often(choices)
    pairs = Counter(pair for items in choices for pair in permutations(sorted(items & often), 2))
    return [
        {"item": item, "other": other, "visitors": visitors}
        for (item, other), visitors in pairs.items()
        if visitors >= LEAST_VISITORS
    ]


def _often(choices: Collection[set[str]]) -> set[str]:
    counts = Counter(item for items in choices for item in items)
    return {item for item, visitors in counts.items() if visitors >= LEAST_VISITORS}
