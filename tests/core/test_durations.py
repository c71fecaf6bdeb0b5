"""Durations as minutes of learning."""

import pytest

from oer.core.durations import Duration, duration_of_minutes, learning_minutes, length_codes, playing_time


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
    assert learning_minutes(text) == minutes


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("PT5M", ["5", "15"]),
        ("PT6M", ["15"]),
        ("PT15M", ["15"]),
        ("PT16M", ["60"]),
        ("PT1H", ["60"]),
        ("PT4H", ["240"]),
        ("P1W", ["long"]),
        ("PT0S", []),
        ("soon", []),
        (None, []),
    ],
)
def test_a_duration_is_among_the_lengths_that_people_choose_between(text: str | None, lengths: list[str]) -> None:
    assert length_codes(text) == lengths


@pytest.mark.parametrize("text", ["PT3H", "PT1H30M", "P6W", "P1Y2M3DT4H5M6S", "PT90M"])
def test_a_duration_is_written_as_it_was_read(text: str) -> None:
    assert str(Duration.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1WT1H", "P1W2D", "PT1.5H", "-PT1H", "PT12345H", "pt1h", "P1D ", None]
)
def test_what_is_no_duration_is_none(text: str | None) -> None:
    assert Duration.parse(text) is None


def test_a_duration_of_nothing_is_false() -> None:
    assert not Duration.parse("PT0H")
    assert str(Duration.parse("PT0H")) == "PT0S"


def test_minutes_are_written_with_their_hours() -> None:
    assert str(duration_of_minutes(90)) == "PT1H30M"
    assert duration_of_minutes(90).has_only_hours_and_minutes
    assert not Duration(days=1, hours=2).has_only_hours_and_minutes


@pytest.mark.parametrize(("seconds", "shown"), [(200, "3:20"), (3723, "1:02:03"), (9.6, "0:10"), (None, "")])
def test_playing_times_are_written_as_players_do(seconds: float | None, shown: str) -> None:
    assert playing_time(seconds) == shown
