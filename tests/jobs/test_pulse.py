"""The pulse shows that jobs are done, not only that the process lives."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.core.clock import now
from oer.core.installation import Installation
from oer.core.watching import glance
from oer.jobs.models import JobRun, Worker
from oer.jobs.pulse import Pulse
from oer.jobs.queue import Queue, job

WORKER = "worker"


@job("tests.well")
def well(_installation: Installation, _identifier: str) -> None:
    pass


@job("tests.fails")
def fails(_installation: Installation, _identifier: str) -> None:
    raise RuntimeError("always")


@pytest.fixture
def troubles(installation: Installation) -> Callable[[], list[str]]:
    return lambda: [each.sentence for part, each in glance(installation).troubles if part == WORKER]


@pytest.fixture
def pulse(installation: Installation, queue: Queue) -> Pulse:
    made = Pulse(installation)
    queue.serve(installation, made)
    return made


def change(installation: Installation, table: type[Worker] | type[JobRun], **values: object) -> None:
    with installation.database.transaction() as session:
        session.execute(sa.update(table).values(**values))


def test_a_worker_that_does_jobs_is_no_trouble(installation, queue, pulse, troubles) -> None:
    queue.send("tests.well", "")
    queue.run_waiting()
    pulse.beat()
    pulse.beat()
    assert troubles() == []
    with installation.database.reading() as session:
        run = session.scalars(sa.select(JobRun).where(JobRun.name == "tests.well")).one()
        assert (run.runs, run.failures, run.running_since) == (1, 0, None)
        assert run.finished_at is not None
        assert session.scalars(sa.select(Worker.queue_at)).one() is not None


def test_a_job_that_fails_again_and_again_is_told_until_it_is_done(queue, pulse, troubles) -> None:
    for _ in range(3):
        queue.send("tests.fails", "")
    queue.run_waiting()
    pulse.beat()
    assert troubles() == ["The job tests.fails failed 3 times in a row; the log says why."]
    with pulse.running("tests.fails"):
        pass
    pulse.beat()
    assert troubles() == []


def test_a_job_that_does_not_end_is_told(installation, pulse, troubles) -> None:
    with pulse.running("tests.well"):
        pulse.beat()
        change(installation, JobRun, running_since=now() - timedelta(hours=3))
        assert "The job tests.well does not come to an end." in troubles()[0]
    pulse.beat()
    assert troubles() == []


def test_a_queue_through_which_nothing_comes_is_told(installation, queue, pulse, troubles) -> None:
    pulse.beat()
    change(installation, Worker, started_at=now() - timedelta(hours=1))
    assert "No job comes through the queue any more" in troubles()[0]
    queue.send("tests.well", "")
    queue.run_waiting()
    pulse.beat()
    assert troubles() == []


def test_a_worker_that_keeps_dying_is_told(installation, troubles) -> None:
    for _ in range(6):
        Pulse(installation).beat()
    assert "started 6 times within an hour" in troubles()[0]
