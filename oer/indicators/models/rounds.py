"""Reporting rounds: which unit reports which indicators, how far its report has come, and the values entered."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.accounts.models import Unit
from oer.core.clock import city_date, now
from oer.core.db import Base, enum_type
from oer.indicators.models.sets import ExactDecimal, Indicator, IndicatorSet
from oer.indicators.periods import Period


class ReportState(StrEnum):
    """The state of a unit's report. Only approved reports count anywhere."""

    OPEN = "open"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


EDITABLE = (ReportState.OPEN, ReportState.RETURNED)


class Round(Base):
    """A request for values of one period. A frozen round can no longer be changed; a published one is public."""

    __tablename__ = "reporting_round"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[dict[str, str]]
    period_start: Mapped[date]
    period_end: Mapped[date]
    due_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime] = mapped_column(default=now)
    frozen_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

    sets: Mapped[list[IndicatorSet]] = relationship(
        secondary="reporting_round_set", order_by="IndicatorSet.position", viewonly=True
    )
    reports: Mapped[list["UnitReport"]] = relationship(back_populates="round", cascade="all, delete-orphan")

    @property
    def is_open(self) -> bool:
        """Whether reports can still be entered and decided."""
        return self.frozen_at is None

    @property
    def is_public(self) -> bool:
        """Whether its approved values are published."""
        return self.published_at is not None

    @property
    def period(self) -> Period:
        """The period that is reported on."""
        return Period(self.period_start, self.period_end)


class RoundSet(Base):
    """A set that a round asks for."""

    __tablename__ = "reporting_round_set"

    round_id: Mapped[int] = mapped_column(ForeignKey("reporting_round.id", ondelete="CASCADE"), primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("indicator_set.id"), primary_key=True)


class UnitReport(Base):
    """What one unit has to report in a round.

    `first_submitted_at` decides whether it was on time, however often it was returned. `complete` says whether at the
    last submission every line was answered and had the evidence it needs (LC-20). Account ids are no foreign keys: like
    audit records they outlive the account.
    """

    __tablename__ = "unit_report"
    __table_args__ = (UniqueConstraint("round_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("reporting_round.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    state: Mapped[ReportState] = mapped_column(enum_type(ReportState, "state"), default=ReportState.OPEN)
    first_submitted_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None]
    return_reason: Mapped[str] = mapped_column(Text, default="")
    complete: Mapped[bool] = mapped_column(default=False)
    reminded_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(back_populates="reports", lazy="joined", innerjoin=True)
    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)

    @property
    def is_editable(self) -> bool:
        """Whether its reporters may still change it."""
        return self.state in EDITABLE and self.round.is_open

    @property
    def can_be_approved(self) -> bool:
        """Whether the city may approve it."""
        return self.state is ReportState.SUBMITTED

    @property
    def can_be_returned(self) -> bool:
        """Whether the city may return it to its unit."""
        return self.state in {ReportState.SUBMITTED, ReportState.APPROVED}

    @property
    def was_in_time(self) -> bool:
        """Whether it was first submitted by the due date."""
        return self.first_submitted_at is not None and city_date(self.first_submitted_at) <= self.round.due_on


class Assignment(Base):
    """An indicator that a unit has to report on."""

    __tablename__ = "report_assignment"

    report_id: Mapped[int] = mapped_column(ForeignKey("unit_report.id", ondelete="CASCADE"), primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), primary_key=True, index=True)


class LineChecker(Base):
    """The unit (a department) that checks a line of other units' reports in a round before the city approves them."""

    __tablename__ = "line_checker"

    round_id: Mapped[int] = mapped_column(ForeignKey("reporting_round.id", ondelete="CASCADE"), primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), primary_key=True, index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)


class PartApproval(Base):
    """A unit has approved the lines of a report that it checks. Gone when the report is returned."""

    __tablename__ = "part_approval"

    report_id: Mapped[int] = mapped_column(ForeignKey("unit_report.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)
    approved_at: Mapped[datetime] = mapped_column(default=now)
    approved_by_id: Mapped[int | None]


class LineComment(Base):
    """What somebody who works on a report said at a line. Never public."""

    __tablename__ = "line_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("unit_report.id", ondelete="CASCADE"), index=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    text: Mapped[str] = mapped_column(String(1000))
    written_at: Mapped[datetime] = mapped_column(default=now)
    written_by_id: Mapped[int | None]


# Values entered, their evidence and their history.

WORDS_OF_A_NOTE = 150


class Observation(Base):
    """The current value of one line of a report.

    `revision` rises with each change, so that concurrent changes are noticed. `not_available` means that there is no
    value; the note says why. Whether the value counts depends on the report's state.
    """

    __tablename__ = "observation"
    __table_args__ = (UniqueConstraint("report_id", "indicator_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("unit_report.id", ondelete="CASCADE"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    value: Mapped[Decimal | None] = mapped_column(ExactDecimal())
    numerator: Mapped[Decimal | None] = mapped_column(ExactDecimal())
    denominator: Mapped[Decimal | None] = mapped_column(ExactDecimal())
    text: Mapped[str] = mapped_column(String(300), default="")
    not_available: Mapped[bool] = mapped_column(default=False)
    reference_date: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(300), default="")
    link: Mapped[str] = mapped_column(String(500), default="")
    note: Mapped[dict[str, str]] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[int | None]

    report: Mapped[UnitReport] = relationship()
    indicator: Mapped[Indicator] = relationship()
    evidence: Mapped[list["Evidence"]] = relationship(
        order_by="Evidence.id", cascade="all, delete-orphan", back_populates="observation"
    )

    @property
    def is_answered(self) -> bool:
        """Whether there is a value, a text, or the statement that there is none."""
        return self.value is not None or bool(self.text) or self.not_available


class Evidence(Base):
    """A file that supports a value."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    observation_id: Mapped[int] = mapped_column(ForeignKey("observation.id", ondelete="CASCADE"), index=True)
    blob_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(127))
    added_at: Mapped[datetime] = mapped_column(default=now)
    added_by_id: Mapped[int | None]

    observation: Mapped[Observation] = relationship(back_populates="evidence")


class ObservationChange(Base):
    """What a line contained before a change: together, the history of every value ever saved."""

    __tablename__ = "observation_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    observation_id: Mapped[int] = mapped_column(ForeignKey("observation.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    """Why a published value was changed: then the change is an erratum, and public."""
