"""Statistical disclosure control: small numbers of people, and what would reveal them, are hidden."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

import numpy as np

LEAST_SHOWN = 10
_NOTHING = 1e-7
_TRIES = 12
ALL = ""
"""Instead of a value: all values of a dimension, so the total of a row, of a column, or of everything."""

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[str, str]


class Disclosure(Enum):
    """How a number of people is shown: as it is, as `<10`, or not at all because it would reveal a small one."""

    PLAIN = "plain"
    SMALL = "small"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class _Sum:
    """Cells and their total."""

    cells: list[Cell]
    total: Cell


def is_small(people: int) -> bool:
    """Tell whether a number of people is too small to be shown: 1 to 9."""
    return 0 < people < LEAST_SHOWN


def hide_in_row(people: Mapping[Key, int]) -> dict[Key, Disclosure]:
    """Return how the cells of one dimension are shown beside their total."""
    hidden = {key for key, number in people.items() if is_small(number)}
    _hide_others(people, list(people), hidden)
    return _shown(people, hidden)


def hide_in_table(people: Mapping[Cell, int]) -> dict[Cell, Disclosure]:
    """Return how the cells of two dimensions, the totals of rows and columns and the grand total are shown.

    They are decided together: a hidden cell could be computed from a total that is shown, and a withheld total from its
    cells.
    """
    table = with_totals(people)
    hidden = {place for place, number in table.items() if is_small(number)}
    lines = _lines(table)
    _hide_by_lines(table, lines, hidden)
    while given_away := _revealed(table, lines, hidden):
        if not _hide_one_more(table, lines, hidden, given_away):
            break  # nothing is left to hide but the grand total
    return _shown(table, hidden)


def _hide_by_lines(table: Mapping[Cell, int], lines: Collection[_Sum], hidden: set[Cell]) -> None:
    before = -1
    while len(hidden) != before:  # a cell hidden for its row may be the only hidden one of its column
        before = len(hidden)
        for line in lines:
            _hide_in_line(table, line, hidden)


def _revealed(table: Mapping[Cell, int], lines: Collection[_Sum], hidden: set[Cell]) -> set[Cell]:
    """Return the small numbers that can be computed from what is shown.

    The lines are linear equations in the hidden numbers; a number is determined if its unit vector lies in their row
    space.
    """
    index = {place: number for number, place in enumerate(sorted(hidden))}
    rows = [_equation(line, index) for line in lines]
    matrix = np.array([row for row in rows if row.any()])
    if not matrix.size:
        return set()
    _, sizes, directions = np.linalg.svd(matrix, full_matrices=False)
    fixed = (directions[sizes > _NOTHING] ** 2).sum(axis=0)  # 1 if the equations determine a number
    return {place for place, n in index.items() if is_small(table[place]) and fixed[n] > 1 - _NOTHING}


def _equation(line: _Sum, index: Mapping[Cell, int]) -> Any:
    row = np.zeros(len(index))
    for place in line.cells:
        if place in index:
            row[index[place]] = 1
    if line.total in index:
        row[index[line.total]] = -1
    return row


def _hide_one_more(
    table: Mapping[Cell, int], lines: Collection[_Sum], hidden: set[Cell], given_away: set[Cell]
) -> bool:
    """Hide the smallest number that leaves fewer revealed, else the smallest of all; False if none is left."""
    rest = sorted((number, place) for place, number in table.items() if number and place not in hidden)
    candidates = [place for _, place in rest if place != (ALL, ALL)]
    for place in candidates[:_TRIES]:
        if len(_revealed(table, lines, hidden | {place})) < len(given_away):
            hidden.add(place)
            return True
    hidden.update(candidates[:1])
    return bool(candidates)


def with_totals(people: Mapping[Cell, int]) -> dict[Cell, int]:
    """Return the cells of two dimensions with the totals of rows and columns and the grand total."""
    table = dict(people)
    for (row, column), number in people.items():
        for place in ((row, ALL), (ALL, column), (ALL, ALL)):
            table[place] = table.get(place, 0) + number
    return table


def _lines(table: Collection[Cell]) -> list[_Sum]:
    rows = {row for row, _ in table}
    columns = {column for _, column in table}
    lines = [_Sum([(row, column) for column in columns if (row, column) in table], (row, ALL)) for row in rows]
    lines += [_Sum([(row, column) for row in rows if (row, column) in table], (ALL, column)) for column in columns]
    return [_Sum(sorted(set(line.cells) - {line.total}), line.total) for line in lines]


def _hide_in_line(table: Mapping[Cell, int], line: _Sum, hidden: set[Cell]) -> None:
    if line.total not in hidden:
        _hide_others(table, line.cells, hidden)
        if line.total != (ALL, ALL) and _is_revealed([table[place] for place in line.cells if place in hidden]):
            hidden.add(line.total)  # no other cell of the line is left to hide, so its total is hidden
    elif not hidden.intersection(line.cells):
        hidden.add(min((place for place in line.cells if table[place]), key=lambda place: (table[place], place)))


def _hide_others(people: Mapping[Key, int], line: Collection[Key], hidden: set[Key]) -> None:
    """Hide the smallest other cells of a line until its hidden ones cannot be computed from its total."""
    rest = sorted((key for key in line if key not in hidden and people[key]), key=lambda key: people[key])
    while rest and _is_revealed([people[key] for key in line if key in hidden]):
        hidden.add(rest.pop(0))


def _is_revealed(hidden: Collection[int]) -> bool:
    """Tell whether a line's total reveals small numbers among its hidden ones.

    The total gives the sum of the hidden numbers. It reveals them if there is only one; if the sum itself is below ten;
    and if the sum is the least or the most that numbers known as "1 to 9" or "10 or more" can have.
    """
    if not hidden:
        return False
    total, small = sum(hidden), sum(map(is_small, hidden))
    least = small + LEAST_SHOWN * (len(hidden) - small)
    most = small * (LEAST_SHOWN - 1) if small == len(hidden) else None
    return len(hidden) == 1 or total < LEAST_SHOWN or total in {least, most}


def _shown(people: Mapping[Key, int], hidden: Collection[Key]) -> dict[Key, Disclosure]:
    return {
        key: Disclosure.SMALL if is_small(number) else Disclosure.WITHHELD if key in hidden else Disclosure.PLAIN
        for key, number in people.items()
    }
