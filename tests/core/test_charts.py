from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from oer.core.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    MOST_BARS,
    MOST_LABELS,
    RIGHT,
    TOP,
    WIDTH,
    Series,
    bar_chart,
    line_chart,
    nice_ceiling,
)

values = st.lists(st.integers(0, 10**9), max_size=120)


@given(values)
def test_every_bar_stands_inside_the_chart_in_proportion_to_its_value(numbers):
    drawn = bar_chart([str(n) for n in range(len(numbers))], numbers)
    assert [bar.value for bar in drawn.bars] == numbers
    highest = max(numbers, default=0)
    for bar in drawn.bars:
        assert bar.x >= LEFT
        assert bar.x + bar.width <= WIDTH - RIGHT + 0.1
        assert bar.y >= TOP - 0.1
        assert abs(bar.y + bar.height - (HEIGHT - BOTTOM)) < 0.1
        assert (bar.height == 0) == (bar.value * (HEIGHT - TOP - BOTTOM) / nice_ceiling(highest) < 0.005)


@given(st.integers(0, 10**12))
def test_the_axis_ends_at_a_round_number_that_is_high_enough_and_not_far_too_high(highest):
    top = nice_ceiling(highest)
    assert top >= max(highest, 1)
    assert top % 4 == 0
    assert top <= max(4, 2 * highest)


def test_a_line_is_drawn_where_there_are_too_many_for_bars():
    assert bar_chart(["a"] * MOST_BARS, [1] * MOST_BARS).line == ""
    many = bar_chart(["a"] * (MOST_BARS + 1), [1] * (MOST_BARS + 1))
    assert len(many.line.split()) == MOST_BARS + 1


def test_the_axis_of_time_has_few_labels_the_first_one_always():
    for number in (1, 7, 30, 365):
        labels = bar_chart([str(n) for n in range(number)], [1] * number).labels
        assert labels[0].label == "0"
        assert len(labels) <= MOST_LABELS


def test_what_is_provisional_is_marked_and_nothing_else():
    drawn = bar_chart(["a", "b"], [1, 2], [False, True])
    assert [bar.provisional for bar in drawn.bars] == [False, True]
    assert not any(bar.provisional for bar in bar_chart(["a"], [1]).bars)


points = st.lists(st.tuples(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.floats(-1e6, 1e9)), max_size=30)


@given(points, points, st.none() | st.floats(0, 1e9))
def test_every_point_of_a_series_stands_inside_the_chart(one, other, target):
    drawn = line_chart([Series({"vi": "một"}, one), Series({"vi": "hai"}, other)], target)
    assert (drawn is None) == (len(one) + len(other) < 2)
    if drawn is not None:
        assert [len(each.dots) for each in drawn.series] == [len(each) for each in (one, other) if each]
        for x, y in (dot for each in drawn.series for dot in each.dots):
            assert LEFT - 0.1 <= x <= WIDTH - RIGHT + 0.1
            assert TOP - 0.1 <= y <= HEIGHT - BOTTOM + 0.1
        assert target is None or TOP - 0.1 <= drawn.target <= HEIGHT - BOTTOM + 0.1


def test_figures_that_are_all_the_same_and_below_zero_are_drawn():
    day = date(2025, 1, 1)
    drawn = line_chart([Series({"vi": "một"}, [(day, -1.0), (day.replace(year=2026), -1.0)])])
    assert [y for _, y in drawn.series[0].dots] == [HEIGHT - BOTTOM, HEIGHT - BOTTOM]


def test_the_years_of_a_line_chart_stand_where_they_end():
    day = date(2024, 12, 31)
    drawn = line_chart([Series({}, [(day + timedelta(days=n), 1.0) for n in (0, 365, 400)])])
    assert [year for _, year in drawn.years] == [2024, 2025]
    assert drawn.years[0][0] == LEFT
    assert drawn.series[0].line.count(" ") == 2
