"""What a database's error means: whether it is away, busy or full; in words that name no value of a row."""

import errno
import os
import re
import sqlite3
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Trouble(StrEnum):
    """What keeps a database from doing what is asked, though nothing is wrong with the question."""

    AWAY = "away"
    BUSY = "busy"
    FULL = "full"


@dataclass(frozen=True)
class DatabaseTrouble:
    """A trouble, and what the database says of it, in one line."""

    kind: Trouble
    why: str


def database_errors() -> tuple[type[Exception], ...]:
    """Return the classes of errors of the databases that this process has opened, SQLAlchemy's and the drivers' own."""
    psycopg = sys.modules.get("psycopg")  # loaded with the engine, and an optional extra
    return (DBAPIError, PoolTimeout, sqlite3.Error, *((psycopg.Error,) if psycopg else ()))


def trouble_of(error: BaseException) -> DatabaseTrouble | None:
    """Return the trouble that an error of the database tells of; None for any other error, such as a broken rule."""
    if isinstance(error, PoolTimeout):
        return DatabaseTrouble(Trouble.BUSY, "no connection was free in time")
    original = error.orig if isinstance(error, DBAPIError) else error
    if original is None or not isinstance(error, database_errors()):
        return None
    kind = _of_sqlite(original) if isinstance(original, sqlite3.Error) else _of_postgresql(original)
    if kind is None and isinstance(error, DBAPIError) and error.connection_invalidated:
        kind = Trouble.AWAY
    return DatabaseTrouble(kind, first_line(original)) if kind else None


def first_line(error: BaseException) -> str:
    """Return what a driver's error says first; what follows (DETAIL: ...) may hold the values of a row."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _of_sqlite(error: sqlite3.Error) -> Trouble | None:
    # A wait that our own queue of writers gave up has no code.
    name = getattr(error, "sqlite_errorname", None) or ("SQLITE_BUSY" if "locked" in str(error) else "")
    if name == "SQLITE_FULL":
        return Trouble.FULL
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Trouble.BUSY
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_READONLY")):
        return Trouble.AWAY
    return None


def _of_postgresql(error: Any) -> Trouble | None:
    # https://www.postgresql.org/docs/current/errcodes-appendix.html; without a code the connection itself failed.
    state = getattr(error, "sqlstate", None)
    if state is None:
        return Trouble.AWAY if type(error).__name__ in {"OperationalError", "InterfaceError"} else None
    if state in {"53100", "58030"}:
        return Trouble.FULL if state == "53100" else Trouble.AWAY
    if state.startswith("53") or state in {"40001", "40P01", "55P03", "57014"}:
        return Trouble.BUSY
    return Trouble.AWAY if state.startswith(("08", "28", "57P", "3D")) else None


def is_full(trouble: DatabaseTrouble, url: sa.URL) -> bool:
    """Tell whether a trouble comes of a disk without room, also where SQLite only says that a write failed.

    SQLite calls a used-up quota (EDQUOT) an I/O error like any other, so a few bytes are written beside the file.
    """
    if trouble.kind is not Trouble.AWAY or url.get_backend_name() != "sqlite" or "I/O" not in trouble.why:
        return trouble.kind is Trouble.FULL
    try:
        with tempfile.TemporaryFile(dir=Path(url.database or "").absolute().parent) as probe:
            probe.write(b"\0" * 65536)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return error.errno in FULL_DISK
    return False


def database_sentence(error: BaseException, url: str) -> str | None:
    """Return in one sentence, for operators, why the database at `url` cannot be used; None for any other error."""
    trouble = trouble_of(error)
    if trouble is None:
        return None
    place = sa.make_url(url)
    what = f"the database {place.database}" + (f" at {place.host}:{place.port or 5432}" if place.host else "")
    if re.search(r'database ".*" does not exist', trouble.why):
        return f"There is no {what.removeprefix('the ')}: make it, or mend OER_DATABASE_URL."
    if re.search(r"password|role|authentication|pg_hba", trouble.why):
        return f"The user for {what} is refused: mend user and password in OER_DATABASE_URL."
    if place.get_backend_name() == "sqlite":
        return f"The SQLite file {place.database} cannot be used ({trouble.why}): look at its folder, rights and disk."
    if trouble.kind is Trouble.AWAY:
        return f"T{what[1:]} does not answer: is it running, is OER_DATABASE_URL right? ({trouble.why[:200]})"
    return f"T{what[1:]} is {trouble.kind} ({trouble.why})."
