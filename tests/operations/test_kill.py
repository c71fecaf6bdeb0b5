"""Kill -9 of server, worker or both, in the middle of uploads and of reading what was uploaded."""

import hashlib
import http.client
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.backends.extraction.pdf_factories import pdf_of
from tests.educator import Educator
from tests.serving import Service

# Long enough for uploads to be acknowledged that nobody reads.
WITHOUT_WORKER_SECONDS = 3


@dataclass
class Lesson:
    """A PDF that nobody has seen before, sent in blocks with a rest between them."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, self.size, 64 * 1024):
            yield self.content[start : start + 64 * 1024]
            time.sleep(0.15)


def _lesson(number: float) -> Lesson:
    pages = [f"Bài {number} trang {page}: an toàn lao động" for page in range(20)]
    return Lesson(pdf_of(pages) + b"\n%" + random.randbytes(400_000).hex().encode())


class Uploads:
    """Educators who upload until they are told to stop; what was acknowledged to them is in `acknowledged`."""

    def __init__(self, educator: Educator) -> None:
        self.educator, self.acknowledged, self._stop = educator, set[str](), threading.Event()
        self._threads = [threading.Thread(target=self._go_on) for _ in range(2)]

    def _go_on(self) -> None:
        while not self._stop.is_set():
            lesson = _lesson(random.random())
            try:
                self.educator.upload_raw(lesson, "bai.pdf")
            except (OSError, http.client.HTTPException):
                self._stop.wait(0.05)  # the server is dead: nothing was promised
                continue
            self.acknowledged.add(hashlib.sha256(lesson.content).hexdigest())

    def __enter__(self) -> "Uploads":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def _kill(service: Service, whom: str) -> None:
    assert service.process is not None
    everybody = [psutil.Process(service.process.pid), *psutil.Process(service.process.pid).children(recursive=True)]
    workers = [each for each in everybody if "worker" in each.cmdline()]
    condemned = workers if whom == "worker" else everybody
    for process in condemned:
        process.kill()
    deadline = time.monotonic() + 60
    while not all(map(_is_dead, condemned)):
        assert time.monotonic() < deadline, condemned
        time.sleep(0.02)


def _is_dead(process: psutil.Process) -> bool:
    # What its parent has not asked after stays a zombie, which runs nothing and holds nothing.
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def _start_again(service: Service) -> None:
    assert service.process is not None
    if service.process.poll() is None:
        service.stop()
    service.log.close()
    _let_leases_run_out(service.instance)
    service.start()


def _let_leases_run_out(instance: Path) -> None:
    """Have the two minutes be over for which a dead worker is believed alive."""
    with closing(sqlite3.connect(instance / "oer.sqlite3")) as database, database:
        database.execute("UPDATE rendition SET leased_until = '2020-01-01 00:00:00.000000' WHERE state = 'running'")


@pytest.mark.parametrize("kills", [3, pytest.param(60, marks=pytest.mark.long)])
def test_what_was_acknowledged_survives_kills_and_the_doctor_finds_nothing(service: Service, kills: int) -> None:
    with service:
        educator = Educator(service)
        educator.begin()
        with Uploads(educator) as uploads:
            for number in range(kills):
                time.sleep(random.uniform(0.3, 1.5))
                whom = ("both", "worker")[number % 2]
                _kill(service, whom)
                if whom == "worker":
                    time.sleep(WITHOUT_WORKER_SECONDS)
                _start_again(service)
            time.sleep(0.5)
        _until_read(service.instance, uploads.acknowledged)
    assert uploads.acknowledged
    assert service.run("doctor").stdout


def _until_read(instance: Path, acknowledged: set[str]) -> None:
    """Wait until every acknowledged file has its text: no job is stuck, whoever died while reading it."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        with closing(sqlite3.connect(instance / "oer.sqlite3")) as database:
            kept = {sha256 for (sha256,) in database.execute("SELECT sha256 FROM blob")}
            read = dict(database.execute("SELECT blob_sha256, state FROM rendition").fetchall())
        assert acknowledged <= kept
        if {read.get(each) for each in acknowledged} == {"ok"}:
            return
        time.sleep(0.5)
    raise AssertionError(Counter(read.get(each) for each in acknowledged))
