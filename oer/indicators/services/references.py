"""Reference tables: taken in with their source and date, never changed after."""

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.clock import today
from oer.core.errors import Conflict, Invalid, OerError, Unprocessable
from oer.core.i18n import N_
from oer.indicators.formats.tables import TableRow
from oer.indicators.models import ReferenceTable, ReferenceValue
from oer.indicators.models.references import PERIOD_BANDS, WHOLE_CITY
from oer.indicators.periods import read_period
from oer.indicators.queries.places import place_code

NO_SOURCE = N_("Say where the table comes from: who published it, where and when.")
NOT_YET = N_("The day that the figures speak of lies in the future.")
TWICE = N_("Row %(row)s: this place and band stand there twice.")
NOT_A_BAND = N_("Row %(row)s: after the period, the band says one of: %(words)s.")
NEGATIVE = N_("Row %(row)s: this cannot be less than zero.")
AT_ROW = N_("Row %(row)s: %(why)s")
SAME = N_("This very table is there already.")
CITY_NAMES = {WHOLE_CITY, "toàn thành phố", "thành phố hồ chí minh", ""}


def take_in_table(
    session: Session,
    actor_id: int | None,
    *,
    code: str,
    source: str,
    as_of: date,
    rows: Sequence[TableRow],
    note: str = "",
) -> ReferenceTable:
    """Keep a table as a new version of what it says of that day.

    Places are named by code or by name, the whole city by `city` or an empty place. Raises Invalid with the field,
    Unprocessable with the row, Conflict where the same table is there already.
    """
    if not source.strip():
        raise Invalid(NO_SOURCE, field="source")
    if as_of > today():
        raise Invalid(NOT_YET, field="as_of")
    _check_bands(code, rows)
    values = _values(rows)
    digest = _digest(values)
    before = _versions(session, code, as_of)
    if any(each.digest == digest and each.source == source.strip() for each in before):
        raise Conflict(SAME, code="same_table")
    made = ReferenceTable(
        code=code,
        as_of=as_of,
        version=len(before) + 1,
        source=source.strip(),
        note=note,
        digest=digest,
        loaded_by_id=actor_id,
    )
    made.values = [ReferenceValue(place=place, band=band, value=value) for (place, band), value in values.items()]
    session.add(made)
    session.flush()
    told = {"as_of": as_of.isoformat(), "version": made.version, "rows": len(values)}
    record(session, actor_id, "reference_table.taken_in", "reference_table", made.id, code=code, **told)
    return made


def _check_bands(code: str, rows: Sequence[TableRow]) -> None:
    for row in rows if code in PERIOD_BANDS else ():
        period, _, word = row.band.partition(" ")
        try:
            read_period(period)
        except OerError as error:
            raise Unprocessable(AT_ROW, code=error.code, row=row.number, why=str(error)) from None
        if word not in PERIOD_BANDS[code]:
            raise Unprocessable(NOT_A_BAND, row=row.number, words=", ".join(sorted(PERIOD_BANDS[code])))


def _values(rows: Sequence[TableRow]) -> dict[tuple[str, str], Decimal]:
    values: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        key = (_place(row), row.band)
        if key in values:
            raise Unprocessable(TWICE, row=row.number)
        if row.value < 0:
            raise Unprocessable(NEGATIVE, row=row.number)
        values[key] = row.value
    return values


def _place(row: TableRow) -> str:
    if row.place.lower() in CITY_NAMES:
        return WHOLE_CITY
    try:
        return place_code(row.place)
    except OerError as error:
        raise Unprocessable(AT_ROW, code=error.code, row=row.number, why=str(error)) from None


def _digest(values: dict[tuple[str, str], Decimal]) -> str:
    lines = sorted(f"{place}\t{band}\t{value.normalize():f}" for (place, band), value in values.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _versions(session: Session, code: str, as_of: date) -> list[ReferenceTable]:
    table = ReferenceTable
    return list(session.scalars(sa.select(table).where(table.code == code, table.as_of == as_of)))
