"""Kill -9 of server, worker or both, in the middle of uploads and of reading what was uploaded."""

import random
import time

import pytest

from tests.educator import Educator
from tests.serving import Service
from tests.uploading import Uploads, kill, let_leases_run_out, until_read

# Long enough for uploads to be acknowledged that nobody reads.
WITHOUT_WORKER_SECONDS = 3


def _start_again(service: Service) -> None:
    assert service.process is not None
    if service.process.poll() is None:
        service.stop()
    service.log.close()
    let_leases_run_out(service.instance)
    service.start()


@pytest.mark.parametrize("kills", [3, pytest.param(200, marks=pytest.mark.long)])
def test_what_was_acknowledged_survives_kills_and_the_doctor_finds_nothing(service: Service, kills: int) -> None:
    with service:
        educator = Educator(service)
        educator.begin()
        with Uploads(educator) as uploads:
            for number in range(kills):
                time.sleep(random.uniform(0.3, 1.5))
                whom = ("both", "worker")[number % 2]
                kill(service, whom)
                if whom == "worker":
                    time.sleep(WITHOUT_WORKER_SECONDS)
                _start_again(service)
            time.sleep(0.5)
        until_read(service.instance, uploads.acknowledged)
    assert uploads.acknowledged
    assert service.run("doctor").stdout
