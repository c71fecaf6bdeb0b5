"""The database: one declarative base, engines for SQLite and PostgreSQL, sessions for requests, commands and jobs."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

_WAIT_SECONDS = 6  # for the turn in this process, and then for other processes
_Asked = TypeVarTuple("_Asked")
_TURN = "oer_turn"  # in a connection's info while it is the one that writes
NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment. SQLite forgets time zones, so everything is stored in UTC and handed out aware."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse naive values: whose midnight would they mean?"""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Hand out what was stored as an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# On PostgreSQL an index can look into JSONB; on SQLite it is text.
JsonValue = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def choice(words: type[StrEnum], name: str, length: int = 20) -> sa.Enum:
    """Return the type of a column that holds the values of `words`; `name` is its constraint's."""
    return sa.Enum(
        words,
        name=name,
        native_enum=False,  # a native type needs ALTER TYPE for each new word, and SQLite has none
        create_constraint=True,
        length=length,
        values_callable=lambda enumeration: [word.value for word in enumeration],
    )


class Base(DeclarativeBase):
    """What every table derives from."""

    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it off the class)
        datetime: UtcDateTime(),
        dict[str, Any]: JsonValue,
        dict[str, str]: JsonValue,
        list[str]: JsonValue,
        list[Any]: JsonValue,
    }


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver must not open transactions on its own: `_WritersInTurn` says how each begins.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # with NORMAL a power cut loses acknowledged rows
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_WAIT_SECONDS * 1000}")
    cursor.close()


class _WritersInTurn:
    """Lets the writers of one process at a SQLite file one by one, in the order in which they came.

    SQLite's own wait is a lottery: whoever has waited longest sleeps longest between two tries, so that among a hundred
    writers some wait out their time although each needs a few milliseconds. Here only the processes draw lots.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def begin(self, connection: sa.Connection) -> None:
        """Begin a transaction; take the write lock already here if it may write.

        A transaction that reads first and writes later can be refused midway (SQLITE_BUSY_SNAPSHOT).
        """
        if not connection.get_execution_options().get("oer_writes", False):
            # By the driver: it waits for nothing, and each page begins with it.
            connection.connection.cursor().execute("BEGIN")
            return
        if not self._turn.acquire(timeout=_WAIT_SECONDS):
            raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))
        connection.info[_TURN] = self._turn
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            self.end(connection)
            raise

    def end(self, connection: sa.Connection) -> None:
        """Let the next one begin, whose BEGIN waits for what this one is still writing."""
        if not connection.invalidated:  # whose turn is over already
            _give_up_turn(connection.info)


def _give_up_turn(info: dict[Any, Any]) -> None:
    turn = info.pop(_TURN, None)
    if turn is not None:
        turn.release()


def _turn_is_over(_connection: Any, record: ConnectionPoolEntry | None, _why: Any) -> None:
    # However a transaction ended (that of a lost connection has neither commit nor rollback).
    if record is not None:
        _give_up_turn(record.info)


def open_engine(url: str) -> sa.Engine:
    """Return an engine for `url` (sqlite:///... or postgresql+psycopg://...), set up for durability."""
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=30)
    engine = sa.create_engine(url, pool_size=10, max_overflow=600, pool_timeout=10)
    event.listen(engine, "connect", _prepare_sqlite)
    turns = _WritersInTurn()
    event.listen(engine, "begin", turns.begin)
    event.listen(engine, "commit", turns.end)
    event.listen(engine, "rollback", turns.end)
    event.listen(engine, "reset", _turn_is_over)
    event.listen(engine, "invalidate", _turn_is_over)
    return engine


@dataclass(frozen=True)
class Database:
    """An engine and its two kinds of session: one that only reads, one that may write."""

    engine: sa.Engine
    reading: sessionmaker[Session]
    writing: sessionmaker[Session]

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a writing session that is committed once at the end, or rolled back if the body raises."""
        with self.writing() as session:
            yield session
            session.commit()


def insert_into(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that can say what follows where the key is there already: `on_conflict_do_...`."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


def open_database(url: str, info: dict[str, Any] | None = None) -> Database:
    """Return the database at `url`; `info` is put into every session (the queue for wake-ups, say)."""
    engine = open_engine(url)
    info = info or {}
    return Database(
        engine,
        sessionmaker(engine, info=info),
        sessionmaker(engine.execution_options(oer_writes=True), info=info),
    )


def plain_rows(session: Session, statement: sa.Select[*_Asked], values: Mapping[str, Any]) -> Sequence[sa.Row[*_Asked]]:
    """Return the rows of a statement that asks for columns, not for objects, in the session's transaction.

    By the connection: the session would look for objects to make, which takes as long as all the rest. What was not
    flushed is not seen.
    """
    return session.connection().execute(statement, values).all()
