"""Computed figures as they were worked out, and the reports that were built."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.accounts.models import Unit
from oer.core.clock import now
from oer.core.db import Base, enum_type
from oer.indicators.computation.formulas import FigureState
from oer.indicators.models.rounds import Round
from oer.indicators.models.sets import ExactDecimal

OPEN_VERSION = 0


class ComputedFigure(Base):
    """One figure of a computed indicator for a period: the whole (`dimension` "") or one value of one dimension.

    Version 0 is provisional and made anew; from 1 on a version stands, and a later one says why it was needed. What
    is too small to show is kept as it is, and hidden by whoever shows it: `state` says so. `data_version` is the
    SHA-256 of the totals it was worked out from, of which there were `row_count` rows.
    """

    __tablename__ = "computed_figure"
    __table_args__ = (
        UniqueConstraint("code", "period", "version", "dimension", "member", "measure"),
        Index("ix_computed_figure_period", "period", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(10))
    period: Mapped[str] = mapped_column(String(7))
    period_start: Mapped[date]
    period_end: Mapped[date]
    version: Mapped[int] = mapped_column(default=OPEN_VERSION)
    dimension: Mapped[str] = mapped_column(String(30), default="")
    member: Mapped[str] = mapped_column(String(100), default="")
    measure: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[FigureState] = mapped_column(enum_type(FigureState, "state"), default=FigureState.OK)
    value: Mapped[Decimal | None] = mapped_column(ExactDecimal())
    numerator: Mapped[Decimal | None] = mapped_column(ExactDecimal())
    denominator: Mapped[Decimal | None] = mapped_column(ExactDecimal())
    why: Mapped[str] = mapped_column(String(200), default="")
    denominator_source: Mapped[str] = mapped_column(String(600), default="")
    data_version: Mapped[str] = mapped_column(String(64), default="")
    row_count: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(default=now)
    correction: Mapped[str] = mapped_column(String(1000), default="")


class BuildState(StrEnum):
    """Where the building of a report stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ReportBuild(Base):
    """A report that was asked for: made by the worker, in both languages and every format, with its progress."""

    __tablename__ = "report_build"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("reporting_round.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[BuildState] = mapped_column(enum_type(BuildState, "state"), default=BuildState.WAITING, index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    asked_by_id: Mapped[int | None]
    leased_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)

    round: Mapped[Round] = relationship(lazy="joined", innerjoin=True)
    unit: Mapped[Unit | None] = relationship(lazy="joined")
    files: Mapped[list["ReportFile"]] = relationship(cascade="all, delete-orphan", order_by="ReportFile.id")


class ReportFile(Base):
    """One finished file of a report."""

    __tablename__ = "report_file"
    __table_args__ = (UniqueConstraint("build_id", "language", "format"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("report_build.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(2))
    format: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    blob_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), index=True)
    size: Mapped[int]
