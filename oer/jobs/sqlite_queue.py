"""The queue in an SQLite file that can be thrown away: damaged or deleted, it is made anew, at the start or later."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from huey.storage import SqliteStorage

from oer.core.private_files import create_private_file
from oer.core.replaceable import put_aside, replacing

_COMPANIONS = ("-wal", "-shm", "-journal")
# By SQLite's primary code, and a read that ends before the page does.
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_CUT_SHORT = 522  # SQLITE_IOERR_SHORT_READ, which the module names from Python 3.12 on


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error says that the file itself is damaged, and not only busy or out of reach."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF in _DAMAGE or code == _CUT_SHORT)


class ReplaceableStorage(SqliteStorage):  # type: ignore[misc]
    """Huey's storage in SQLite over a file that may be replaced at any time, by this process or by another one.

    What waited in it is lost; the sweeps find the rows.
    """

    _conn: Any

    def __init__(self, name: str = "huey", filename: str = "huey.db", **options: Any) -> None:
        self._path = Path(filename)
        self._inode = 0
        damage = _damage_of(self._path)
        if damage:
            self._replace()
        super().__init__(name, filename, **options)

    def _create_connection(self) -> Any:
        create_private_file(self._path)
        return super()._create_connection()

    @property
    def conn(self) -> Any:
        """The connection, opened again once the file is another one: else jobs would be sent into a deleted file."""
        if self._conn is not None and self._inode != _inode_of(self._path):
            self._conn.close()
            self._conn = None
        if self._conn is None:
            self._conn = self._create_connection()
            self._inode = _inode_of(self._path)
            for statement in self.ddl:
                self._conn.execute(statement)
        return self._conn

    @contextmanager
    def db(self, commit: bool = False, close: bool = False) -> Iterator[Any]:
        """Give a cursor, as Huey asks. Damage is raised as well, but whoever comes next finds a new file."""
        try:
            with super().db(commit=commit, close=close) as cursor:
                yield cursor
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                self.close()
                self._replace()
            raise

    def _replace(self) -> None:
        with replacing(self._path):
            damage = _damage_of(self._path)
            if damage:
                put_aside(self._path, damage, companions=_COMPANIONS)


def _inode_of(path: Path) -> int:
    try:
        return os.stat(path).st_ino  # noqa: PTH116 (each job is sent through here)
    except FileNotFoundError:
        return -1


def _damage_of(path: Path) -> str:
    """Return what SQLite says of a file that is damaged; "" of one that is whole, busy or not there."""
    if not path.exists():
        return ""
    try:
        with closing(sqlite3.connect(path, timeout=5)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
    except sqlite3.DatabaseError as error:
        return str(error) if is_damage(error) else ""
    return "" if found == ["ok"] else str(found[0])
