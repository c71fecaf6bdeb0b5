"""Calendar months: a month goes by its first day."""

import calendar
from datetime import date


def first_of_month(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    """Return the last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months_back(month: date, count: int) -> date:
    """Return the first day of the month that lies `count` months before that of `month`; after it, below zero."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return months_back(month, -1)
