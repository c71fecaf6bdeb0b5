"""Totals: what is kept for ever, and what every page of figures is computed from."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.clock import now
from oer.core.db import Base


class _Measured:
    """The measures of a row, all after the double-click filter (COUNTER CoP 5.1: TII, TIR, UII, UIR)."""

    views: Mapped[int] = mapped_column(default=0)
    reads: Mapped[int] = mapped_column(default=0)
    plays: Mapped[int] = mapped_column(default=0)
    downloads: Mapped[int] = mapped_column(default=0)
    tii: Mapped[int] = mapped_column(default=0)
    tir: Mapped[int] = mapped_column(default=0)
    uii: Mapped[int] = mapped_column(default=0)
    uir: Mapped[int] = mapped_column(default=0)


class DailyUsage(_Measured, Base):
    """The figures of one item on one day in one format (`all` is a row of its own) by one access method.

    The key begins with what every question begins with, and SQLite keeps the rows in its order.
    """

    __tablename__ = "daily_usage"
    __table_args__ = (Index("ix_daily_usage_item", "item", "format", "day"), {"sqlite_with_rowid": False})

    day: Mapped[date] = mapped_column(primary_key=True)
    format: Mapped[str] = mapped_column(String(100), primary_key=True)
    item: Mapped[str] = mapped_column(String(100), primary_key=True)
    method: Mapped[str] = mapped_column(String(10), primary_key=True)


class MonthlyUsage(_Measured, Base):
    """The figures of one item in one closed month. Every version is kept; the highest one stands."""

    __tablename__ = "monthly_usage"
    __table_args__ = (Index("ix_monthly_usage_item", "item", "format", "month"), {"sqlite_with_rowid": False})

    month: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    format: Mapped[str] = mapped_column(String(100), primary_key=True)
    item: Mapped[str] = mapped_column(String(100), primary_key=True)
    method: Mapped[str] = mapped_column(String(10), primary_key=True)


class MonthVersion(Base):
    """A month that is closed: its figures no longer move. A correction is a further version with its reason."""

    __tablename__ = "month_version"

    month: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    reason: Mapped[str] = mapped_column(String(1000), default="")
    sums: Mapped[dict[str, int]] = mapped_column(sa.JSON)
    """The whole month's figures in this version, so that versions can be compared at a glance."""


class UsageDay(Base):
    """What became of a day's events: `events` is the sum of all that follow it.

    `touched` rises with every event that concerns the day; the figures are up to date while `counted` equals it.
    """

    __tablename__ = "usage_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    touched: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    counted: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    counted_at: Mapped[datetime | None]
    events: Mapped[int] = mapped_column(default=0)
    robots: Mapped[int] = mapped_column(default=0)
    double_clicks: Mapped[int] = mapped_column(default=0)
    searches: Mapped[int] = mapped_column(default=0)
    acts: Mapped[int] = mapped_column(default=0)


class SessionFigure(Base):
    """COUNTER sessions with an investigation on one day, by one dimension. A session ends with its day, so days add."""

    __tablename__ = "session_figure"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[date] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(String(20), primary_key=True)
    """`total`, `subject`, `level` or `signed-in`."""
    value: Mapped[str] = mapped_column(String(60), primary_key=True)
    sessions: Mapped[int]


class CatalogueMonth(Base):
    """Materials in service at the end of a month, by one dimension; `accessible`: with all that their format needs."""

    __tablename__ = "catalogue_month"
    __table_args__ = ({"sqlite_with_rowid": False},)

    month: Mapped[date] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(100), primary_key=True)
    materials: Mapped[int]
    accessible: Mapped[int] = mapped_column(default=0)


class WorkerClock(Base):
    """When the nightly work last looked at the clock: what cannot be undone waits until the clock has been steady."""

    __tablename__ = "usage_worker_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    last_seen: Mapped[datetime]
    steady_since: Mapped[datetime]
    nightly_done: Mapped[date | None]
    """The last day on which the nightly work was done."""
