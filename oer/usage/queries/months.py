"""Which months are closed, in which version, and which are to be."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.months import first_of_month, next_month
from oer.usage.models import DailyUsage, MonthVersion

CLOSES_ON_DAY = 10


def current_version(session: Session, month: date) -> int | None:
    """Return the version of a closed month that stands, or None while it is open."""
    return session.scalar(sa.select(sa.func.max(MonthVersion.version)).where(MonthVersion.month == month))


def versions(session: Session) -> dict[date, int]:
    """Return the closed months, each with the version that stands."""
    rows = session.execute(
        sa.select(MonthVersion.month, sa.func.max(MonthVersion.version)).group_by(MonthVersion.month)
    )
    return dict(rows.all())


def history(session: Session, month: date) -> list[MonthVersion]:
    """Return every version of a month, the first one first."""
    query = sa.select(MonthVersion).where(MonthVersion.month == month).order_by(MonthVersion.version)
    return list(session.scalars(query))


def months_to_close(session: Session, today: date) -> list[date]:
    """Return the months with figures that are still open though the tenth of the month after has come, oldest first."""
    first = session.scalar(sa.select(sa.func.min(DailyUsage.day)))
    if first is None:
        return []
    closed = versions(session)
    month, found = first_of_month(first), []
    while closes_on(month) <= today:
        if month not in closed:
            found.append(month)
        month = next_month(month)
    return found


def closes_on(month: date) -> date:
    """Return the day on which a month's figures are frozen: the tenth of the month after."""
    return next_month(month).replace(day=CLOSES_ON_DAY)
