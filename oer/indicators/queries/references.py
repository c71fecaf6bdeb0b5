"""Reference tables: the one that speaks for a day, and its values."""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.indicators.models import LearningEvent, ReferenceTable, ReferenceValue, SeriesPoint


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
    """Return the newest version of the latest table that speaks of a day no later than `day`."""
    table = ReferenceTable
    query = sa.select(table).where(table.code == code, table.as_of <= day)
    return session.scalars(query.order_by(table.as_of.desc(), table.version.desc()).limit(1)).first()


def values_of(session: Session, table: ReferenceTable) -> dict[tuple[str, str], Decimal]:
    """Return a table's values by place and band."""
    rows = sa.select(ReferenceValue.place, ReferenceValue.band, ReferenceValue.value)
    return {
        (place, band): value for place, band, value in session.execute(rows.where(ReferenceValue.table_id == table.id))
    }


def source_of(table: ReferenceTable) -> str:
    """Return a table's source, date and version in one line."""
    return f"{table.source}, {table.as_of.isoformat()} (v{table.version})"


def series_of(session: Session, indicator_id: int) -> list[SeriesPoint]:
    """Return what was published elsewhere of an indicator, series by series."""
    point = SeriesPoint
    query = sa.select(point).where(point.indicator_id == indicator_id).order_by(point.series, point.as_of)
    return list(session.scalars(query))


def all_events(session: Session) -> list[LearningEvent]:
    """Return the calendar of learning events, the latest first."""
    return list(session.scalars(sa.select(LearningEvent).order_by(LearningEvent.starts_on.desc())))
