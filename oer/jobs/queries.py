"""How the workers are: which are alive, how their jobs go, what they have not done for too long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import LEEWAY, latest
from oer.jobs.models import JobRun, Worker


@dataclass(frozen=True)
class WorkerState:
    """The workers at a moment: those that are alive, and the last one of all."""

    alive: Sequence[Worker]
    last: Worker | None
    started_lately: int
    """How many were started within the last hour."""


@dataclass(frozen=True)
class JobState:
    """How a job goes, in all workers of the last days together."""

    name: str
    runs: int
    failures: int
    failures_in_a_row: int
    seconds: float
    finished_at: datetime | None
    running_since: datetime | None
    """Since when it runs, in a worker that is alive."""


def worker_state(session: Session, moment: datetime, silence_seconds: float) -> WorkerState:
    """Return the workers; one without a sign for longer than the silence, or that was stopped, is not alive."""
    workers = session.scalars(sa.select(Worker).order_by(Worker.beat_at.desc()).limit(100)).all()
    heard = moment - timedelta(seconds=silence_seconds)
    alive = [each for each in workers if each.stopped_at is None and heard <= each.beat_at <= moment + LEEWAY]
    lately = sum(each.started_at > moment - timedelta(hours=1) for each in workers)
    return WorkerState(alive, workers[0] if workers else None, lately)


def job_states(session: Session, alive: Sequence[Worker]) -> list[JobState]:
    """Return how each job goes, by name."""
    run, ids = JobRun, {each.id for each in alive}
    rows = session.scalars(sa.select(run).order_by(run.name)).all()
    by_name: dict[str, list[JobRun]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    return [_job_state(name, of_job, ids) for name, of_job in by_name.items()]


def _job_state(name: str, rows: Sequence[JobRun], alive: set[str]) -> JobState:
    return JobState(
        name,
        sum(row.runs for row in rows),
        sum(row.failures for row in rows),
        max((row.failures_in_a_row for row in rows if row.worker_id in alive), default=0),
        sum(row.seconds for row in rows),
        max((row.finished_at for row in rows if row.finished_at), default=None),
        min((row.running_since for row in rows if row.running_since and row.worker_id in alive), default=None),
    )


def last_success(session: Session, name: str) -> datetime | None:
    """Return when a job was last done without an error, by any worker of the last days."""
    done = JobRun.finished_at
    return session.scalar(sa.select(sa.func.max(done)).where(JobRun.name == name, done <= latest()))
