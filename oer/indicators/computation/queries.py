"""Stored figures as they are shown (small counts hidden), reference tables, events, series published elsewhere."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from oer.accounts.models import Unit
from oer.catalogue.models import Collection as Course
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.indicators.computation.descriptions import PEOPLE_CODES
from oer.indicators.computation.formulas import FigureState
from oer.indicators.computation.models import (
    EVERYBODY,
    POPULATION,
    ComputedFigure,
    FigureSource,
    LearningEvent,
    ReferenceTable,
    ReferenceValue,
    SeriesPoint,
)
from oer.indicators.periods import read_period
from oer.indicators.quantities import show_figure
from oer.usage.queries.processing import first_counted_month

NO_ROWS = N_("The rows were not kept when this figure was computed.")
NO_FIGURE = N_("There is no figure of this indicator for this period.")
FEW, WITHHELD = "<10", "…"
NUMBERS = ("value", "numerator", "denominator")


@dataclass(frozen=True)
class ShownFigure:
    """A figure as anyone may see it: if it is hidden, it contains no numbers."""

    code: str
    period: str
    period_end: date
    version: int
    dimension: str
    member: str
    measure: str
    state: FigureState
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    why: str
    denominator_source: str
    data_version: str
    row_count: int
    made_at: datetime
    correction: str
    recipe: int
    is_rate: bool

    @property
    def is_final(self) -> bool:
        """Whether its period is closed."""
        return self.version > 0

    @property
    def shown(self) -> str | None:
        """What is shown instead of a suppressed number: `<10` for people; an ellipsis for a rate, and if withheld."""
        if self.state is FigureState.HIDDEN:
            return WITHHELD if self.is_rate else FEW
        return WITHHELD if self.state is FigureState.WITHHELD else None


def shown_figure(figure: ComputedFigure) -> ShownFigure:
    """Return a figure as anyone may see it: without its numbers if it is hidden, or too small for a rate."""
    seen = figure.state in {FigureState.OK, FigureState.NO_DATA}
    names = ShownFigure.__dataclass_fields__.keys() - {"is_rate"}
    values = {name: getattr(figure, name) for name in names} | {"is_rate": figure.denominator is not None}
    return ShownFigure(**(values if seen else values | dict.fromkeys(NUMBERS)))


def standing_version(session: Session, period: str) -> int:
    """Return the current version of a period's figures; 0 while they are provisional."""
    query = sa.select(sa.func.max(ComputedFigure.version)).where(ComputedFigure.period == period)
    return session.scalar(query) or 0


@dataclass(frozen=True)
class KeptVersion:
    """A stored version of a period's figures; `code` is an indicator that has one, to link to."""

    version: int
    code: str
    made_at: datetime
    correction: str


def versions_kept(session: Session) -> dict[str, list[KeptVersion]]:
    """Return every version of every period's figures, the latest period first, of each the newest version first."""
    figure = ComputedFigure
    query = (
        sa.select(
            figure.period, figure.version, sa.func.min(figure.code), sa.func.max(figure.made_at), figure.correction
        )
        .group_by(figure.period, figure.period_end, figure.period_start, figure.version, figure.correction)
        .order_by(figure.period_end.desc(), figure.period_start.desc(), figure.version.desc())
    )
    found: dict[str, list[KeptVersion]] = {}
    for period, version, code, made_at, correction in session.execute(query):
        found.setdefault(period, []).append(KeptVersion(version, code, made_at, correction))
    return found


def counting_began_within(session: Session, period: str) -> str | None:
    """Return the month in which counting began if a part of the period lies before it: its figures begin there."""
    began, asked = first_counted_month(session), read_period(period)
    return f"{began:%Y-%m}" if began is not None and asked.start < began <= asked.end else None


def figures_of_period(session: Session, period: str) -> dict[str, list[ShownFigure]]:
    """Return the figures of the whole for a period, by indicator; those of single members are left out."""
    figure = ComputedFigure
    query = sa.select(figure).where(
        figure.period == period, figure.version == standing_version(session, period), figure.dimension == ""
    )
    found: dict[str, list[ShownFigure]] = {}
    for each in session.scalars(query.order_by(figure.code, figure.measure)):
        found.setdefault(each.code, []).append(shown_figure(each))
    return found


def codes_by_member(session: Session, period: str) -> set[str]:
    """Return the indicators with figures of members in a period. LC-07 and LC-18 have no figure of the whole."""
    figure = ComputedFigure
    query = sa.select(figure.code).where(
        figure.period == period, figure.version == standing_version(session, period), figure.dimension != ""
    )
    return set(session.scalars(query.distinct()))


def figure_cells(session: Session, code: str, period: str, version: int | None = None) -> list[ShownFigure]:
    """Return every figure of one indicator for a period, the whole first. Raises NotFound if there is none."""
    asked = standing_version(session, period) if version is None else version
    figure = ComputedFigure
    query = sa.select(figure).where(figure.code == code, figure.period == period, figure.version == asked)
    found = [
        shown_figure(each) for each in session.scalars(query.order_by(figure.dimension, figure.member, figure.measure))
    ]
    if not found:
        raise NotFound(NO_FIGURE)
    return found


@dataclass(frozen=True)
class SourceTable:
    """Rows of one table that figures were computed from, perhaps the first ones only; `row_count` is of all of them."""

    name: str
    columns: list[str]
    rows: list[list[Any]]
    row_count: int
    digest: str
    kept_at: datetime


def source_tables(
    session: Session, cells: Sequence[ShownFigure], *, every_row: bool = False
) -> list[SourceTable] | None:
    """Return the stored rows that an indicator's figures were computed from; None if they were not stored.

    For figures about people these are the figures themselves: rows would reveal single people.
    """
    first = cells[0]
    if first.code in PEOPLE_CODES:
        rows = [_people_row(each) for each in cells]
        columns = ["dimension", "member", "measure", "value"]
        return [SourceTable("computed_figure", columns, rows, len(rows), first.data_version, first.made_at)]
    source = FigureSource
    query = sa.select(source).where(
        source.code == first.code, source.period == first.period, source.version == first.version
    )
    if every_row:
        query = query.options(undefer(source.packed_rows))
    found = [
        SourceTable(
            each.table_name,
            each.column_names,
            each.all_rows() if every_row else each.first_rows,
            each.row_count,
            each.digest,
            each.kept_at,
        )
        for each in session.scalars(query.order_by(source.position))
    ]
    return found if found or not first.row_count else None


def _people_row(figure: ShownFigure) -> list[str]:
    shown = show_figure(figure.value, "en") if figure.value is not None else figure.shown or figure.state.value
    return [figure.dimension, figure.member, figure.measure, shown]


def unit_names(session: Session, codes: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the names of units by code; those of departments are in no vocabulary."""
    query = sa.select(Unit.code, Unit.name).where(Unit.code.in_(codes))
    return dict(session.execute(query).all()) if codes else {}


def course_names(session: Session, public_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the titles of published courses by public id; hidden ones stay ids."""
    public = (Course.public_id.in_(public_ids), Course.published_at.is_not(None))
    return dict(session.execute(sa.select(Course.public_id, Course.title).where(*public)).all()) if public_ids else {}


def every_figure(session: Session, period: str) -> list[ShownFigure]:
    """Return the figures of all indicators for a period, ordered by code, the whole first."""
    figure = ComputedFigure
    query = sa.select(figure).where(figure.period == period, figure.version == standing_version(session, period))
    order = (figure.code, figure.dimension, figure.member, figure.measure)
    return [shown_figure(each) for each in session.scalars(query.order_by(*order))]


def history(session: Session, code: str, kind: str = "month", measure: str = "") -> list[ShownFigure]:
    """Return the figures of the whole of one indicator over time, in the current version of each period."""
    figure = ComputedFigure
    newest = sa.select(figure.period, sa.func.max(figure.version).label("version")).group_by(figure.period).subquery()
    query = (
        sa.select(figure)
        .join(newest, sa.and_(figure.period == newest.c.period, figure.version == newest.c.version))
        .where(figure.code == code, figure.dimension == "", figure.measure == measure, _of_kind(kind))
        .order_by(figure.period_start)
    )
    return [shown_figure(each) for each in session.scalars(query)]


def _of_kind(kind: str) -> sa.ColumnElement[bool]:
    length = sa.func.length(ComputedFigure.period)
    if kind == "year":
        return length == 4
    quarter = ComputedFigure.period.like("%Q%")
    return sa.and_(length == 7, quarter if kind == "quarter" else sa.not_(quarter))


def period_versions(session: Session) -> dict[str, int]:
    """Return the periods with figures and the current version of each, 0 while it is provisional.

    The latest end comes first; for the same end, the shortest period.
    """
    figure = ComputedFigure
    query = (
        sa.select(figure.period, sa.func.max(figure.version))
        .group_by(figure.period, figure.period_start, figure.period_end)
        .order_by(figure.period_end.desc(), figure.period_start.desc())
    )
    return dict(session.execute(query).all())


def known_periods(session: Session) -> list[str]:
    """Return the names of the periods with figures, in the order of `period_versions`."""
    return list(period_versions(session))


# What the room `city` knows; `oer.app` says whom to ask, for neither room may import the other.

PointsOfWard = tuple[str, int, int]
"""A ward, its registered learning points, those of them in use."""
KnownEvent = tuple[str, dict[str, str], date, date]
"""An event's code, name, first and last day."""


@dataclass
class _City:
    points: Callable[[Session, date], Sequence[PointsOfWard] | None] = lambda _session, _end: None
    events: Callable[[Session, date, date], Sequence[KnownEvent]] = lambda _session, _begins, _end: ()


_city = _City()


def use_city(
    *,
    points: Callable[[Session, date], Sequence[PointsOfWard] | None],
    events: Callable[[Session, date, date], Sequence[KnownEvent]],
) -> None:
    """Say who knows the learning points on a day, and the events that ended between two days."""
    _city.points, _city.events = points, events


def points_of_city(session: Session, end: date) -> Sequence[PointsOfWard] | None:
    """Return the learning points of each ward on a day; None if none is registered in this installation."""
    return _city.points(session, end)


def events_of_city(session: Session, begins: date, end: date) -> list[KnownEvent]:
    """Return the events whose reach is measured that ended between two days: those entered here, and the city's."""
    event = LearningEvent
    query = sa.select(event).where(event.ends_on >= begins, event.ends_on <= end).order_by(event.starts_on, event.code)
    entered = [(each.code, each.name, each.starts_on, each.ends_on) for each in session.scalars(query)]
    return [*entered, *_city.events(session, begins, end)]


# Reference tables, published series, learning events.


def all_tables(session: Session) -> list[ReferenceTable]:
    """Return every version of every reference table, by name, the latest first."""
    table = ReferenceTable
    query = sa.select(table).order_by(table.code, table.as_of.desc(), table.version.desc())
    return list(session.scalars(query))


def find_table(session: Session, table_id: int) -> ReferenceTable:
    """Return a reference table. Raises NotFound."""
    found = session.get(ReferenceTable, table_id)
    if found is None:
        raise NotFound(N_("There is no such table."))
    return found


def table_for(session: Session, code: str, day: date) -> ReferenceTable | None:
    """Return the newest version of the latest table dated `day` or earlier."""
    table = ReferenceTable
    query = sa.select(table).where(table.code == code, table.as_of <= day)
    return session.scalars(query.order_by(table.as_of.desc(), table.version.desc()).limit(1)).first()


def values_of(session: Session, table: ReferenceTable) -> dict[tuple[str, str], Decimal]:
    """Return a table's values by place and band."""
    rows = sa.select(ReferenceValue.place, ReferenceValue.band, ReferenceValue.value)
    return {
        (place, band): value for place, band, value in session.execute(rows.where(ReferenceValue.table_id == table.id))
    }


def residents_on(session: Session, days: Collection[date]) -> dict[date, dict[str, Decimal]]:
    """Return for each day the people of every place (and of `WHOLE_CITY`), by the population table of that time."""
    table = ReferenceTable
    query = sa.select(table.id, table.as_of).where(table.code == POPULATION)
    tables = session.execute(query.order_by(table.as_of.desc(), table.version.desc())).all() if days else []
    chosen = {day: next((each.id for each in tables if each.as_of <= day), None) for day in days}
    found: dict[int | None, dict[str, Decimal]] = {}
    value, numbers = ReferenceValue, {number for number in chosen.values() if number is not None}
    if numbers:
        rows = sa.select(value.table_id, value.place, value.value).where(value.band == EVERYBODY)
        for table_id, place, people in session.execute(rows.where(value.table_id.in_(numbers))):
            found.setdefault(table_id, {})[place] = people
    return {day: found.get(number, {}) for day, number in chosen.items()}


def source_of(table: ReferenceTable) -> str:
    """Return a table's source, date and version in one line."""
    return f"{table.source}, {table.as_of.isoformat()} (v{table.version})"


def series_of(session: Session, indicator_id: int) -> list[SeriesPoint]:
    """Return what was published elsewhere about an indicator, by series and date."""
    point = SeriesPoint
    query = sa.select(point).where(point.indicator_id == indicator_id).order_by(point.series, point.as_of)
    return list(session.scalars(query))


def all_events(session: Session) -> list[LearningEvent]:
    """Return the calendar of learning events, the latest first."""
    return list(session.scalars(sa.select(LearningEvent).order_by(LearningEvent.starts_on.desc())))
