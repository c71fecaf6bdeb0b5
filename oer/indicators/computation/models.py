"""Computed figures as they were stored, and what they are computed from: reference tables, events, published series."""

import json
import zlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.core.clock import now
from oer.core.db import Base, enum_type
from oer.indicators.computation.formulas import FigureState
from oer.indicators.models.sets import ExactDecimal, Indicator

OPEN_VERSION = 0
MOST_SHOWN_ROWS = 200


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
        Index("ix_computed_figure_made_at", "made_at"),
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


# What figures are held against: population and other tables, and series that came from elsewhere.

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


class FigureSource(Base):
    """The rows of one table that an indicator's figures were computed from, as they were when they were computed.

    Reading them is cheap, computing them again is not. There are none of figures about people: these rows would tell of
    single people. `digest` is the SHA-256 of all rows of the computation: the figures' `data_version`, unless the rows
    were first kept later than the figures (installations that closed periods before rows were kept).
    """

    __tablename__ = "figure_source"
    __table_args__ = (UniqueConstraint("code", "period", "version", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(10))
    period: Mapped[str] = mapped_column(String(7))
    version: Mapped[int]
    position: Mapped[int]
    table_name: Mapped[str] = mapped_column(String(160))
    column_names: Mapped[list[str]]
    row_count: Mapped[int]
    first_rows: Mapped[list[Any]]
    packed_rows: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    kept_at: Mapped[datetime] = mapped_column(default=now)

    def all_rows(self) -> list[list[Any]]:
        """Return every row; a page needs only the first ones."""
        rows: list[list[Any]] = json.loads(zlib.decompress(self.packed_rows))
        return rows


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
