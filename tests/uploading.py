"""Educators who upload to a running service without end, and what a test does to it meanwhile."""

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

from tests.backends.extraction.pdf_factories import pdf_of
from tests.educator import Educator, Refused
from tests.serving import Service

# For the next file to be read, on a machine that is busy.
WAIT_SECONDS = 240


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
            except Refused as refused:
                if refused.status < 500:
                    raise
                self._stop.wait(0.5)  # its disk is, or it has too much to do
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


def kill(service: Service, whom: str) -> None:
    """Kill the worker or `both`, and wait until they are dead."""
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
    if whom != "worker":
        service.process.wait(60)  # the last of its threads may still be on its way out


def _is_dead(process: psutil.Process) -> bool:
    # What its parent has not asked after stays a zombie, which runs nothing and holds nothing.
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def let_leases_run_out(instance: Path) -> None:
    """Have the two minutes be over for which a dead worker is believed alive."""
    with closing(sqlite3.connect(instance / "oer.sqlite3")) as database, database:
        database.execute("UPDATE rendition SET leased_until = '2020-01-01 00:00:00.000000' WHERE state = 'running'")


def until_read(instance: Path, acknowledged: set[str]) -> None:
    """Wait until every acknowledged file has its text: no job is stuck, whoever died while reading it."""
    deadline, left = time.monotonic() + WAIT_SECONDS, len(acknowledged)
    while time.monotonic() < deadline:
        with closing(sqlite3.connect(instance / "oer.sqlite3")) as database:
            kept = {sha256 for (sha256,) in database.execute("SELECT sha256 FROM blob")}
            read = dict(database.execute("SELECT blob_sha256, state FROM rendition").fetchall())
        assert acknowledged <= kept
        waiting = sum(read.get(each) != "ok" for each in acknowledged)
        if not waiting:
            return
        if waiting < left:
            deadline, left = time.monotonic() + WAIT_SECONDS, waiting
        time.sleep(0.5)
    raise AssertionError(Counter(read.get(each) for each in acknowledged))
