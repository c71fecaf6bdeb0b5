import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oer.core.disclosure import ALL, Disclosure, hide_in_row, hide_in_table, is_small, with_totals

numbers = st.one_of(st.integers(0, 12), st.integers(0, 200))


def shown(people):
    return {key: how.value for key, how in hide_in_row(people).items()}


def test_one_to_nine_people_are_small_and_nobody_is_not():
    assert [number for number in range(12) if is_small(number)] == list(range(1, 10))


def test_a_single_small_cell_takes_the_smallest_other_with_it():
    assert shown({"a": 5, "b": 200, "c": 100}) == {"a": "small", "b": "plain", "c": "withheld"}


def test_a_companion_that_is_known_to_be_ten_is_not_enough():
    assert shown({"a": 1, "b": 10, "c": 100}) == {"a": "small", "b": "withheld", "c": "withheld"}


def test_two_small_cells_whose_sum_gives_them_away_take_a_third():
    assert shown({"a": 1, "b": 1, "c": 100})["c"] == "withheld"
    assert shown({"a": 9, "b": 9, "c": 100})["c"] == "withheld"
    assert shown({"a": 4, "b": 5, "c": 100})["c"] == "withheld"
    assert shown({"a": 4, "b": 9, "c": 100})["c"] == "plain"


def test_where_nothing_is_small_or_there_is_nobody_nothing_is_hidden():
    assert set(shown({"a": 10, "b": 0, "c": 11}).values()) == {"plain"}
    assert shown({}) == {}
    assert hide_in_table({}) == {}


def test_totals_that_would_give_a_hidden_one_away_are_withheld_with_its_cells():
    people = {("A", "young"): 5, ("B", "young"): 40, ("B", "old"): 60, ("C", "young"): 300, ("C", "old"): 400}
    table = hide_in_table(people)
    assert table["A", ALL] is Disclosure.SMALL
    assert table["B", ALL] is Disclosure.WITHHELD
    assert Disclosure.WITHHELD in {table["B", "young"], table["B", "old"]}
    assert table["C", ALL] is Disclosure.PLAIN


def determined(places, equations, hidden):
    """Which hidden numbers follow from the shown ones by adding and subtracting."""
    index = {place: n for n, place in enumerate(hidden)}
    rows = []
    for cells, total in equations:
        row = np.zeros(len(hidden))
        for place in cells:
            if place in index:
                row[index[place]] += 1
        if total in index:
            row[index[total]] -= 1
        if row.any():
            rows.append(row)
    if not rows:
        return set()
    matrix = np.array(rows)
    rank = np.linalg.matrix_rank(matrix)
    return {
        place
        for place, n in index.items()
        if np.linalg.matrix_rank(np.vstack([matrix, np.eye(len(hidden))[n]])) == rank
    }


@given(st.dictionaries(st.sampled_from("abcdef"), numbers, max_size=6))
def test_no_small_number_of_one_dimension_follows_from_the_others(people):
    how = hide_in_row(people)
    hidden = [key for key, each in how.items() if each is not Disclosure.PLAIN]
    assert {key for key, number in people.items() if is_small(number)} <= set(hidden)
    if len([key for key in people if people[key]]) > len(hidden):  # else there is nobody else to hide behind
        assert determined(people, [(list(people), "total")], hidden) == set()


@given(st.dictionaries(st.tuples(st.sampled_from("ABCD"), st.sampled_from("xyz")), numbers, min_size=6, max_size=12))
@settings(max_examples=200)
def test_no_small_number_of_two_dimensions_follows_from_what_is_shown(people):
    table, how = with_totals(people), hide_in_table(people)
    rows, columns = {row for row, _ in people}, {column for _, column in people}
    hidden = [place for place, each in how.items() if each is not Disclosure.PLAIN]
    equations = [([p for p in table if p[0] == row and p[1]], (row, ALL)) for row in [*rows, ALL]]
    equations += [([p for p in table if p[1] == column and p[0]], (ALL, column)) for column in [*columns, ALL]]
    given_away = determined(table, equations, hidden)
    several = all(
        sum(table[place] > 0 for place in table if place[side] and not place[1 - side]) > 1 for side in (0, 1)
    )
    if several:  # of one row or column alone, the totals of all people tell everything
        assert {place for place in given_away if is_small(table[place])} == set()
