"""A snapshot of the database, dumped to a folder and loaded from it: SQLite as a file, PostgreSQL as JSON lines.

Tables are reflected from the database, not taken from the models, so that an older backup can be loaded as it was
and then be migrated.
"""

import base64
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.ddl import sort_tables_and_constraints

from oer.core.console import Progress, no_progress, tracked
from oer.core.db import open_engine
from oer.core.schema import schema_revision, upgrade_schema

ROWS_AT_ONCE = 500
VERSION_TABLE = "alembic_version"


def dump_tables(connection: sa.Connection, folder: Path) -> dict[str, int]:
    """Write each table to `folder`/<name>.jsonl, its first line the names of the columns; return the numbers of rows.

    The connection should be in a repeatable-read transaction, so that all tables are of the same snapshot.
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


def load_tables(connection: sa.Connection, folder: Path, progress: Progress = no_progress) -> None:
    """Put the rows of `dump_tables` into the empty tables of a database at the same schema revision."""
    tables = _reflected(connection).tables.values()
    *ordered, (_none, cyclic) = sort_tables_and_constraints(  # type: ignore[no-untyped-call]
        [each for each in tables if each.name != VERSION_TABLE]
    )
    later = {constraint.parent: [column.name for column in constraint.columns] for constraint in cyclic}
    for table, _constraints in tracked(ordered, "tables", progress):
        _insert_rows(connection, table, folder, later.get(table, []))
    for table, columns in later.items():
        _set_cyclic_keys(connection, table, folder, columns)
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


def _insert_rows(connection: sa.Connection, table: sa.Table, folder: Path, held_back: list[str]) -> None:
    empty = dict.fromkeys(held_back)
    rows = (row | empty for row in dumped_rows(folder, table.name, connection.dialect.name))
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        connection.execute(sa.insert(table), batch)


def _set_cyclic_keys(connection: sa.Connection, table: sa.Table, folder: Path, columns: list[str]) -> None:
    # Tables with foreign keys to each other are filled first; those keys are set once all rows are there.
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


# The snapshot as a whole, and the manifest of the backup that it is part of.

SQLITE_FILE, TABLES_FOLDER, MANIFEST = "database.sqlite3", "tables", "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. It is written last: a folder without it is no backup."""

    format: int
    product: str
    made_at: str
    revision: str
    database: str
    database_sha256: str
    blobs: int
    blob_bytes: int
    damaged: list[str]

    def write(self, folder: Path) -> None:
        """Put the manifest into the folder, whole or not at all."""
        unfinished = folder / f"{MANIFEST}.unfinished"
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """Return a backup's manifest. Raises FileNotFoundError where there is no finished backup."""
    return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))


def dump_database(engine: sa.Engine, folder: Path) -> str:
    """Dump a snapshot of the database, while others go on writing; return its revision."""
    revision = schema_revision(engine)
    if engine.dialect.name == "sqlite":
        source = engine.url.database or ""
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(folder / SQLITE_FILE)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    else:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
            dump_tables(connection, folder / TABLES_FOLDER)
    return revision or ""


def blob_hashes(folder: Path) -> Iterator[str]:
    """Give the hash of every blob in the dumped database, except those marked for deletion."""
    if (folder / SQLITE_FILE).exists():
        with closing(sqlite3.connect(folder / SQLITE_FILE)) as copy:
            for (sha256,) in copy.execute("SELECT sha256 FROM blob WHERE NOT leaving ORDER BY sha256"):
                yield sha256
        return
    for row in dumped_rows(folder / TABLES_FOLDER, "blob"):
        if not row["leaving"]:
            yield row["sha256"]


def load_database(url: str, folder: Path, manifest: Manifest, progress: Progress = no_progress) -> None:
    """Put a backup's database into the empty place at `url`, and bring its schema to this version.

    A dump of SQLite can be loaded only into SQLite, one of PostgreSQL into either.
    """
    if manifest.database == "sqlite":
        path = Path(sa.make_url(url).database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / SQLITE_FILE, path)
    else:
        upgrade_schema(url, manifest.revision, progress)
        engine = open_engine(url)
        with engine.begin() as connection:
            load_tables(connection, folder / TABLES_FOLDER, progress)
        engine.dispose()
    upgrade_schema(url, progress=progress)


def database_digest(folder: Path) -> str:
    """Return the SHA-256 over what `dump_database` wrote."""
    digest = hashlib.sha256()
    one = folder / SQLITE_FILE
    for path in [one] if one.exists() else sorted((folder / TABLES_FOLDER).iterdir()):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def remove_database(url: str) -> None:
    """Remove the database at `url` that an interrupted restore has begun; `is_empty_place` is true again."""
    target = sa.make_url(url)
    if target.get_backend_name() == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{target.database}{ending}").unlink(missing_ok=True)
        return
    engine = open_engine(url)
    with engine.begin() as connection:
        _reflected(connection).drop_all(connection)
    engine.dispose()


def is_empty_place(url: str) -> bool:
    """Tell whether there is no database at `url` yet."""
    target = sa.make_url(url)
    if target.get_backend_name() == "sqlite":
        return not Path(target.database or "").exists()
    engine = open_engine(url)
    try:
        return not sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()
