"""Reference tables and the calendar of events: read from CSV or XLSX, kept with source and date."""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.clock import today
from oer.core.errors import Conflict, Invalid, NotFound, OerError, Unprocessable
from oer.core.i18n import N_
from oer.core.spreadsheets import UnreadableWorkbook, read_xlsx
from oer.core.text import clean_line
from oer.indicators.computation.models import PERIOD_BANDS, WHOLE_CITY, LearningEvent, ReferenceTable, ReferenceValue
from oer.indicators.periods import read_period
from oer.indicators.places import place_code
from oer.indicators.quantities import read_quantity
from oer.vietnamese.marks import fold

NOT_A_TABLE = N_("This is not a CSV or XLSX table: %(why)s.")
NO_COLUMN = N_("The table needs the columns place, band and value; “%(column)s” is missing.")
NO_NUMBER = N_("Row %(row)s: “%(typed)s” is not a number.")
EMPTY = N_("The table has no rows.")
COLUMNS = ("place", "band", "value")
MOST_ROWS = 20_000


@dataclass(frozen=True)
class TableRow:
    """One row: its number in the file, the place and band as written, the value."""

    number: int
    place: str
    band: str
    value: Decimal


def read_table(content: bytes, language: str) -> list[TableRow]:
    """Return the rows of a CSV or XLSX file. Numbers are read as written in `language`. Raises Unprocessable."""
    rows = list(_xlsx(content) if content.startswith(b"PK\x03\x04") else _csv(content))
    if len(rows) < 2:
        raise Unprocessable(EMPTY)
    header = [str(each or "").strip().lower() for each in rows[0]]
    for column in COLUMNS:
        if column not in header:
            raise Unprocessable(NO_COLUMN, column=column)
    places = [header.index(column) for column in COLUMNS]
    return [
        _table_row(number, [row[at] if at < len(row) else None for at in places], language)
        for number, row in _filled_rows(rows)
    ]


def _filled_rows(rows: list[Any]) -> Iterator[tuple[int, Any]]:
    for number, row in enumerate(rows[1:], 2):
        if any(each not in (None, "") for each in row):
            yield number, row


def _table_row(number: int, cells: list[Any], language: str) -> TableRow:
    place, band, value = cells
    return TableRow(number, _cell_text(place), _cell_text(band) or "total", _read_value(number, value, language))


def _cell_text(cell: Any) -> str:
    # Excel may have stored a code as a number: 26506 or 26506.0.
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _read_value(row: int, cell: Any, language: str) -> Decimal:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Decimal(str(cell))
    try:
        value = read_quantity(_cell_text(cell), language)
    except Invalid:
        value = None
    if value is None:
        raise Unprocessable(NO_NUMBER, row=row, typed=_cell_text(cell)[:40])
    return value


def _csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unprocessable(NOT_A_TABLE, why="UTF-8") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)):
            if number < MOST_ROWS:
                yield row
    except csv.Error as error:
        raise Unprocessable(NOT_A_TABLE, why=str(error)) from None


def _xlsx(content: bytes) -> list[tuple[Any, ...]]:
    try:
        return next(iter(read_xlsx(content, most_rows=MOST_ROWS, most_columns=20).values()), [])
    except UnreadableWorkbook as error:
        raise Unprocessable(NOT_A_TABLE, why=str(error)) from None


# Importing.

TABLE_SOURCE_NEEDED = N_("Say where the table comes from: who published it, where and when.")
NOT_YET = N_("The date of the figures is in the future.")
TWICE = N_("Row %(row)s: this place and band appear twice.")
NOT_A_BAND = N_("Row %(row)s: after the period, the band must be one of: %(words)s.")
NEGATIVE = N_("Row %(row)s: this cannot be less than zero.")
AT_ROW = N_("Row %(row)s: %(why)s")
SAME = N_("This table has already been imported.")
CITY_NAMES = {WHOLE_CITY, "toàn thành phố", "thành phố hồ chí minh", ""}


def import_table(
    session: Session,
    actor_id: int | None,
    *,
    code: str,
    source: str,
    as_of: date,
    rows: Sequence[TableRow],
    note: str = "",
) -> ReferenceTable:
    """Store a table as a new version for its date.

    Places are given by code or name, the whole city by `city` or an empty place. Raises Invalid with the field,
    Unprocessable with the row, Conflict if the same table has already been imported.
    """
    source = clean_line(source)
    if not source:
        raise Invalid(TABLE_SOURCE_NEEDED, field="source")
    if as_of > today():
        raise Invalid(NOT_YET, field="as_of")
    _check_bands(code, rows)
    values = _checked_values(rows)
    digest = _digest(values)
    before = _versions(session, code, as_of)
    if any(each.digest == digest and each.source == source for each in before):
        raise Conflict(SAME, code="same_table")
    made = ReferenceTable(
        code=code,
        as_of=as_of,
        version=len(before) + 1,
        source=source,
        note=note,
        digest=digest,
        loaded_by_id=actor_id,
    )
    made.values = [ReferenceValue(place=place, band=band, value=value) for (place, band), value in values.items()]
    session.add(made)
    session.flush()
    details = {"as_of": as_of.isoformat(), "version": made.version, "rows": len(values)}
    record(session, actor_id, "reference_table.taken_in", "reference_table", made.id, code=code, **details)
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


def _checked_values(rows: Sequence[TableRow]) -> dict[tuple[str, str], Decimal]:
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


# The calendar of learning events, whose reach LC-18 measures.

WRONG_ORDER = N_("The last day cannot be before the first.")
TOO_LONG = N_("An event lasts 92 days at most.")
NO_EVENT = N_("There is no such event.")
MOST_DAYS = 92


def add_event(
    session: Session, actor_id: int | None, *, name: dict[str, str], starts_on: date, ends_on: date
) -> LearningEvent:
    """Add an event to the calendar; one with the same name and first day is replaced. Raises Invalid."""
    if ends_on < starts_on:
        raise Invalid(WRONG_ORDER, field="ends_on")
    if (ends_on - starts_on).days >= MOST_DAYS:
        raise Invalid(TOO_LONG, field="ends_on")
    words = "-".join(fold(name["vi"]).split())
    code = f"{starts_on.isoformat()}-{''.join(letter for letter in words if letter.isalnum() or letter == '-')}"[:60]
    made = session.merge(LearningEvent(code=code, name=name, starts_on=starts_on, ends_on=ends_on))
    session.flush()
    record(session, actor_id, "event.added", "learning_event", code, starts_on=str(starts_on), ends_on=str(ends_on))
    return made


def remove_event(session: Session, actor_id: int | None, code: str) -> None:
    """Remove an event from the calendar. Raises NotFound."""
    found = session.get(LearningEvent, code)
    if found is None:
        raise NotFound(NO_EVENT)
    session.delete(found)
    session.flush()
    record(session, actor_id, "event.removed", "learning_event", code)
