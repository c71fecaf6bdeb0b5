"""The queue of wake-ups, over Huey: SQLite beside the database, or PostgreSQL or Redis by a URL."""

import logging
from pathlib import Path
from typing import Any

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey

from oer.core.engines import Engines
from oer.jobs.registry import registered_jobs

log = logging.getLogger(__name__)


class Queue:
    """Sends names and ids to the worker, and runs there what they stand for."""

    def __init__(self, huey: Huey) -> None:
        self.huey = huey
        self._engines: Engines | None = None
        self._task = huey.task(name="run")(self._run)

    def send(self, name: str, identifier: str) -> None:
        """Wake the job `name` for `identifier`."""
        self._task(name, identifier)

    def serve(self, engines: Engines) -> None:
        """Say with which engines this process runs jobs: it is a worker."""
        self._engines = engines

    def run_waiting(self) -> int:
        """Run here what waits, and what that wakes in turn; return how many runs. For tests and commands."""
        count = 0
        while (task := self.huey.dequeue()) is not None:
            self.huey.execute(task)
            count += 1
        return count

    def _run(self, name: str, identifier: str) -> None:
        if self._engines is None:
            raise RuntimeError("this process has not said which engines its jobs use")
        found = registered_jobs().get(name)
        if found is None:
            log.error("no job is called %s", name)
            return
        try:
            found.run(self._engines, identifier)
        except Exception:
            # The row keeps its state; the job's sweep tries again. The queue must move on.
            log.exception("job %s failed for %s", name, identifier)


def open_queue(url: str) -> Queue:
    """Return the queue at `url`: sqlite:PATH, postgresql://... or redis://..."""
    return Queue(_huey(url))


def _huey(url: str) -> Any:
    scheme, _, rest = url.partition(":")
    options: dict[str, Any] = {"results": False, "store_none": False}
    if scheme == "sqlite":
        Path(rest).parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey("oer", filename=rest, **options)
    if scheme.startswith("postgresql"):
        return PostgresHuey("oer", dsn=url.replace("postgresql+psycopg", "postgresql"), **options)
    if scheme.startswith("redis"):
        return RedisHuey("oer", url=url, **options)
    raise ValueError(f"no job queue is known for {scheme}:")
