"""A snapshot of the database, dumped to a folder and loaded from it: SQLite as a file, PostgreSQL as JSON lines.

Either is loaded into either kind of database, whole or not at all.

Tables are reflected from the database, not taken from the models, so that an older backup can be loaded as it was
and then be migrated.
"""

import base64
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from oer.core.console import Progress, no_progress, tracked
from oer.core.db import Base
from oer.core.engine import open_engine
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


RowsOf = Callable[[str], Iterator[dict[str, Any]]]


def load_tables(connection: sa.Connection, rows_of: RowsOf, progress: Progress = no_progress) -> None:
    """Fill the tables of a database with the rows that `rows_of` gives by the table's name, in the open transaction.

    The database must be at the schema revision of the rows. Tables refer to each other in circles (a material to its
    current version, a version to its material), so foreign keys are checked when all rows are there.
    """
    tables = [table for table in _reflected(connection).tables.values() if table.name != VERSION_TABLE]
    with _foreign_keys_checked_last(connection):
        for table in tracked(tables, "tables", progress):
            connection.execute(sa.delete(table))  # what a migration has put in
            rows = rows_of(table.name)
            while batch := list(islice(rows, ROWS_AT_ONCE)):
                connection.execute(sa.insert(table), batch)
    if connection.dialect.name == "postgresql":
        _advance_sequences(connection, tables)


@contextmanager
def _foreign_keys_checked_last(connection: sa.Connection) -> Iterator[None]:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # until this transaction's commit
        yield
        return
    # PostgreSQL defers only constraints that were declared so. To make one anew checks all rows at once.
    found = connection.execute(
        sa.text(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        )
    ).all()
    for table, name, _definition in found:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for table, name, definition in found:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _reflected(connection: sa.Connection) -> sa.MetaData:
    metadata = sa.MetaData()
    metadata.reflect(connection)
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, sa.JSON):
                column.type.none_as_null = True  # as in the models: else NULL would come back as JSON's null
    return metadata


def dumped_rows(folder: Path, table: str, dialect: str = "") -> Iterator[dict[str, Any]]:
    """Give the rows of one dumped table, by column name, as the dialect takes them."""
    with (folder / f"{table}.jsonl").open(encoding="utf-8") as file:
        names = json.loads(file.readline())
        for line in file:
            values = (_decode(value, dialect) for value in json.loads(line))
            yield dict(zip(names, values, strict=True))


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


def blobs_in_dump(folder: Path) -> Iterator[tuple[str, int]]:
    """Give (hash, size) of every blob in the dumped database, except those marked for deletion."""
    if (folder / SQLITE_FILE).exists():
        with closing(sqlite3.connect(folder / SQLITE_FILE)) as copy:
            yield from copy.execute("SELECT sha256, size FROM blob WHERE NOT leaving ORDER BY sha256")
        return
    for row in dumped_rows(folder / TABLES_FOLDER, "blob"):
        if not row["leaving"]:
            yield row["sha256"], row["size"]


@contextmanager
def loaded_database(
    url: str, folder: Path, manifest: Manifest, progress: Progress = no_progress
) -> Iterator[sa.Connection]:
    """Load a backup's database into the empty place at `url`, at this version's schema, and give a connection to it.

    It is there for others once the block has ended well; if anything fails, the place is as empty as it was.
    Either kind of database takes a backup of either kind.
    """
    target = sa.make_url(url)
    if target.get_backend_name() != "sqlite":
        with _transaction(url) as connection:
            upgrade_schema(connection, manifest.revision, progress)
            _fill(connection, folder, manifest, progress)
            upgrade_schema(connection, progress=progress)
            yield connection
        return
    path = Path(target.database or "")
    with _replaced_when_done(path) as unfinished:
        same_kind = manifest.database == "sqlite"
        if same_kind:
            shutil.copyfile(folder / SQLITE_FILE, unfinished)
        unfinished.touch(mode=0o600)
        unfinished.chmod(0o600)
        beside = target.set(database=str(unfinished)).render_as_string(hide_password=False)
        if not same_kind:
            # Not in one transaction: foreign keys are off for a migration of SQLite, and are checked for the rows.
            upgrade_schema(beside, manifest.revision, progress)
            with _transaction(beside) as connection:
                _fill(connection, folder, manifest, progress)
        upgrade_schema(beside, progress=progress)
        with _transaction(beside) as connection:
            yield connection


def _fill(connection: sa.Connection, folder: Path, manifest: Manifest, progress: Progress) -> None:
    if manifest.database == "sqlite":
        with _opened_copy(folder / SQLITE_FILE) as copy:
            load_tables(connection, partial(_copied_rows, copy, _reflected(copy)), progress)
    else:
        load_tables(connection, partial(dumped_rows, folder / TABLES_FOLDER, dialect=connection.dialect.name), progress)


@contextmanager
def _transaction(url: str) -> Iterator[sa.Connection]:
    engine = open_engine(url)
    try:
        with engine.execution_options(oer_writes=True).begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _opened_copy(file: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///file:{quote(str(file.absolute()))}?mode=ro&uri=true", hide_parameters=True)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _copied_rows(copy: sa.Connection, tables: sa.MetaData, name: str) -> Iterator[dict[str, Any]]:
    for row in copy.execution_options(yield_per=ROWS_AT_ONCE).execute(sa.select(tables.tables[name])).mappings():
        yield {column: _in_utc(value) for column, value in row.items()}


def _in_utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


@contextmanager
def _replaced_when_done(path: Path) -> Iterator[Path]:
    """Give the name of a new file that takes the place of `path` when the block ends well, else is gone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.restoring")
    _remove_sqlite(unfinished)  # of a restore that was killed
    try:
        yield unfinished
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        _remove_sqlite(path)  # it holds nothing, but SQLite would read its log into the new file
        unfinished.rename(path)
    except BaseException:
        _remove_sqlite(unfinished)
        raise


def _remove_sqlite(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)


def database_digest(folder: Path) -> str:
    """Return the SHA-256 over what `dump_database` wrote."""
    digest = hashlib.sha256()
    one = folder / SQLITE_FILE
    for path in [one] if one.exists() else sorted((folder / TABLES_FOLDER).iterdir()):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def is_empty_place(url: str) -> bool:
    """Tell whether there is no table of ours at `url` yet; a queue's tables, say, are no hindrance."""
    target = sa.make_url(url)
    if target.get_backend_name() == "sqlite" and not Path(target.database or "").exists():
        return True
    engine = open_engine(url)
    try:
        return not {VERSION_TABLE, *Base.metadata.tables} & set(sa.inspect(engine).get_table_names())
    except sa.exc.DatabaseError:  # a file that is no database is somebody's nevertheless
        if target.get_backend_name() != "sqlite":
            raise
        return False
    finally:
        engine.dispose()
