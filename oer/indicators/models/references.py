"""What figures are held against: population and other tables, and series that came from elsewhere."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.core.clock import now
from oer.core.db import Base
from oer.indicators.models.sets import ExactDecimal, Indicator

POPULATION = "population"
LEARNING_POINTS = "learning_points"
PATHS, RATINGS, CONTRIBUTORS = "path_completions", "ratings", "contributors"
# What is counted in the tables whose bands name a period: `2026-03 started`.
PERIOD_BANDS = {
    PATHS: frozenset({"started", "completed"}),
    RATINGS: frozenset({"1", "2", "3", "4", "5"}),
    CONTRIBUTORS: frozenset({"people"}),
}
WHOLE_CITY = "city"


class ReferenceTable(Base):
    """One version of a table: its source, and the day that its figures speak of. Versions are never changed."""

    __tablename__ = "reference_table"
    __table_args__ = (UniqueConstraint("code", "as_of", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), index=True)
    as_of: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str] = mapped_column(String(500))
    note: Mapped[str] = mapped_column(String(1000), default="")
    digest: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime] = mapped_column(default=now)
    loaded_by_id: Mapped[int | None]

    values: Mapped[list["ReferenceValue"]] = relationship(cascade="all, delete-orphan", back_populates="table")


class ReferenceValue(Base):
    """A table's value for a place (a ward's code, or `city`) and a band (`total`, `15+`, an age band, a gender)."""

    __tablename__ = "reference_value"

    table_id: Mapped[int] = mapped_column(ForeignKey("reference_table.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[str] = mapped_column(String(40), primary_key=True)
    band: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Decimal] = mapped_column(ExactDecimal())

    table: Mapped[ReferenceTable] = relationship(back_populates="values")


class LearningEvent(Base):
    """An event of the city whose reach is measured: its first and last day."""

    __tablename__ = "learning_event"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[dict[str, str]]
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class SeriesPoint(Base):
    """A figure that was published elsewhere. Points of one `series` may be joined to a line, others never."""

    __tablename__ = "series_point"
    __table_args__ = (UniqueConstraint("series", "indicator_id", "as_of"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    series: Mapped[str] = mapped_column(String(60))
    name: Mapped[dict[str, str]]
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id", ondelete="CASCADE"), index=True)
    as_of: Mapped[date]
    value: Mapped[Decimal | None] = mapped_column(ExactDecimal())
    count: Mapped[Decimal | None] = mapped_column(ExactDecimal())
    source: Mapped[str] = mapped_column(String(500))
    caution: Mapped[str] = mapped_column(String(1000), default="")

    indicator: Mapped[Indicator] = relationship()
