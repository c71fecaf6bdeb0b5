"""The queue's file can be thrown away: damaged or gone, it is made anew, and the damaged one is kept beside it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from oer.core.installation import Installation
from oer.jobs.queue import job, open_queue

ran: list[str] = []


@job("tests.heard")
def hear(_installation: Installation, identifier: str) -> None:
    ran.append(identifier)


@pytest.fixture(autouse=True)
def forget() -> None:
    ran.clear()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.sqlite3"


def put_aside(path: Path) -> list[Path]:
    return [each for each in path.parent.glob(f"{path.name}.damaged-*") if not each.name.endswith(("-wal", "-shm"))]


def filled(path: Path) -> None:
    """A queue of some pages in which jobs wait."""
    queue = open_queue(f"sqlite:{path}")
    for number in range(200):
        queue.send("tests.heard", f"{number}" * 20)
    queue.huey.storage.close()


def no_database(path: Path) -> None:
    path.write_bytes(b"this is no database, " * 500)


def flipped(path: Path) -> None:
    filled(path)
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(255 - each for each in content[4096:])
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    filled(path)
    path.write_bytes(path.read_bytes()[:6000])


@pytest.mark.parametrize("damage", [no_database, flipped, cut_short])
def test_a_damaged_queue_is_put_aside_and_made_anew(
    path: Path, damage: Callable[[Path], None], installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    damage(path)
    before = path.read_bytes()
    queue = open_queue(f"sqlite:{path}")
    queue.serve(installation)
    queue.send("tests.heard", "new")
    queue.run_waiting()
    assert ran == ["new"]
    (aside,) = put_aside(path)
    assert aside.read_bytes() == before
    assert "jobs.sqlite3 is damaged" in caplog.text


def test_a_queue_that_is_damaged_while_it_is_open_is_made_anew(path: Path, installation: Installation) -> None:
    filled(path)
    sender, worker = open_queue(f"sqlite:{path}"), open_queue(f"sqlite:{path}")
    worker.serve(installation)
    worker.run_waiting()
    sender.send("tests.heard", "kept")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    path.write_bytes(b"this is no database, " * 500)
    ran.clear()
    with pytest.raises(sqlite3.DatabaseError):
        sender.huey.storage.queue_size()
        sender.send("tests.heard", "lost")  # the sweep finds its row
    sender.send("tests.heard", "new")
    worker.run_waiting()
    assert ran == ["new"]
    assert len(put_aside(path)) == 1


def test_a_queue_that_somebody_throws_away_is_made_anew(path: Path, installation: Installation) -> None:
    sender, worker = open_queue(f"sqlite:{path}"), open_queue(f"sqlite:{path}")
    worker.serve(installation)
    sender.send("tests.heard", "1")
    worker.run_waiting()
    for each in path.parent.glob("jobs.sqlite3*"):
        each.unlink()
    sender.send("tests.heard", "2")
    worker.run_waiting()
    assert ran == ["1", "2"]
    assert put_aside(path) == []


def test_a_queue_that_is_only_busy_is_left_alone(path: Path) -> None:
    filled(path)
    queue = open_queue(f"sqlite:{path}")
    queue.huey.storage._timeout = 0.1
    with sqlite3.connect(path, isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            queue.huey.storage.enqueue(b"1")
        holder.execute("ROLLBACK")
    holder.close()
    queue.huey.storage.enqueue(b"1")
    assert put_aside(path) == []
