"""Leases: one worker at a time works on a row, and a worker that comes back too late is refused.

A lease ends by its time, because a worker that was killed gives nothing back. So a worker that was merely slow (a
suspended machine, a full disk) may return after another one has taken the row. Every claim therefore raises the row's
`lease_token`, the fencing token: whoever writes shows the token that it was given, and a token that is not the row's
any more means that somebody else is at work, or has finished.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from oer.core.clock import now

# No lease is longer. One that ends later was given by a clock that was ahead and has been set right since.
LONGEST = timedelta(hours=1)


class Leased:
    """The columns of a row that workers lease."""

    lease_token: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]


@dataclass(frozen=True)
class Lease:
    """The right to work on one row: the row's key and the token given with the claim."""

    row_id: int
    token: int


class LeaseLost(Exception):
    """Another worker has claimed the row since, or the row is gone: what was made must not be written."""


Row = TypeVar("Row", bound=Leased)


def is_leased(row: Leased, moment: datetime | None = None) -> bool:
    """Tell whether somebody works on a row, by what was read of it."""
    moment = moment or now()
    return row.leased_until is not None and moment < row.leased_until <= moment + LONGEST


def has_run_out(model: type[Leased], moment: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that whoever leased a row has died, or gives no sign."""
    return sa.or_(model.leased_until <= moment, model.leased_until > moment + LONGEST)


def claim(session: Session, model: type[Row], row_id: int, duration: timedelta) -> tuple[Row, Lease] | None:
    """Lease a row; None if there is no such row or its lease has not run out. The row stays locked until the commit."""
    row = _locked(session, model, row_id)
    if row is None or is_leased(row):
        return None
    row.lease_token += 1
    row.leased_until = now() + duration
    session.flush()
    return row, Lease(row_id, row.lease_token)


def leased_row(session: Session, model: type[Row], lease: Lease) -> Row:
    """Return the row of a lease, locked until the commit, so that what is written with it is the holder's.

    A lease whose time is over is still good as long as nobody else has claimed the row. Raises LeaseLost.
    """
    row = _locked(session, model, lease.row_id)
    if row is None or row.leased_until is None or row.lease_token != lease.token:
        raise LeaseLost(f"{model.__name__} {lease.row_id}: token {lease.token} is not the last one given")
    return row


def renew(session: Session, model: type[Row], lease: Lease, duration: timedelta) -> Row:
    """Lengthen a lease from now on and return its row, locked. Raises LeaseLost."""
    row = leased_row(session, model, lease)
    row.leased_until = now() + duration
    session.flush()
    return row


def release(row: Leased) -> None:
    """Give a row back. Its token stays: nobody can finish twice with the same lease."""
    row.leased_until = None


def _locked(session: Session, model: type[Row], row_id: int) -> Row | None:
    # `of`: PostgreSQL cannot lock the nullable side of a join that the model loads with its rows.
    return session.get(model, row_id, with_for_update={"of": model}, populate_existing=True)
