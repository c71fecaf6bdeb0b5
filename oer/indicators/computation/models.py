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
from oer.indicators.computation.formulas import RECIPE, FigureState
from oer.indicators.models.sets import ExactDecimal, Indicator

OPEN_VERSION = 0
MOST_SHOWN_ROWS = 200


class ComputedFigure(Base):
    """One figure of a computed indicator for a period: of the whole (`dimension` "") or of one member of a dimension.

    Version 0 is provisional and replaced at every computation. Versions from 1 on are final; a later one carries the
    reason for the `correction`. Small counts are stored as they are, and hidden when shown: `state` says which.
    `data_version` is the SHA-256 of the file of the `row_count` rows that the figure was computed from (`rows_file`).
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
    recipe: Mapped[int] = mapped_column(default=RECIPE, server_default="1")
    """How `data_version` was made: 1 by versions before 0.2, 2 as docs/usage.md says."""
    row_count: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(default=now)
    correction: Mapped[str] = mapped_column(String(1000), default="")


# What figures are compared with: population and other tables, events, series published elsewhere.

POPULATION = "population"
LEARNING_POINTS = "learning_points"
PATHS, RATINGS, CONTRIBUTORS = "path_completions", "ratings", "contributors"
# The tables whose bands name a period and what is counted, as in `2026-03 started`.
PERIOD_BANDS = {
    PATHS: frozenset({"started", "completed"}),
    RATINGS: frozenset({"1", "2", "3", "4", "5"}),
    CONTRIBUTORS: frozenset({"people"}),
}
WHOLE_CITY = "city"
EVERYBODY = "total"
"""The band of a population table that has people of every age."""


class FigureSource(Base):
    """The rows of one table that an indicator's figures were computed from, stored together with the figures.

    Nothing is stored for figures about people: the rows would reveal single people. `digest` is the SHA-256 of all rows
    of the computation. It is the figures' `data_version`, except for periods that were closed before rows were stored:
    theirs were collected later, and the totals may have changed in between.
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
        """Return every row; pages show only the first ones."""
        rows: list[list[Any]] = json.loads(zlib.decompress(self.packed_rows))
        return rows


class ReferenceTable(Base):
    """One version of a table, with its source and the date of its figures. Versions never change."""

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
    """A table's value for a place (a ward's code or `city`) and a band (`total`, `15+`, an age band, a gender)."""

    __tablename__ = "reference_value"

    table_id: Mapped[int] = mapped_column(ForeignKey("reference_table.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[str] = mapped_column(String(40), primary_key=True)
    band: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Decimal] = mapped_column(ExactDecimal())

    table: Mapped[ReferenceTable] = relationship(back_populates="values")


class LearningEvent(Base):
    """A learning event of the city whose reach LC-18 measures, with its first and last day."""

    __tablename__ = "learning_event"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[dict[str, str]]
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class SeriesPoint(Base):
    """A figure published elsewhere. Only points of the same `series` may be joined by a line."""

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
