"""An installation in which no table is empty: the sample collection, and made-up rows in every table that it leaves."""

import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.review_models import ReviewComment, ReviewEdit
from oer.config import Settings
from oer.core.db import Base
from oer.core.installation import Installation, open_backends
from oer.indicators.models.sets import ExactDecimal
from oer.learning.models import StatementKey
from oer.learning.services.statements import make_key
from oer.learning.voice_models import VoiceKind
from oer.usage.models import UsagePack

# What belongs to a place and not to the catalogue: a restore makes it anew.
OF_THE_PLACE = frozenset({"store_owner", "collection_hold", "index_state", "backup_run"})
# Of two columns a row has one: the first row the first, the second the other.
EITHER = {
    "week_choice": ("material_id", "collection_id"),
    "prerequisite": ("needed_collection_id", "needed_material_id"),
}
# What the two rows have in columns that take no other value: by a least count, or as another column has or has none.
GIVEN: dict[str, tuple[Any, Any]] = {
    "group_use.people": (10, 11),
    "practised_question.is_new": (True, False),
    "voice.kind": (VoiceKind.QUESTION, VoiceKind.QUESTION),
}
MOMENT = datetime(2026, 2, 28, 23, 59, 59, 123456, UTC)


def open_full_catalogue(sample_instance: Path, place: Path) -> Installation:
    """Return an installation in `place`, on SQLite, with at least one row in every table."""
    shutil.copytree(sample_instance, place)
    installation = open_backends(Settings(instance_dir=place, secret_key="a secret of the tests alone"))
    with installation.database.transaction() as session:
        connection = session.connection()
        for table in Base.metadata.sorted_tables:
            if table.name not in OF_THE_PLACE and not connection.scalar(sa.select(sa.func.count()).select_from(table)):
                connection.execute(sa.insert(table), [_row(connection, table, number) for number in (1, 2)])
    return installation


def take_out_made_up(session: Session, secret_key: str) -> None:
    """Take out of a full catalogue what no page could show: bytes that are no figures or key, fields of no form."""
    for table in (UsagePack, StatementKey, ReviewComment, ReviewEdit):
        session.execute(sa.delete(table))
    make_key(session, secret_key)
    session.execute(sa.update(Base.metadata.tables["report_build"]).values(kind="areas"))


def _row(connection: sa.Connection, table: sa.Table, number: int) -> dict[str, Any]:
    """The first row has nothing in the columns that may be empty, the second has something in all of them."""
    either = EITHER.get(table.name, ())
    return {
        column.name: _value(connection, column, number) if _is_filled(column, number, either) else None
        for column in table.columns
    }


def _is_filled(column: sa.Column[Any], number: int, either: Sequence[str]) -> bool:
    if column.name in either:
        return either[number - 1] == column.name
    return number == 2 or not column.nullable


def _value(connection: sa.Connection, column: sa.Column[Any], number: int) -> Any:
    if str(column) in GIVEN:
        return GIVEN[str(column)][number - 1]
    for key in column.foreign_keys:
        return connection.scalar(sa.select(key.column).order_by(key.column).limit(1).offset(number - 1))
    if isinstance(column.type, ExactDecimal):
        return Decimal("1505684.10")
    return next(value for kind, value in _values(column, number) if isinstance(_plain(column.type), kind))


def _plain(kind: Any) -> Any:
    return kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind


def _values(column: sa.Column[Any], number: int) -> Iterator[tuple[type, Any]]:
    enums = getattr(_plain(column.type), "enum_class", None)
    yield sa.Enum, list(enums)[-1] if enums else None
    yield sa.Boolean, number == 2
    # A number that no 32 bits hold, where the column is for such.
    yield sa.BigInteger, 2**40 + number
    yield sa.Integer, number
    yield sa.Float, number + 0.5
    yield sa.DateTime, MOMENT + timedelta(days=number)
    yield sa.Date, date(2026, 2, number)
    yield sa.LargeBinary, bytes(range(256)) * number
    yield sa.JSON, {"vi": "Thủ Đức \U0001f33e 'ngoặc' \\ \n", "none": None, "nested": [number, 2.5, True, {"a": []}]}
    yield sa.String, f"{number} Đ\u1ea1\u0323\t'\\ \U0001f33e"[: getattr(_plain(column.type), "length", None)]


def rows_of(installation: Installation) -> dict[str, list[str]]:
    """Return every row of every table, as comparable texts that tell NULL from JSON's null.

    PostgreSQL keeps the names of a JSON object in an order of its own.
    """
    with installation.database.engine.connect() as connection:
        return {
            table.name: sorted(
                repr([json.dumps(value, sort_keys=True) if isinstance(value, dict) else value for value in row])
                for row in connection.execute(
                    sa.select(*table.columns, *(column.is_(sa.null()) for column in table.columns))
                )
            )
            for table in Base.metadata.sorted_tables
            if table.name not in OF_THE_PLACE
        }


def shape_of(installation: Installation) -> dict[str, list[str]]:
    """Return the foreign keys and indexes of every table, as the database has them."""
    found = sa.inspect(installation.database.engine)
    return {
        name: sorted(str(each) for each in (*found.get_foreign_keys(name), *found.get_indexes(name)))
        for name in found.get_table_names()
    }
