"""Durations as minutes of learning."""

import pytest

from oer.core.durations import minutes_of


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
