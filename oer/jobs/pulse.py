"""The pulse of a worker: what it did is collected in memory, and written to the database every few seconds.

The scheduler's thread writes it. A pulse that is there says that the scheduler goes round, `JobRun` that jobs are done.
"""

import logging
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from oer.core.clock import LEEWAY, now
from oer.core.db import insert_into
from oer.core.ids import new_token
from oer.core.installation import Installation
from oer.jobs.models import JobRun, Worker

log = logging.getLogger(__name__)
LONGEST_PAUSE = 10.0
KEPT = timedelta(days=2)


@dataclass
class _Record:
    runs: int = 0
    failures: int = 0
    failures_in_a_row: int = 0
    seconds: float = 0.0
    finished_at: datetime | None = None
    running: dict[int, datetime] = field(default_factory=dict)
    is_written: bool = False


class Pulse:
    """What one worker says about itself. Its threads tell of their jobs; `beat` writes it down."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._id = new_token()[:22]
        self._started_at = now()
        self._queue_at: datetime | None = None
        self._records: dict[str, _Record] = {}
        self._lock = threading.Lock()
        self._pause = min(LONGEST_PAUSE, installation.settings.worker_silence_seconds / 4)
        self._next_beat = 0.0
        self._is_told = False

    @contextmanager
    def running(self, name: str, *, queued: bool = False) -> Iterator[None]:
        """Note that a job runs, and how it ends. Its errors are passed on."""
        me, began = threading.get_ident(), time.monotonic()
        with self._lock:
            record = self._records.setdefault(name, _Record())
            record.running[me] = now()
        failed = True
        try:
            yield
            failed = False
        finally:
            with self._lock:
                record.running.pop(me, None)
                record.runs += 1
                record.seconds += time.monotonic() - began
                record.is_written = False
                if failed:
                    record.failures += 1
                    record.failures_in_a_row += 1
                else:
                    record.failures_in_a_row = 0
                    record.finished_at = now()
                if queued:
                    self._queue_at = now()

    def beat_if_due(self) -> None:
        """Write the pulse down if it is time. A database that does not answer is told once, and tried again."""
        if time.monotonic() < self._next_beat:
            return
        try:
            self.beat()
            self._is_told = False
        except (SQLAlchemyError, OSError) as error:
            if not self._is_told:
                log.warning("the worker's pulse cannot be written: %s", type(error).__name__)
            self._is_told = True
        self._next_beat = time.monotonic() + self._pause

    def beat(self, stopped_at: datetime | None = None) -> None:
        """Write the pulse down now."""
        moment = now()
        rows = self._rows_to_write()
        with self._installation.database.transaction() as session:
            worker = {"host": platform.node(), "started_at": self._started_at, "beat_at": moment}
            worker |= {"id": self._id, "queue_at": self._queue_at, "stopped_at": stopped_at}
            _put(session, Worker, [worker], ("id",))
            _put(session, JobRun, rows, ("worker_id", "name"))
            # One of before, or one whose clock was ahead.
            forgotten = sa.or_(Worker.beat_at < moment - KEPT, Worker.beat_at > moment + LEEWAY)
            session.execute(sa.delete(Worker).where(forgotten, Worker.id != self._id))
        with self._lock:
            for row in rows:
                record = self._records[row["name"]]
                record.is_written = record.runs == row["runs"] and not record.running

    def stop(self) -> None:
        """Say that this worker was stopped as it should be."""
        try:
            self.beat(stopped_at=now())
        except (SQLAlchemyError, OSError) as error:
            log.warning("the worker's end cannot be written: %s", type(error).__name__)

    def _rows_to_write(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {
                    "worker_id": self._id,
                    "name": name,
                    "runs": each.runs,
                    "failures": each.failures,
                    "failures_in_a_row": each.failures_in_a_row,
                    "seconds": round(each.seconds, 3),
                    "finished_at": each.finished_at,
                    "running_since": min(each.running.values(), default=None),
                }
                for name, each in self._records.items()
                if not each.is_written
            ]


def _put(session: Any, table: type[Worker] | type[JobRun], rows: list[dict[str, Any]], key: tuple[str, ...]) -> None:
    if rows:
        statement = insert_into(session, table)
        changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
        session.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows)
