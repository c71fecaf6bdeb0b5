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
