"""Jobs that fail again and again: told once, counted, and tried again after growing pauses."""

import logging
import threading
import traceback

from oer.backends.outages import Part
from oer.backends.storage import StoreUnavailable
from oer.core.database_errors import is_full, trouble_of
from oer.core.db import Database
from oer.core.errors import Unavailable

log = logging.getLogger(__name__)
LONGEST_PAUSE = 60.0


class JobFailures:
    """What fails in one worker, job by job.

    An outage of the database or store is told by these alone, in one line for all jobs. Any other error leaves one
    traceback; as long as the same job fails in the same place it is counted, and its next success says how often.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._parts: dict[str, tuple[str, Part]] = {}
        self._in_a_row: dict[str, int] = {}

    def failed(self, name: str, what: str, error: Exception) -> None:
        """Note that a job failed. `what` says which in the log."""
        with self._lock:
            self._in_a_row[name] = self._in_a_row.get(name, 0) + 1
        if self._is_outage(error):
            return
        where = _place_of(error)
        with self._lock:
            known, part = self._parts.get(name, ("", Part(f"job {name}")))
            self._parts[name] = where, part
        if known != where or not part.is_away:
            log.error("%s failed", what, exc_info=error)
        part.failed(f"fails with {type(error).__name__}")

    def worked(self, name: str) -> None:
        """Note that a job was done."""
        with self._lock:
            self._in_a_row.pop(name, None)
            _where, part = self._parts.get(name, ("", None))
        if part is not None:
            part.worked()

    def pause(self, name: str) -> float:
        """Return for how many seconds at least a job that failed is not tried again; 0.0 for one that did not."""
        count = self._in_a_row.get(name, 0)
        return min(LONGEST_PAUSE, 2.0**count) if count else 0.0

    def _is_outage(self, error: Exception) -> bool:
        if isinstance(error, StoreUnavailable | Unavailable):
            return True  # the store has told it
        trouble = trouble_of(error)
        if trouble is None:
            return False
        full = is_full(trouble, self._database.engine.url)
        (self._database.disk if full else self._database.part).failed(trouble.why)
        return True


def _place_of(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{type(error).__name__} {last[0].filename}:{last[0].lineno}" if last else type(error).__name__
