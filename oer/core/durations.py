"""Durations as records write them (ISO 8601), in minutes: to be added up, not to be shown."""

import re

_DURATION = re.compile(
    r"P(?:(\d+)W)?(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII
)
# A year, month, week or day of learning is no round-the-clock matter: 2 hours a day, 5 days a week are assumed.
_MINUTES = (600.0, 52 * 600.0, 4 * 600.0, 120.0, 60.0, 1.0, 1 / 60)


def minutes_of(text: str | None) -> float | None:
    """Return about how many minutes of learning a duration is; None for what is none."""
    found = _DURATION.fullmatch(text or "")
    if found is None or not any(found.groups()):
        return None
    return sum(int(number) * each for number, each in zip(found.groups(), _MINUTES, strict=True) if number)


# Upper ends, in minutes, of the lengths that people choose between; what is longer is "long".
LENGTHS = {"15": 15.0, "60": 60.0, "240": 240.0}
LONG = "long"


def length_of(text: str | None) -> str | None:
    """Return which of the lengths that people choose between a duration is; None for what is none."""
    minutes = minutes_of(text)
    if minutes is None:
        return None
    return next((code for code, most in LENGTHS.items() if minutes <= most), LONG)
