from hypothesis import given
from hypothesis import strategies as st

from oer.core.charts import BOTTOM, HEIGHT, LEFT, MOST_BARS, MOST_LABELS, RIGHT, TOP, WIDTH, bar_chart, nice_ceiling

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
        marks = bar_chart([str(n) for n in range(number)], [1] * number).marks
        assert marks[0].label == "0"
        assert len(marks) <= MOST_LABELS


def test_what_is_provisional_is_marked_and_nothing_else():
    drawn = bar_chart(["a", "b"], [1, 2], [False, True])
    assert [bar.provisional for bar in drawn.bars] == [False, True]
    assert not any(bar.provisional for bar in bar_chart(["a"], [1]).bars)
