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
"""Stands for every value of a dimension: the total of a row, of a column, of everything."""

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[str, str]


class Disclosure(Enum):
    """How a number of people may be shown: as it is, as `<10`, or not at all because it would give a small one away."""

    PLAIN = "plain"
    SMALL = "small"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class _Sum:
    """Cells and the total that they add up to."""

    cells: list[Cell]
    total: Cell


def is_small(people: int) -> bool:
    """Tell whether a number of people may not be shown: 1 to 9."""
    return 0 < people < LEAST_SHOWN


def hide_in_row(people: Mapping[Key, int]) -> dict[Key, Disclosure]:
    """Return how the cells of one dimension may be shown beside their total."""
    hidden = {key for key, number in people.items() if is_small(number)}
    _hide_others(people, list(people), hidden)
    return _shown(people, hidden)


def hide_in_table(people: Mapping[Cell, int]) -> dict[Cell, Disclosure]:
    """Return how the cells of two dimensions, their rows' and columns' totals and the total of all may be shown.

    All of them together, for each total that is shown is a sum that a hidden cell could be worked out from, and each
    total that is withheld could be worked out from its cells.
    """
    table = with_totals(people)
    hidden = {place for place, number in table.items() if is_small(number)}
    lines = _lines(table)
    _hide_by_lines(table, lines, hidden)
    while given_away := _revealed(table, lines, hidden):
        if not _hide_one_more(table, lines, hidden, given_away):
            break  # nobody is left to hide behind but the total of all
    return _shown(table, hidden)


def _hide_by_lines(table: Mapping[Cell, int], lines: Collection[_Sum], hidden: set[Cell]) -> None:
    before = -1
    while len(hidden) != before:  # what is hidden for a row may stand alone in its column
        before = len(hidden)
        for line in lines:
            _hide_in_line(table, line, hidden)


def _revealed(table: Mapping[Cell, int], lines: Collection[_Sum], hidden: set[Cell]) -> set[Cell]:
    """Return the small numbers that follow from what is shown by adding and subtracting lines.

    The lines are linear equations; a hidden number is known where it lies in the space that they span.
    """
    index = {place: number for number, place in enumerate(sorted(hidden))}
    rows = [_equation(line, index) for line in lines]
    matrix = np.array([row for row in rows if row.any()])
    if not matrix.size:
        return set()
    _, sizes, directions = np.linalg.svd(matrix, full_matrices=False)
    fixed = (directions[sizes > _NOTHING] ** 2).sum(axis=0)  # how much of each number the equations fix: 1 is all of it
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
    """Hide the smallest number that leaves fewer given away, or else the smallest of all; False where none is left."""
    rest = sorted((number, place) for place, number in table.items() if number and place not in hidden)
    candidates = [place for _, place in rest if place != (ALL, ALL)]
    for place in candidates[:_TRIES]:
        if len(_revealed(table, lines, hidden | {place})) < len(given_away):
            hidden.add(place)
            return True
    hidden.update(candidates[:1])
    return bool(candidates)


def with_totals(people: Mapping[Cell, int]) -> dict[Cell, int]:
    """Return the cells of two dimensions with the totals of rows, of columns and of everything."""
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
            hidden.add(line.total)  # nobody is left to hide behind in this line, so its sum goes too
    elif not hidden.intersection(line.cells):
        hidden.add(min((place for place in line.cells if table[place]), key=lambda place: (table[place], place)))


def _hide_others(people: Mapping[Key, int], line: Collection[Key], hidden: set[Key]) -> None:
    """Hide the smallest other cells of a line until what is hidden in it cannot be worked out from its total."""
    rest = sorted((key for key in line if key not in hidden and people[key]), key=lambda key: people[key])
    while rest and _is_revealed([people[key] for key in line if key in hidden]):
        hidden.add(rest.pop(0))


def _is_revealed(hidden: Collection[int]) -> bool:
    """Tell whether small numbers among the hidden ones of a line are known to whoever knows its total.

    The total tells the sum of what is hidden. One number alone is that sum; a sum below ten is itself a small number;
    and what is known to be 1 to 9, or 10 and more, is known exactly where all must be the least, or the most, of that.
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
