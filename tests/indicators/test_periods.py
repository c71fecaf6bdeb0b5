from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.core.errors import Invalid
from oer.indicators.periods import Period, month_of, read_period


@pytest.mark.parametrize(
    ("name", "start", "end", "kind"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "year"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "quarter"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "month"),
    ],
)
def test_a_period_is_read_by_its_name(name: str, start: date, end: date, kind: str) -> None:
    period = read_period(name)
    assert (period.start, period.end, period.kind, period.name) == (start, end, kind, name)


@pytest.mark.parametrize("typed", ["", "2026-13", "2026-00", "2026-Q5", "26", "2026-3", "0000", "9999", "quý 1"])
def test_another_word_is_no_period(typed: str) -> None:
    with pytest.raises(Invalid):
        read_period(typed)


def test_other_runs_of_days_are_named_by_their_ends() -> None:
    half = Period(date(2026, 1, 1), date(2026, 6, 30))
    assert (half.kind, half.name) == ("days", "2026-01-01/2026-06-30")
    assert Period(date(2026, 2, 1), date(2026, 4, 30)).kind == "days"
    assert len(half.months()) == 6


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)))
def test_names_and_periods_mean_each_other(day: date) -> None:
    month = month_of(day)
    assert read_period(month.name) == month
