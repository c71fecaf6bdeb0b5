"""Time and calendar months: stored in UTC, counted and shown in the city's time zone.

A month is known by its first day.
"""

import calendar
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from oer.core.errors import Invalid
from oer.core.i18n import N_

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


# Days as people write them.

NOT_A_DAY = N_("“%(typed)s” is not a date. Write it like 31/12/2026.")
DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
"""What is before or after is a slip of the hand, and pages reckon with days: a week after 31/12/9999 is an error."""


def read_day(typed: str) -> date:
    """Return a day as date pickers and people write it, between FIRST_DAY and LAST_DAY. Raises Invalid."""
    for each in DAY_FORMATS:
        with suppress(ValueError):
            day = datetime.strptime(typed.strip(), each).date()
            if FIRST_DAY <= day <= LAST_DAY:
                return day
    raise Invalid(NOT_A_DAY, typed=typed[:40])
