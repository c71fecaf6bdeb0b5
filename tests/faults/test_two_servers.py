"""Two services on one instance by accident: both may serve, and all that must be true holds (misuse 95)."""

import shutil
import time
from pathlib import Path

import pytest

from tests.conftest import POSTGRESQL
from tests.educator import Educator
from tests.serving import Service
from tests.uploading import Uploads, until_read

pytestmark = pytest.mark.skipif(bool(POSTGRESQL), reason="the two share SQLite's files: with a server they share none")
# For more uploads to be acknowledged, on a machine that is busy.
WAIT_SECONDS = 180
ENOUGH = 2


@pytest.mark.long
def test_two_services_on_one_instance_break_nothing(upgraded: Path, tmp_path: Path) -> None:
    shutil.copytree(upgraded, tmp_path / "instance")
    settings = {"OER_DATABASE_URL": ""}
    services = [Service(tmp_path / "instance", settings, upgraded=True) for _ in range(2)]
    with services[0], services[1]:
        educator = Educator(services[0])
        educator.begin()
        with Uploads(educator) as uploads:
            acknowledged_by = [services[0].port, services[1].port]
            for port in acknowledged_by:
                educator.port = port
                until_more(uploads, len(uploads.acknowledged) + ENOUGH)
        until_read(tmp_path / "instance", uploads.acknowledged)
    done = services[0].run("doctor", check=False)
    assert done.returncode == 0, done.stdout


def until_more(uploads: Uploads, count: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while len(uploads.acknowledged) < count:
        assert time.monotonic() < deadline, "no upload was acknowledged"
        time.sleep(0.05)
