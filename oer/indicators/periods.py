"""Reporting periods: a calendar month, quarter or year, or any range of days."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from oer.core.clock import first_of_month, last_of_month, next_month
from oer.core.errors import Invalid
from oer.core.i18n import N_

NOT_A_PERIOD = N_("“%(typed)s” is not a period. Write 2026, 2026-Q1 or 2026-03.")
_NAME = re.compile(r"(\d{4})(?:-(?:(\d{2})|Q([1-4])))?")


@dataclass(frozen=True, order=True)
class Period:
    """The days from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def kind(self) -> str:
        """`month`, `quarter`, `year` or `days`."""
        return {1: "month", 3: "quarter", 12: "year"}.get(self._whole_months(), "days")

    @property
    def name(self) -> str:
        """`2026-03`, `2026-Q1`, `2026`; other ranges as `2026-01-01/2026-06-30`."""
        if self.kind == "month":
            return f"{self.start:%Y-%m}"
        if self.kind == "quarter":
            return f"{self.start.year}-Q{(self.start.month + 2) // 3}"
        return f"{self.start.year}" if self.kind == "year" else f"{self.start}/{self.end}"

    def months(self) -> list[date]:
        """Return the first day of every calendar month that the period touches."""
        return list(_months(self.start, self.end))

    def _whole_months(self) -> int:
        if self.start.day != 1 or self.end != last_of_month(self.end):
            return 0
        count = len(self.months())
        aligned = count == 1 or (count in {3, 12} and (self.start.month - 1) % count == 0)
        return count if aligned else 0


def month_of(day: date) -> Period:
    """Return the calendar month of `day`."""
    return Period(first_of_month(day), last_of_month(day))


def read_period(name: str) -> Period:
    """Return the period called `2026`, `2026-Q1` or `2026-03`. Raises Invalid."""
    found = _NAME.fullmatch(name.strip())
    if found is None or not 1900 <= int(found[1]) <= 2200 or (found[2] and not 1 <= int(found[2]) <= 12):
        raise Invalid(NOT_A_PERIOD, code="not_a_period", typed=name[:40])
    year = int(found[1])
    if found[2]:
        return month_of(date(year, int(found[2]), 1))
    if found[3]:
        first = 3 * int(found[3]) - 2
        return Period(date(year, first, 1), last_of_month(date(year, first + 2, 1)))
    return Period(date(year, 1, 1), date(year, 12, 31))


def _months(start: date, end: date) -> Iterator[date]:
    each = first_of_month(start)
    while each <= end:
        yield each
        each = next_month(each)
