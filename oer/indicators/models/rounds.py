"""Reporting rounds: who owes what for which period, and where each report stands."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.accounts.models import Unit
from oer.core.clock import city_date, now
from oer.core.db import Base, choice
from oer.indicators.models.sets import IndicatorSet
from oer.indicators.periods import Period


class ReportState(StrEnum):
    """Where a unit's report stands. Only what is approved counts anywhere."""

    OPEN = "open"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


EDITABLE = (ReportState.OPEN, ReportState.RETURNED)


class Round(Base):
    """A request for values of one period. Once frozen, nothing in it changes any more; published, everybody sees it."""

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
    def period(self) -> Period:
        """The period that is reported on."""
        return Period(self.period_start, self.period_end)


class RoundSet(Base):
    """A set that a round asks for."""

    __tablename__ = "reporting_round_set"

    round_id: Mapped[int] = mapped_column(ForeignKey("reporting_round.id", ondelete="CASCADE"), primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("indicator_set.id"), primary_key=True)


class UnitReport(Base):
    """What one unit owes in a round.

    `first_submitted_at` tells whether it came in time, however often it was returned; `complete` whether at the last
    submission every line was answered, with evidence where it needs some (LC-20). Account numbers carry no foreign key:
    like audit records they outlive the account.
    """

    __tablename__ = "unit_report"
    __table_args__ = (UniqueConstraint("round_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("reporting_round.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    state: Mapped[ReportState] = mapped_column(choice(ReportState, "state"), default=ReportState.OPEN)
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
        return self.state in EDITABLE and self.round.frozen_at is None

    @property
    def was_in_time(self) -> bool:
        """Whether it was first submitted on the due day or before."""
        return self.first_submitted_at is not None and city_date(self.first_submitted_at) <= self.round.due_on


class Duty(Base):
    """One line that a report owes."""

    __tablename__ = "report_duty"

    report_id: Mapped[int] = mapped_column(ForeignKey("unit_report.id", ondelete="CASCADE"), primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), primary_key=True, index=True)


class ReportText(Base):
    """A text box of a report, 150 words in each language: for a chapter of the city's report, or of a unit's."""

    __tablename__ = "report_text"
    __table_args__ = (UniqueConstraint("round_id", "unit_id", "kind", "chapter"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("reporting_round.id", ondelete="CASCADE"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(20))
    chapter: Mapped[str] = mapped_column(String(40))
    text: Mapped[dict[str, str]] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=1)
