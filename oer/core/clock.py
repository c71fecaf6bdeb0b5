"""Time and calendar months: stored in UTC, counted and shown in the city's time zone.

A month is known by its first day.
"""

import calendar
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

CITY_TIME_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.fromtimestamp(time.time(), UTC)  # the clock that libraries ask too: tests set both at once


# By how much the clocks of an installation's hosts may differ.
LEEWAY = timedelta(minutes=5)


def latest() -> datetime:
    """Return the latest moment at which something can have happened.

    What is dated later was dated by a clock that was ahead and has been set right since. Whoever waits until so long
    after it would wait for a year.
    """
    return now() + LEEWAY


def city_time(moment: datetime) -> datetime:
    """Return an aware datetime in the city's time zone."""
    return moment.astimezone(CITY_TIME_ZONE)


def city_date(moment: datetime) -> date:
    """Return the date of an aware datetime in the city."""
    return city_time(moment).date()


def today() -> date:
    """Return today's date in the city."""
    return city_date(now())


# Calendar months: a month goes by its first day.


def first_of_month(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    """Return the last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months_back(month: date, count: int) -> date:
    """Return the first day of the month `count` months before `month`; a negative count goes forward."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return months_back(month, -1)
