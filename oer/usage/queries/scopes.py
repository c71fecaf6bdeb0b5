"""Stretches of time: what is asked for, the days and closed months that make it up, and the tables that hold them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from oer.core.months import first_of_month, next_month
from oer.usage.counter import ALL_FORMATS, REGULAR
from oer.usage.models import DailyUsage, MonthlyUsage


@dataclass(frozen=True)
class Scope:
    """Which rows a figure adds up: days from and to (both included), items by a query for their keys, one format."""

    since: date
    until: date
    items: sa.Select[Any] | None = None
    format: str = ALL_FORMATS
    method: str = REGULAR

    @property
    def days(self) -> int:
        """How many days it spans."""
        return (self.until - self.since).days + 1


def months_within(since: date, until: date) -> Iterator[tuple[date, date, date]]:
    """Give the months that a range touches: the month's first day, and the first and last day within the range."""
    month = first_of_month(since)
    while month <= until:
        following = next_month(month)
        yield month, max(since, month), min(until, following - timedelta(days=1))
        month = following


@dataclass(frozen=True)
class Stretch:
    """A day (version 0) or a closed month, by where it begins."""

    begins: date
    version: int


def days_between(first: date, last: date) -> list[Stretch]:
    """Return every day from one to another, both included."""
    return [Stretch(first + timedelta(days=n), 0) for n in range((last - first).days + 1)]


def time_of(table: Any) -> Any:
    """Return the column of time of a table of totals."""
    return table.month if table is MonthlyUsage else table.day


def tables_of(stretches: list[Stretch]) -> Iterator[tuple[Any, Any]]:
    """Give the tables that hold the rows of these stretches, each with the condition that finds them."""
    days = sorted(each.begins for each in stretches if each.version == 0)
    while days:  # each run of neighbouring days is one range
        last = next((n for n in range(1, len(days)) if days[n] - days[n - 1] > timedelta(days=1)), len(days)) - 1
        yield DailyUsage, sa.and_(DailyUsage.day >= days[0], DailyUsage.day <= days[last])
        days = days[last + 1 :]
    for each in stretches:
        if each.version:
            yield MonthlyUsage, sa.and_(MonthlyUsage.month == each.begins, MonthlyUsage.version == each.version)
