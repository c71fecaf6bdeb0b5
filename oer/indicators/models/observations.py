"""Values: what was entered, by whom, on what evidence, and what stood there before."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.core.clock import now
from oer.core.db import Base
from oer.indicators.models._columns import Exact
from oer.indicators.models.rounds import UnitReport
from oer.indicators.models.sets import Indicator

WORDS_OF_A_NOTE = 150


class Observation(Base):
    """One line of a report as it stands. `revision` rises with each change, so that two writers notice each other.

    `not_available` says, with a note why, that there is no value. Whether the value counts is the report's state.
    """

    __tablename__ = "observation"
    __table_args__ = (UniqueConstraint("report_id", "indicator_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("unit_report.id", ondelete="CASCADE"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    value: Mapped[Decimal | None] = mapped_column(Exact())
    numerator: Mapped[Decimal | None] = mapped_column(Exact())
    denominator: Mapped[Decimal | None] = mapped_column(Exact())
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
        """Whether there is a value, words, or the statement that there is none."""
        return self.value is not None or bool(self.text) or self.not_available


class Evidence(Base):
    """A file that shows where a value comes from."""

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
    """What stood in a line before a change: the trail of every value that was ever saved."""

    __tablename__ = "observation_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    observation_id: Mapped[int] = mapped_column(ForeignKey("observation.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None]
