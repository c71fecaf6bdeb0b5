"""What people who read one item read besides."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.db import plain_rows
from oer.usage.models import ReadTogether

WITHIN = timedelta(days=90)
# Built once: it is asked for every material's page.
_READ_WITH = (
    sa.select(ReadTogether.other)
    .where(ReadTogether.item == sa.bindparam("item"), ReadTogether.day > sa.bindparam("after"))
    .group_by(ReadTogether.other)
    .order_by(sa.func.sum(ReadTogether.visitors).desc(), ReadTogether.other)
    .limit(sa.bindparam("size", type_=sa.Integer))
)


def read_with(session: Session, item: str, today: date, size: int) -> list[str]:
    """Return the items that at least five visitors of one day read along with this one, the most common first."""
    values = {"item": item, "after": today - WITHIN, "size": size}
    return [other for (other,) in plain_rows(session, _READ_WITH, values)]
