from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.installation import Installation
from oer.jobs.queue import SOMEBODY_WAITS, Queue, enqueue, job

ran: list[str] = []


@job("tests.note")
def note(_installation: Installation, identifier: str) -> None:
    ran.append(identifier)
    if identifier == "poison":
        raise RuntimeError("this job fails")


@job("tests.urgent", priority=SOMEBODY_WAITS, is_asked_repeatedly=True)
def urgent(_installation: Installation, identifier: str) -> None:
    ran.append(f"urgent {identifier}")


@pytest.fixture(autouse=True)
def forget() -> None:
    ran.clear()


def test_a_job_is_sent_with_the_commit_and_once(session: Session, run_jobs: Callable[[], int]) -> None:
    enqueue(session, "tests.note", 1)
    enqueue(session, "tests.note", 1)
    assert run_jobs() == 0
    session.commit()
    assert run_jobs() == 1
    session.commit()
    assert run_jobs() == 0
    assert ran == ["1"]


def test_nothing_is_enqueued_by_what_was_rolled_back(session: Session, run_jobs: Callable[[], int]) -> None:
    record(session, None, "a", "t", 1)
    session.flush()
    enqueue(session, "tests.note", 1)
    session.rollback()
    session.commit()
    assert run_jobs() == 0


def test_a_savepoint_neither_sends_nor_forgets(session: Session, run_jobs: Callable[[], int]) -> None:
    enqueue(session, "tests.note", "before")
    with session.begin_nested():
        record(session, None, "a", "t", 1)
    assert run_jobs() == 0
    nested = session.begin_nested()
    record(session, None, "b", "t", 2)
    session.flush()
    nested.rollback()
    session.commit()
    run_jobs()
    assert ran == ["before"]


def test_a_job_that_fails_does_not_stop_the_queue(session: Session, run_jobs: Callable[[], int]) -> None:
    enqueue(session, "tests.note", "poison")
    enqueue(session, "tests.note", "good")
    enqueue(session, "tests.nobody", "x")
    session.commit()
    run_jobs()
    assert ran == ["poison", "good"]


def test_a_queue_that_is_out_of_order_does_not_undo_the_commit(
    session: Session, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(queue.huey.storage, "enqueue", broken)
    record(session, None, "a", "t", 1)
    enqueue(session, "tests.note", 1)
    session.commit()


def test_what_somebody_waits_for_is_done_first_and_what_came_in_bulk_last(
    session: Session, run_jobs: Callable[[], int]
) -> None:
    for number in range(3):
        enqueue(session, "tests.note", f"imported {number}", in_bulk=True)
    enqueue(session, "tests.note", "uploaded")
    enqueue(session, "tests.urgent", "picture")
    session.commit()
    run_jobs()
    assert ran == ["urgent picture", "uploaded", "imported 0", "imported 1", "imported 2"]


def test_a_browser_that_asks_again_and_again_does_not_fill_the_queue(
    session: Session, run_jobs: Callable[[], int]
) -> None:
    for _ in range(5):
        enqueue(session, "tests.urgent", "picture")
        session.commit()
    assert run_jobs() == 1
    enqueue(session, "tests.urgent", "picture")
    session.commit()
    assert run_jobs() == 1, "once it was run it can be asked for again"
