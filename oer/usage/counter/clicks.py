"""Double-clicks (COUNTER CoP 5.1, 7.2)."""

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

from oer.usage.counter.acts import SEARCH, Act

DOUBLE_CLICK = 30_000_000
"""Microseconds within which a user's second click on the same address replaces the first: exactly 30 s still does."""


def retained(acts: Iterable[Act]) -> Iterator[Act]:
    """Give the acts that are left when of two clicks within 30 s the first goes, along the whole chain.

    The order in which `acts` come does not matter. An act can only be replaced by one that comes later, so whoever
    counts a day needs the 30 seconds after it and nothing before it. Searches are no clicks on an item: all are left.
    """
    in_order: list[Act | None] = sorted(acts)  # type: ignore[assignment]  # the end is marked by None
    for act, following in pairwise(chain(in_order, [None])):
        if act and not (following and _is_double_click(act, following)):
            yield act


def _is_double_click(first: Act, second: Act) -> bool:
    # An act on several items has one address: their acts are kept apart by the item.
    return (
        second.at - first.at <= DOUBLE_CLICK
        and first.user == second.user
        and first.url == second.url
        and first.item == second.item
        and first.kind != SEARCH
    )
