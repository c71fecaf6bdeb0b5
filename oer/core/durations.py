"""Lengths of time: ISO 8601 durations as records hold them, minutes of learning, and the clock times of players."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

# Weeks alone, or years to seconds; at least one part, and one after a T.
_ISO_8601 = re.compile(
    r"P(?=[\dT])(?:(\d{1,4})W|(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})D)?"
    r"(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?)?)",
    re.ASCII,
)
# Minutes of learning in each part. Nobody learns round the clock: 2 hours a day and 5 days a week are assumed.
_LEARNING_MINUTES = (600.0, 52 * 600.0, 4 * 600.0, 120.0, 60.0, 1.0, 1 / 60)

# Lengths that people choose between in search: code -> more than so many minutes, and at most so many. Five minutes are
# among the fifteen, for who has a quarter of an hour has time for them, too.
LENGTHS = {"5": (0.0, 5.0), "15": (0.0, 15.0), "60": (15.0, 60.0), "240": (60.0, 240.0), "long": (240.0, math.inf)}


@dataclass(frozen=True)
class Duration:
    """An ISO 8601 duration. Its parts are kept as written: PT90M has 90 minutes and no hour."""

    weeks: int = 0
    years: int = 0
    months: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0

    @classmethod
    @lru_cache(maxsize=1024)  # a page names the same few lengths again and again
    def parse(cls, text: str | None) -> "Duration | None":
        """Return the duration that `text` writes, or None if it writes none."""
        found = _ISO_8601.fullmatch(text or "")
        return cls(*(int(part or 0) for part in found.groups())) if found else None

    @property
    def parts(self) -> tuple[int, ...]:
        """Weeks, years, months, days, hours, minutes, seconds."""
        return self.weeks, self.years, self.months, self.days, self.hours, self.minutes, self.seconds

    def __bool__(self) -> bool:
        return any(self.parts)

    def __str__(self) -> str:
        date = "".join(f"{number}{unit}" for number, unit in zip(self.parts, "WYMD", strict=False) if number)
        time = "".join(f"{number}{unit}" for number, unit in zip(self.parts[4:], "HMS", strict=True) if number)
        return f"P{date}{f'T{time}' if time else ''}" if self else "PT0S"

    @property
    def has_only_hours_and_minutes(self) -> bool:
        """Whether nothing is lost when only hours and minutes are shown."""
        return Duration(hours=self.hours, minutes=self.minutes) == self

    @property
    def learning_minutes(self) -> float:
        """About how many minutes of learning this is."""
        minutes: float = sum(number * each for number, each in zip(self.parts, _LEARNING_MINUTES, strict=True))
        return minutes


def learning_minutes(text: str | None) -> float | None:
    """Return about how many minutes of learning an ISO 8601 duration is; None for what is no duration."""
    found = Duration.parse(text)
    return None if found is None else found.learning_minutes


def length_codes(text: str | None) -> list[str]:
    """Return which of the `LENGTHS` an ISO 8601 duration falls into; none for what is no duration."""
    minutes = learning_minutes(text)
    if minutes is None:
        return []
    return [code for code, (above, most) in LENGTHS.items() if above < minutes <= most]


def duration_of_minutes(minutes: int) -> Duration:
    """Return a number of minutes as hours and minutes."""
    hours, rest = divmod(minutes, 60)
    return Duration(hours=hours, minutes=rest)


def playing_time(seconds: float | None) -> str:
    """Return how long something plays as players write it: 3:20, 1:02:03; "" for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
