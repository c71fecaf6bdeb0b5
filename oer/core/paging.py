"""One page of a longer list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """`items` of the page with a `number` from 1, of `size` at most, out of `total`."""

    items: Sequence[Item]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page, 1 at least."""
        return max(1, -(-self.total // self.size))

    @property
    def first_item(self) -> int:
        """The place of the page's first item in the list, from 1; 0 in an empty list."""
        return min(self.total, (self.number - 1) * self.size + 1)

    @property
    def last_item(self) -> int:
        """The place of the page's last item in the list."""
        return min(self.total, self.number * self.size)


def page_of(session: Session, query: sa.Select[Any], number: int, size: int = 20) -> Page[Any]:
    """Return a page of the first column of `query`; a number out of range gives the nearest page that there is."""
    total = session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    last = max(1, -(-total // size))
    number = min(max(1, number), last)
    items = session.scalars(query.limit(size).offset((number - 1) * size)).all()
    return Page(items, number, size, total)
