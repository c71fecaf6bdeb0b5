"""Time: stored in UTC, counted and shown in the city's own time zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CITY_TIME_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def city_time(moment: datetime) -> datetime:
    """Return an aware moment as the city's clocks show it."""
    return moment.astimezone(CITY_TIME_ZONE)


def city_date(moment: datetime) -> date:
    """Return the calendar day that an aware moment falls on in the city."""
    return city_time(moment).date()


def today() -> date:
    """Return today's date in the city."""
    return city_date(now())
