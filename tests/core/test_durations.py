"""Durations as minutes of learning."""

import pytest

from oer.core.durations import length_of, minutes_of


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("PT3H", 180),
        ("PT1H30M", 90),
        ("PT90S", 1.5),
        ("P1D", 120),
        ("P2W", 1200),
        ("soon", None),
        ("P", None),
        (None, None),
    ],
)
def test_a_duration_is_so_many_minutes(text: str | None, minutes: float | None) -> None:
    assert minutes_of(text) == minutes


@pytest.mark.parametrize(
    ("text", "length"),
    [("PT15M", "15"), ("PT16M", "60"), ("PT1H", "60"), ("PT4H", "240"), ("P1W", "long"), ("soon", None), (None, None)],
)
def test_a_duration_is_one_of_the_lengths_that_people_choose_between(text: str | None, length: str | None) -> None:
    assert length_of(text) == length
