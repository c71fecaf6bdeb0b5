"""What people who read one item read besides."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.usage.models import ReadTogether

WITHIN = timedelta(days=90)


def read_with(session: Session, item: str, today: date, size: int) -> list[str]:
    """Return the items that at least five visitors of one day read along with this one, the most common first."""
    row = ReadTogether
    query = (
        sa.select(row.other)
        .where(row.item == item, row.day > today - WITHIN)
        .group_by(row.other)
        .order_by(sa.func.sum(row.visitors).desc(), row.other)
        .limit(size)
    )
    return list(session.scalars(query))
