"""Two machines, or two services of one, that are started after an update upgrade the database one after the other."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from oer.core.schema import upgrade_lock

DEADLINE = 240


def _start(folder: Path, database: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OER_")}
    environment |= {"OER_INSTANCE_DIR": str(folder), "OER_DATABASE_URL": database}
    return subprocess.Popen(
        [sys.executable, "-m", "oer", "db", "upgrade"], env=environment, text=True, stdout=-1, stderr=subprocess.STDOUT
    )


def _end(process: "subprocess.Popen[str]") -> str:
    said, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, said
    return said


def _wait(process: "subprocess.Popen[str]", line: str) -> str:
    assert process.stdout is not None
    for said in process.stdout:
        if line in said:
            return said
    raise AssertionError(f"ended without saying: {line}")


def test_two_upgrades_at_once_both_end_well(tmp_path: Path, empty_database_url: str) -> None:
    both = [_start(tmp_path / "instance", empty_database_url) for _ in range(2)]
    for each in both:
        assert "The schema is current" in _end(each)
    engine = sa.create_engine(empty_database_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar() == 1

    engine.dispose()


def test_an_upgrade_waits_for_the_one_that_runs_and_says_so(tmp_path: Path, empty_database_url: str) -> None:
    never: Callable[[], None] = lambda: None  # noqa: E731
    with upgrade_lock(empty_database_url, never):
        other = _start(tmp_path / "instance", empty_database_url)
        _wait(other, "Another process is upgrading this database")
        time.sleep(0.5)
        assert other.poll() is None
    assert "The schema is current" in _end(other)


def test_the_lock_goes_with_a_process_that_is_killed(tmp_path: Path, empty_database_url: str) -> None:
    program = (
        "import sys, time; from oer.core.schema import upgrade_lock\n"
        "with upgrade_lock(sys.argv[1], lambda: None):\n    print('held', flush=True)\n    time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", program, empty_database_url], text=True, stdout=-1)
    _wait(holder, "held")
    holder.kill()
    holder.communicate()
    assert "The schema is current" in _end(_start(tmp_path / "instance", empty_database_url))
