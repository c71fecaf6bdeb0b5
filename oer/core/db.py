"""The database: the declarative base, engines for SQLite and PostgreSQL, sessions, plain rows, pages of a list."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

_WAIT_SECONDS = 6  # for the writers of this process, and then for other processes
_Asked = TypeVarTuple("_Asked")
_TURN = "oer_turn"  # key in the info of the connection that writes: its `_WriteQueue`
NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A datetime with a time zone. SQLite drops time zones, so values are stored in UTC and returned as aware UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Store in UTC. Raises ValueError for naive values, whose time zone nobody could know."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Return what was stored, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# On PostgreSQL an index can look into JSONB; on SQLite it is text.
JsonValue = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def enum_type(words: type[StrEnum], name: str, length: int = 20) -> sa.Enum:
    """Return the type of a column that holds the values of an enumeration, with a CHECK called `name`."""
    return sa.Enum(
        words,
        name=name,
        native_enum=False,  # a native type needs ALTER TYPE for each new value, and SQLite has none
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
    # The driver must not open transactions on its own: `_WriteQueue` says how each begins.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # with NORMAL a power cut loses acknowledged rows
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_WAIT_SECONDS * 1000}")
    cursor.close()


class WriteLockIsOurs(RuntimeError):
    """A thread waits for SQLite's write lock that it holds itself, in another session: it would wait in vain."""


class _WriteQueue:
    """Lets the writers of one process at a SQLite file one by one, in the order in which they came.

    SQLite's own wait is a lottery: whoever has waited longest sleeps longest between two tries, so that among a hundred
    writers some time out although each needs a few milliseconds. With this queue, only processes compete in it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None

    def begin(self, connection: sa.Connection) -> None:
        """Begin a transaction; take the write lock already here if it may write.

        A transaction that reads first and writes later can be refused midway (SQLITE_BUSY_SNAPSHOT).
        """
        if not connection.get_execution_options().get("oer_writes", False):
            # By the driver: it waits for nothing, and each page begins with it.
            connection.connection.cursor().execute("BEGIN")
            return
        self._acquire()
        connection.info[_TURN] = self
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            self.end(connection)
            raise

    def _acquire(self) -> None:
        me = threading.get_ident()
        if self._holder == me and self._lock.locked():
            raise WriteLockIsOurs(
                "This thread already holds the write lock in another session, so waiting for it is in vain. Probably "
                "that session was touched after its commit: reading an attribute of a committed object begins a new "
                "transaction. Read what you need before the commit, or close that session before you write elsewhere."
            )
        if not self._lock.acquire(timeout=_WAIT_SECONDS):
            raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))
        self._holder = me

    def release(self) -> None:
        """Let the next one begin."""
        self._holder = None
        self._lock.release()

    def end(self, connection: sa.Connection) -> None:
        """Let the next one begin, whose BEGIN waits for what this one is still writing."""
        if not connection.invalidated:  # an invalidated connection has released it already
            _release_turn(connection.info)


def _release_turn(info: dict[Any, Any]) -> None:
    queue: _WriteQueue | None = info.pop(_TURN, None)
    if queue is not None:
        queue.release()


def _transaction_is_over(_connection: Any, record: ConnectionPoolEntry | None, _why: Any) -> None:
    # However a transaction ended (that of a lost connection has neither commit nor rollback).
    if record is not None:
        _release_turn(record.info)


def open_engine(url: str) -> sa.Engine:
    """Return an engine for `url` (sqlite:///... or postgresql+psycopg://...), set up for durability."""
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=30)
    engine = sa.create_engine(url, pool_size=10, max_overflow=600, pool_timeout=10)
    event.listen(engine, "connect", _prepare_sqlite)
    queue = _WriteQueue()
    event.listen(engine, "begin", queue.begin)
    event.listen(engine, "commit", queue.end)
    event.listen(engine, "rollback", queue.end)
    event.listen(engine, "reset", _transaction_is_over)
    event.listen(engine, "invalidate", _transaction_is_over)
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
    """Return an INSERT of the database's own dialect, which has `on_conflict_do_update` and `..._nothing`."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


def open_database(url: str, info: dict[str, Any] | None = None) -> Database:
    """Return the database at `url`; `info` is put into every session (such as the job queue)."""
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


# Rows by the database's driver itself: an engine or session makes ten times as much of a short statement.

DriverValues = Mapping[str, str | int | Sequence[str | int]]


@lru_cache(maxsize=256)
def _compiled_question(question: str, dialect: sa.Dialect, sizes: tuple[tuple[str, int], ...]) -> sa.Compiled:
    for name, size in sizes:
        question = question.replace(f":{name}", ", ".join(f":{name}_{number}" for number in range(size)))
    return sa.text(question).compile(dialect=dialect)


def for_driver(question: str, values: DriverValues, dialect: sa.Dialect) -> tuple[str, Any]:
    """Return a question and its values as a dialect's driver takes them. In the question `:name` stands for a value.

    A value that is a list stands within the brackets of an `IN`; no other value's name may begin with its name.
    """
    lists = {
        name: value for name, value in values.items() if isinstance(value, Sequence) and not isinstance(value, str)
    }
    compiled: Any = _compiled_question(question, dialect, tuple((name, len(value)) for name, value in lists.items()))
    single = {name: value for name, value in values.items() if name not in lists}
    listed = {f"{name}_{number}": each for name, value in lists.items() for number, each in enumerate(value)}
    given = compiled.construct_params(single | listed)
    return compiled.string, tuple(given[name] for name in compiled.positiontup) if compiled.positional else given


def driver_rows(session: Session, question: str, values: DriverValues | None = None) -> list[tuple[Any, ...]]:
    """Return the rows of a question in the session's transaction. What was not flushed is not seen."""
    connection = session.connection()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(*for_driver(question, values or {}, connection.dialect))
        return list(cursor.fetchall())
    finally:
        cursor.close()


# One page of a longer list.

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """`items` of the page with a `number` from 1, of `size` at most, out of `total`."""

    items: Sequence[Item]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page, 1 at least."""
        return max(1, -(-self.total // self.size))

    @property
    def first_item(self) -> int:
        """The place of the page's first item in the list, from 1; 0 in an empty list."""
        return min(self.total, (self.number - 1) * self.size + 1)

    @property
    def last_item(self) -> int:
        """The place of the page's last item in the list."""
        return min(self.total, self.number * self.size)


def page_of(session: Session, query: sa.Select[Any], number: int, size: int = 20) -> Page[Any]:
    """Return a page of the first column of `query`; a number out of range gives the nearest page that there is."""
    total = session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    last = max(1, -(-total // size))
    number = min(max(1, number), last)
    items = session.scalars(query.limit(size).offset((number - 1) * size)).all()
    return Page(items, number, size, total)
