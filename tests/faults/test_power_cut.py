"""The power goes while educators upload: what was acknowledged is there, byte for byte, and the rest is in order."""

import os
import random
import shutil
import time
from pathlib import Path

import pytest

from tests.educator import Educator
from tests.faults.disks import Disk
from tests.serving import Service
from tests.uploading import Uploads, kill, let_leases_run_out, until_read

# For one more upload to be acknowledged, and for the worker to bring all in order, on a machine that is busy.
WAIT_SECONDS = 180


@pytest.fixture
def service(disk: Disk, upgraded: Path) -> Service:
    shutil.copytree(upgraded, disk.folder, dirs_exist_ok=True)
    os.sync()
    return Service(disk.folder, {"OER_DATABASE_URL": ""}, upgraded=True)


def until_one_more(uploads: Uploads, before: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while len(uploads.acknowledged) <= before:
        assert time.monotonic() < deadline, "no upload was acknowledged"
        time.sleep(0.05)


def until_healthy(service: Service) -> None:
    """Wait until the doctor finds nothing: the worker needs a moment where the cut harmed the index."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (done := service.run("doctor", check=False)).returncode:
        assert time.monotonic() < deadline, done.stdout
        time.sleep(0.5)


@pytest.mark.long
@pytest.mark.parametrize("cuts", [1, 20])
def test_what_was_acknowledged_survives_power_cuts_and_the_doctor_finds_nothing(
    service: Service, disk: Disk, cuts: int
) -> None:
    with service:
        educator = Educator(service)
        educator.begin()
        with Uploads(educator) as uploads:
            for _ in range(cuts):
                until_one_more(uploads, len(uploads.acknowledged))
                time.sleep(random.uniform(0, 2))
                disk.cut()
                kill(service, "both")
                service.log.close()
                disk.mount_again()
                let_leases_run_out(service.instance)
                service.start()
            until_one_more(uploads, len(uploads.acknowledged))
        until_read(service.instance, uploads.acknowledged)
        until_healthy(service)
        service.stop()
    until_healthy(service)
