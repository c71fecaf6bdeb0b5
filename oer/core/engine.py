"""Engines for SQLite and PostgreSQL: durable, patient with each other's writers, and quiet about the values of rows."""

import re
import sqlite3
import threading
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from oer.backends.outages import Part
from oer.core.database_errors import first_line
from oer.core.private_files import create_private_file

_WAIT_SECONDS = 6  # for the writers of this process, and then for other processes
# Of libpq: a host that is gone answers nothing at all, and by itself a connection would wait for it for minutes.
_POSTGRESQL_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
_TURN = "oer_turn"  # key in the info of the connection that writes: its `_WriteQueue`


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

    def __init__(self, part: Part) -> None:
        self._part = part
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
        self._part.worked()

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


class LibraryMissing(RuntimeError):
    """The library for this kind of database is not installed; the message says how it is."""


def open_engine(url: str, part: Part | None = None) -> sa.Engine:
    """Return an engine for `url` (sqlite:///... or postgresql+psycopg://...), set up for durability.

    No error that it raises holds a value of a row, so that a log has no names, addresses and hashes of passphrases.
    `part` is told when no connection can be made, and when one can again.
    """
    part = part or Part("database")
    place = sa.make_url(url)
    if place.get_backend_name() == "sqlite":
        return _sqlite_engine(url, part)
    try:
        place.get_dialect().import_dbapi()
    except ModuleNotFoundError as error:
        raise LibraryMissing(
            f"A database in PostgreSQL needs a library ({error.name}): pip install 'hoclieumo-oer[postgresql]'"
        ) from error
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=30,
        connect_args={name: each for name, each in _POSTGRESQL_PATIENCE.items() if name not in place.query},
    )
    event.listen(engine, "do_connect", _Connecting(part))
    event.listen(engine, "handle_error", _hide_values)
    return engine


def _sqlite_engine(url: str, part: Part) -> sa.Engine:
    engine = sa.create_engine(url, hide_parameters=True, pool_size=10, max_overflow=600, pool_timeout=10)
    event.listen(engine, "do_connect", _create_privately)
    event.listen(engine, "connect", _prepare_sqlite)
    queue = _WriteQueue(part)
    event.listen(engine, "begin", queue.begin)
    event.listen(engine, "commit", queue.end)
    event.listen(engine, "rollback", queue.end)
    event.listen(engine, "reset", _transaction_is_over)
    event.listen(engine, "invalidate", _transaction_is_over)
    return engine


def _create_privately(_dialect: Any, _record: Any, given: tuple[Any, ...], _options: Any) -> None:
    path = str(given[0]) if given else ""
    if path and not path.startswith((":", "file:")):
        create_private_file(Path(path))


class _Connecting:
    """Connects, and for a second after it failed says so at once: threads do not queue for a host that is gone."""

    def __init__(self, part: Part) -> None:
        self._part = part

    def __call__(self, dialect: Any, _record: Any, given: tuple[Any, ...], options: dict[str, Any]) -> Any:
        self._part.refuse_while_away()
        try:
            connection = dialect.connect(*given, **options)
        except Exception as error:
            self._part.failed(f"no connection: {first_line(error)}", error)
            raise
        self._part.worked()
        return connection


def _hide_values(context: Any) -> None:
    """Cut the values of rows out of an error of PostgreSQL: it says "DETAIL: Failing row contains (...)"."""
    original = context.original_exception
    said = _without_values(first_line(original))
    original.args = (said,)
    if context.sqlalchemy_exception is not None:
        kind = type(original)
        context.sqlalchemy_exception.args = (f"({kind.__module__}.{kind.__name__}) {said}",)


def _without_values(said: str) -> str:
    # Such as: invalid input syntax for type integer: "..."; a value may hold quotes itself.
    return re.sub(r'(: ?)".*"', r'\1"..."', said)
