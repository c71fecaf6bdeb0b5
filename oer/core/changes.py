"""Whether a database was written to, by whichever process or host: asked often, and without naming any table."""

import itertools
import logging
import threading
import time
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

log = logging.getLogger(__name__)
ASK_SECONDS = 0.1
RETRY_SECONDS = 1.0
SURE_SECONDS = 0.6  # an answer that is older says nothing, so that every host notices within a second
# Both change with every commit that wrote something, and may change without one.
_QUESTIONS = {
    "sqlite": "PRAGMA data_version",  # of this connection: commits by all others change it
    "postgresql": "SELECT CAST(txid_current_snapshot() AS text)",
}


class ChangeWatch:
    """A number that is another one after every commit. What was read under a number is right while it stays the same.

    A thread asks the database ten times a second, by a connection of its own.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._question = _QUESTIONS[engine.dialect.name]
        self._connection: Any = None
        self._numbers = itertools.count(1)
        self._mark: Any = None
        self._asked_at = float("-inf")
        self.number = 0

    @property
    def is_sure(self) -> bool:
        """Whether the number is known to be that of the last second."""
        return time.monotonic() - self._asked_at < SURE_SECONDS

    def start(self) -> None:
        """Ask from now on, in a thread that ends with the process."""
        threading.Thread(target=self._go_on, name="changes", daemon=True).start()

    def _go_on(self) -> None:
        while True:
            time.sleep(ASK_SECONDS if self.ask() else RETRY_SECONDS)

    def ask(self) -> bool:
        """Ask the database once; tell whether it answered."""
        begun = time.monotonic()
        try:
            mark = self._answer()
        except Exception as error:  # of SQLAlchemy or of the driver: whatever it is, nothing is known
            log.debug("the database does not say whether it changed: %s", type(error).__name__)
            self.close()
            self.has_changed()
            return False
        if mark != self._mark:
            self._mark = mark
            self.has_changed()
        self._asked_at = begun
        return True

    def has_changed(self) -> None:
        """Say that something may have changed, sooner than the database would be asked."""
        self.number = next(self._numbers)

    def _answer(self) -> Any:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
            if self._engine.dialect.name == "postgresql":
                self._connection.driver_connection.autocommit = True
            self._connection.detach()  # it is not the pool's any more: it lives as long as this watch
        cursor = self._connection.cursor()
        try:
            cursor.execute(self._question)
            return cursor.fetchone()
        finally:
            cursor.close()

    def close(self) -> None:
        """Give up the connection; the next question opens another one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()
