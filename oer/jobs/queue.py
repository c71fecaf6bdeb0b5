"""Background jobs: the register of jobs, and the queue (over Huey) through which a job is enqueued.

Rows in the database are the truth; what goes through the queue is only a hint to look at them now. Each feature's
`jobs.py` registers its jobs by name when it is imported.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cachetools import TTLCache
from huey import Huey, PostgresHuey, PriorityRedisHuey
from huey.exceptions import ConfigurationError
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from oer.backends.outages import Part
from oer.core.database_errors import first_line
from oer.core.installation import Installation
from oer.failpoints import fail_point
from oer.jobs.failures import JobFailures
from oer.jobs.messages import JsonMessages
from oer.jobs.pulse import Pulse
from oer.jobs.sqlite_queue import ReplaceableStorage
from oer.setting_checks import without_password

Run = Callable[[Installation, str], None]
Sweep = Callable[[Installation], None]


SOMEBODY_WAITS, USUAL, IN_BULK = 10, 0, -10
"""Priorities: the highest is done first, jobs of one priority in the order in which they came."""


@dataclass(frozen=True)
class Job:
    """Background work: run when it is enqueued by name, and every `seconds` by itself if these are given.

    `is_asked_repeatedly`: a browser asks until it is done; the queue gets one wish of a process in `REPEATED_SECONDS`.
    """

    name: str
    run: Run
    seconds: float | None = None
    priority: int = USUAL
    is_asked_repeatedly: bool = False


_jobs: dict[str, Job] = {}


def job(name: str, *, priority: int = USUAL, is_asked_repeatedly: bool = False) -> Callable[[Run], Run]:
    """Register a function of (installation, identifier) as the job `name`, for `enqueue(session, name, identifier)`."""

    def register(run: Run) -> Run:
        _jobs[name] = Job(name, run, priority=priority, is_asked_repeatedly=is_asked_repeatedly)
        return run

    return register


def every(seconds: float, name: str, *, priority: int = USUAL) -> Callable[[Sweep], Sweep]:
    """Register a function of (installation) that the worker runs every so many seconds; it can be enqueued too."""

    def register(sweep: Sweep) -> Sweep:
        def run(installation: Installation, _identifier: str) -> None:
            sweep(installation)

        _jobs[name] = Job(name, run, seconds, priority)
        return sweep

    return register


def registered_jobs() -> dict[str, Job]:
    """Return all jobs by name."""
    return dict(_jobs)


# The queue, over Huey: SQLite beside the database, or PostgreSQL or Redis by a URL.

log = logging.getLogger(__name__)
ASKED_AGAIN_SECONDS = 600
REPEATED_SECONDS = 10
LONGEST_PAUSE = 5.0
QUEUE_SECONDS = 5  # in which the server of a queue has to take a connection


class QueueUnavailable(RuntimeError):
    """The queue cannot be opened; the message says why, and what helps."""


class Queue:
    """Sends the name and identifier of a job to the worker, and runs it there."""

    def __init__(self, huey: Huey, url: str = "") -> None:
        self.huey = huey
        self.part = Part("job queue")
        self._url = without_password(url)
        self._installation: Installation | None = None
        self._pulse: Pulse | None = None
        self._asked: TTLCache[tuple[str, str], bool] = TTLCache(maxsize=10_000, ttl=ASKED_AGAIN_SECONDS)
        self._sent: TTLCache[tuple[str, str], bool] = TTLCache(maxsize=10_000, ttl=REPEATED_SECONDS)
        self._lock = threading.Lock()
        self._task = huey.task(name="run")(self._run)

    def send(self, name: str, identifier: str, *, in_bulk: bool = False) -> None:
        """Send a job to the worker, or drop it where the queue is away: the job's sweep finds its row.

        Services call `enqueue` instead, which waits for the commit.
        """
        known = registered_jobs().get(name)
        if known and known.is_asked_repeatedly and not self._is_first(self._sent, name, identifier):
            return
        priority = IN_BULK if in_bulk else known.priority if known else USUAL
        try:
            self.part.refuse_while_away()
            self._task(name, identifier, priority=priority)
        except Exception as error:  # of the driver of whichever kind of queue it is
            self.part.failed(f"job {name} was not sent ({first_line(error)[:200]})", error)
        else:
            self.part.worked()

    def probe(self) -> None:
        """Ask the queue how long it is. Raises QueueUnavailable."""
        try:
            self.huey.storage.queue_size()
        except Exception as error:  # of the driver of whichever kind of queue it is
            raise QueueUnavailable(_unreachable(self._url, error)) from error
        self.part.worked()

    def serve(self, installation: Installation, pulse: Pulse | None = None) -> None:
        """Make this process one that can run jobs, on this installation; the pulse is told of each."""
        self._installation, self._pulse = installation, pulse
        self._failures = JobFailures(installation.database)

    def read_patiently(self) -> None:
        """Have the worker's threads wait for a queue that is away, where Huey would log a traceback at each try."""
        self.huey.dequeue = self._patient(self.huey.dequeue, None)
        self.huey.read_schedule = self._patient(self.huey.read_schedule, [])

    def _patient(self, read: Callable[..., Any], nothing: Any) -> Callable[..., Any]:
        pause = 0.0

        def read_or_wait(*given: Any, **options: Any) -> Any:
            nonlocal pause
            try:
                found = read(*given, **options)
            except Exception as error:  # of the driver of whichever kind of queue it is
                self.part.failed(f"it cannot be read ({first_line(error)[:200]})", error)
                pause = min(LONGEST_PAUSE, max(0.5, pause * 2))
                time.sleep(pause)
                return nothing
            pause = 0.0
            self.part.worked()
            return found

        return read_or_wait

    def is_news(self, name: str, identifier: str) -> bool:
        """Tell whether nobody asked this of this process within the last ten minutes."""
        return self._is_first(self._asked, name, identifier)

    def _is_first(self, remembered: TTLCache[tuple[str, str], bool], name: str, identifier: str) -> bool:
        with self._lock:
            if (name, identifier) in remembered:
                return False
            remembered[name, identifier] = True
            return True

    def run_waiting(self) -> int:
        """Run all waiting jobs here, and those that they enqueue; return how many. For tests and commands."""
        count = 0
        while (task := self.huey.dequeue()) is not None:
            self.huey.execute(task)
            count += 1
        return count

    def _run(self, name: str, identifier: str) -> None:
        if self._installation is None:
            raise RuntimeError("serve() must be called before jobs can run in this process")
        found = registered_jobs().get(name)
        if found is None:
            log.error("no job is called %s", name)
            return
        with self._lock:
            self._sent.pop((name, identifier), None)
        try:
            with self._pulse.running(name, queued=True) if self._pulse else nullcontext():
                found.run(self._installation, identifier)
        except Exception as error:
            # The row keeps its state; the job's sweep tries again. The queue must move on.
            self._failures.failed(name, f"job {name} for {identifier}", error)
        else:
            self._failures.worked(name)


def open_queue(url: str) -> Queue:
    """Return the queue at `url`: sqlite:PATH, postgresql://... or redis://... Raises QueueUnavailable."""
    try:
        return Queue(_huey(url), url)
    except QueueUnavailable:
        raise
    except ConfigurationError as error:  # of Huey, where a library is missing
        extra = "redis" if url.startswith("redis") else "postgresql"
        raise QueueUnavailable(
            f"The queue of OER_JOBS_URL needs a library that is not installed: pip install 'hoclieumo-oer[{extra}]'"
        ) from error
    except Exception as error:  # of the driver of whichever kind of queue it is
        raise QueueUnavailable(_unreachable(without_password(url), error)) from error


def _unreachable(shown: str, error: Exception) -> str:
    return f"The job queue {shown} does not answer ({first_line(error)[:200]}): is it running, is OER_JOBS_URL right?"


def _huey(url: str) -> Any:
    scheme, _, rest = url.partition(":")
    options: dict[str, Any] = {"results": False, "store_none": False, "serializer": JsonMessages()}
    if scheme == "sqlite":
        Path(rest).parent.mkdir(parents=True, exist_ok=True)
        return Huey("oer", storage_class=ReplaceableStorage, filename=rest, **options)
    if scheme.startswith("postgresql"):
        dsn = url.replace("postgresql+psycopg", "postgresql")
        return PostgresHuey("oer", dsn=dsn, connect_timeout=QUEUE_SECONDS, **options)
    if scheme.startswith("redis"):
        # The name is not that of the list which versions without priorities kept: a key has one type.
        return PriorityRedisHuey("oer-jobs", url=url, **options)
    raise QueueUnavailable(f"no job queue is known for {scheme}:")


# Jobs wait for the commit: a worker must never look for a row that is not there yet.

_WAITING = "jobs_waiting"


def enqueue(session: Session, name: str, identifier: Any = "", *, in_bulk: bool = False) -> None:
    """Ask for the job `name` to be run for `identifier` once this session's transaction is committed.

    Jobs of one transaction are sent in order, each once. One may be lost: the job's own sweep finds its row. What is
    asked for `in_bulk`, as by an import of thousands, is done when nothing else waits.
    """
    waiting: dict[tuple[str, str], bool] = session.info.setdefault(_WAITING, {})
    waiting[name, str(identifier)] = in_bulk


def ask_at_once(session: Session, name: str, identifier: str) -> bool:
    """Ask for a job from a request that only reads, and so never commits: it found something that a worker must see.

    Each process asks once in ten minutes, so that a page that is loaded again and again does not fill the queue: tells
    whether it asked now.
    """
    queue: Queue | None = session.info.get("job_queue")
    if queue is None or not queue.is_news(name, identifier):
        return False
    queue.send(name, identifier)
    return True


@event.listens_for(Session, "after_commit")
def _send(session: Session) -> None:
    # Releasing a savepoint fires this event too; the outer transaction may still be rolled back.
    if session.in_nested_transaction():
        return
    queue = session.info.get("job_queue")
    if session.info.get(_WAITING):
        fail_point("jobs.sending")
    for (name, identifier), in_bulk in session.info.pop(_WAITING, {}).items():
        if queue is None:
            continue
        queue.send(name, identifier, in_bulk=in_bulk)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    if not previous.nested:
        session.info.pop(_WAITING, None)
