"""Every table as lines of JSON: a backup of a database that has no file, taken from one snapshot of it.

The tables are read as they are in the database (reflected), not as this version of the product knows them, so that an
older backup can be put back as it was and then be brought forward by the migrations.
"""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.ddl import sort_tables_and_constraints

ROWS_AT_ONCE = 500
VERSION_TABLE = "alembic_version"


def dump_tables(connection: sa.Connection, folder: Path) -> dict[str, int]:
    """Write each table to `folder`/<name>.jsonl, its first line the names of the columns; return the numbers of rows.

    The connection should be in a repeatable-read transaction, so that all tables are of one moment.
    """
    folder.mkdir(parents=True)
    counts = {}
    for table in _reflected(connection).tables.values():
        with (folder / f"{table.name}.jsonl").open("w", encoding="utf-8") as file:
            file.write(json.dumps([column.name for column in table.columns]) + "\n")
            counts[table.name] = 0
            for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(sa.select(table)):
                file.write(json.dumps([_encode(value) for value in row], ensure_ascii=False) + "\n")
                counts[table.name] += 1
    return counts


def load_tables(connection: sa.Connection, folder: Path) -> None:
    """Put the rows of `dump_tables` into the empty tables of a database at the same schema revision."""
    tables = _reflected(connection).tables.values()
    *ordered, (_none, cyclic) = sort_tables_and_constraints(  # type: ignore[no-untyped-call]
        [each for each in tables if each.name != VERSION_TABLE]
    )
    later = {constraint.parent: [column.name for column in constraint.columns] for constraint in cyclic}
    for table, _constraints in ordered:
        _fill(connection, table, folder, later.get(table, []))
    for table, columns in later.items():
        _point(connection, table, folder, columns)
    if connection.dialect.name == "postgresql":
        _advance_sequences(connection, [table for table, _ in ordered])


def _reflected(connection: sa.Connection) -> sa.MetaData:
    metadata = sa.MetaData()
    metadata.reflect(connection)
    return metadata


def dumped_rows(folder: Path, table: str, dialect: str = "") -> Iterator[dict[str, Any]]:
    """Give the rows of one dumped table, by column name, as the dialect takes them."""
    with (folder / f"{table}.jsonl").open(encoding="utf-8") as file:
        names = json.loads(file.readline())
        for line in file:
            values = (_decode(value, dialect) for value in json.loads(line))
            yield dict(zip(names, values, strict=True))


def _fill(connection: sa.Connection, table: sa.Table, folder: Path, held_back: list[str]) -> None:
    empty = dict.fromkeys(held_back)
    rows = (row | empty for row in dumped_rows(folder, table.name, connection.dialect.name))
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        connection.execute(sa.insert(table), batch)


def _point(connection: sa.Connection, table: sa.Table, folder: Path, columns: list[str]) -> None:
    # Tables that point at each other are filled first, and pointed once all rows are there.
    keys = [column.name for column in table.primary_key.columns]
    for row in dumped_rows(folder, table.name, connection.dialect.name):
        if any(row[column] is not None for column in columns):
            statement = sa.update(table).where(*(table.c[key] == row[key] for key in keys))
            connection.execute(statement.values({column: row[column] for column in columns}))


def _advance_sequences(connection: sa.Connection, tables: list[sa.Table]) -> None:
    for table in tables:
        for column in table.primary_key.columns:
            sequence = connection.scalar(sa.select(sa.func.pg_get_serial_sequence(f'"{table.name}"', column.name)))
            if sequence is not None:
                newest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
                connection.execute(sa.select(sa.func.setval(sequence, newest, sa.literal(False))))


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$moment": (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()}
    if isinstance(value, date):
        return {"$day": value.isoformat()}
    if isinstance(value, bytes | memoryview):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    return {"$json": value} if isinstance(value, dict | list) else value


def _decode(value: Any, dialect: str) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "$moment":
        moment = datetime.fromisoformat(content)
        return moment.astimezone(UTC).replace(tzinfo=None) if dialect == "sqlite" else moment
    if kind == "$day":
        return date.fromisoformat(content)
    if kind == "$bytes":
        return base64.b64decode(content)
    return Decimal(content) if kind == "$decimal" else content
