from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from oer.core.clock import first_of_month, last_of_month, months_back, next_month

days = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@given(days)
def test_a_month_goes_from_its_first_day_to_its_last(day: date) -> None:
    first, last = first_of_month(day), last_of_month(day)
    assert first <= day <= last
    assert first.day == (last + timedelta(days=1)).day == 1
    assert (first.year, first.month) == (last.year, last.month) == (day.year, day.month)
    assert next_month(day) == last + timedelta(days=1)


@given(days, st.integers(-500, 500))
def test_so_many_months_back_and_forth_is_the_month_itself(day: date, count: int) -> None:
    assert months_back(months_back(day, count), -count) == first_of_month(day)


def test_a_year_is_twelve_months() -> None:
    assert months_back(date(2026, 3, 31), 12) == date(2025, 3, 1)
    assert next_month(date(2026, 12, 5)) == date(2027, 1, 1)
