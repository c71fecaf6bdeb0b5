"""Small counts of people are hidden: 1 to 9, and a second one where the first could be found by subtraction."""

from collections.abc import Mapping

LEAST_SHOWN = 10


def is_small(people: int) -> bool:
    """Whether a count of people may not be shown."""
    return 0 < people < LEAST_SHOWN


def hidden_cells(people: Mapping[str, int], *, adds_up: bool = True) -> set[str]:
    """Return which cells of one dimension are to be hidden.

    Where the cells add up to a total that is known, one hidden cell alone would be what is missing from it, so the
    smallest other one goes with it; so it does while what is hidden adds up to less than ten.
    """
    hidden = {name for name, number in people.items() if is_small(number)}
    rest = sorted((number, name) for name, number in people.items() if number >= LEAST_SHOWN)
    while adds_up and hidden and rest and (len(hidden) == 1 or sum(people[name] for name in hidden) < LEAST_SHOWN):
        hidden.add(rest.pop(0)[1])
    return hidden
