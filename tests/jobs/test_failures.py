"""What fails in the worker while a part is away, or each time: told once and counted, not a traceback each time."""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from oer.backends.storage import StoreUnavailable
from oer.core.installation import Installation
from oer.jobs import queue as queue_module
from oer.jobs.failures import JobFailures
from oer.jobs.queue import Job, Queue, QueueUnavailable, open_queue
from oer.jobs.worker import PeriodicJobs
from tests.serving import free_port


@pytest.fixture
def failures(installation: Installation) -> JobFailures:
    return JobFailures(installation.database)


def _raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def test_an_outage_that_every_job_meets_is_one_line(failures: JobFailures, caplog: pytest.LogCaptureFixture) -> None:
    away = sa.exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError("database is locked"))
    for number in range(50):
        failures.failed(f"job {number % 5}", "a periodic job", _raised(away))
    failures.failed("other", "another job", _raised(StoreUnavailable("told by the store")))
    assert [each.getMessage()[:8] for each in caplog.records] == ["database"]
    assert not caplog.records[0].exc_info


def test_an_error_of_ours_leaves_one_traceback_and_then_a_count(
    failures: JobFailures, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(30):
        failures.failed("tests.note", "job tests.note for 7", _raised(KeyError("x")))
    assert len([each for each in caplog.records if each.exc_info]) == 1
    assert len(caplog.records) == 2
    caplog.clear()
    failures.worked("tests.note")
    assert "30 failures" in caplog.text


def test_an_error_in_another_place_is_news(failures: JobFailures, caplog: pytest.LogCaptureFixture) -> None:
    failures.failed("tests.note", "a job", _raised(KeyError("x")))
    try:
        raise KeyError("elsewhere")
    except KeyError as error:
        failures.failed("tests.note", "a job", error)
    assert len([each for each in caplog.records if each.exc_info]) == 2


def test_a_job_that_fails_is_tried_again_after_growing_pauses(failures: JobFailures) -> None:
    pauses = []
    for _ in range(8):
        failures.failed("tests.note", "a job", _raised(StoreUnavailable("away")))
        pauses.append(failures.pause("tests.note"))
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    failures.worked("tests.note")
    assert failures.pause("tests.note") == 0


def test_the_scheduler_waits_longer_for_a_job_that_fails(
    installation: Installation, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = threading.Event()

    def fail(*_: object) -> None:
        ran.set()
        raise StoreUnavailable("away")

    often = Job("tests.often", fail, 0.01)
    monkeypatch.setattr(queue_module, "_jobs", {"tests.often": often})
    periodic = PeriodicJobs(installation, queue)
    periodic._run(often)
    assert ran.is_set()
    assert 1 < periodic._due["tests.often"] - time.monotonic() <= 2


@pytest.fixture
def broken_queue(tmp_path: Path) -> Iterator[Queue]:
    pytest.importorskip("redis")
    yield open_queue(f"redis://127.0.0.1:{free_port()}/0")


def test_a_worker_whose_queue_is_away_waits_and_says_so_once(
    broken_queue: Queue, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(queue_module.time, "sleep", waited.append)
    broken_queue.read_patiently()
    assert [broken_queue.huey.dequeue() for _ in range(6)] == [None] * 6
    assert broken_queue.huey.read_schedule() == []
    assert [each.levelno for each in caplog.records] == [logging.ERROR]
    assert waited == [0.5, 1, 2, 4, 5, 5, 0.5]


def test_what_is_enqueued_while_the_queue_is_away_is_dropped_and_told_once(
    broken_queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        broken_queue.send("tests.note", "1")
    assert len(caplog.records) == 1
    with pytest.raises(QueueUnavailable, match="does not answer"):
        broken_queue.probe()
