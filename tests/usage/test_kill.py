"""Kill -9 of whoever notes events, of whoever takes them in, or of both, at any moment (I5)."""

import os
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from oer.usage.robots import robot_policy
from oer.usage.services.ingestion import ingest
from oer.usage.services.nightly import count_due_days
from oer.usage.spool import spool_files
from tests.usage.factories import at, daily, events_in

ROOT = Path(__file__).parent.parent.parent


class Victim:
    """A process that is started again each time it was killed, and what it said."""

    def __init__(self, *arguments):
        self._arguments = arguments
        self.said = []
        self.start()

    def start(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.usage.processes", *map(str, self._arguments)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        self._reader = threading.Thread(target=self._listen, args=(self._process.stdout,))
        self._reader.start()

    def _listen(self, pipe):
        with pipe:
            for line in pipe:
                if line.endswith("\n"):  # what was being said when it died was not said
                    self.said.append(line.strip())

    def has_said_more_than(self, number):
        return len(self.said) > number

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._reader.join()


def kill_again_and_again(engines, kills, pause):
    chance = random.Random(kills)
    folder, url = engines.settings.spool_dir, engines.settings.database
    writers = [Victim("note", folder, f"{n}-0") for n in range(2)]
    taker = Victim("take", folder, url)
    acknowledged = []
    for round_ in range(1, kills + 1):
        before = [len(each.said) for each in (*writers, taker)]
        while not all(each.has_said_more_than(n) for each, n in zip((*writers, taker), before, strict=True)):
            pause.wait(0.02)
        pause.wait(chance.random() * 0.2)
        if chance.random() < 0.7:
            taker.kill()
            taker.start()
        victim = chance.randrange(2)
        if chance.random() < 0.7:
            writers[victim].kill()
            acknowledged += writers[victim].said
            writers[victim] = Victim("note", folder, f"{victim}-{round_}")
    for each in (*writers, taker):
        each.kill()
    return [*acknowledged, *(item for writer in writers for item in writer.said)]


def check(engines, kills):
    acknowledged = kill_again_and_again(engines, kills, threading.Event())
    ingest(engines.database, engines.settings.spool_dir, robot_policy())
    count_due_days(engines.database, at("2100-01-01 00:00"))
    stored = Counter(event.item for event in events_in(engines))
    assert max(stored.values()) == 1
    assert set(acknowledged) <= stored.keys()
    assert len(stored) - len(acknowledged) <= kills + 3  # noted, and killed before it could say so
    assert {item: figures[0] for (_, item), figures in daily(engines).items()} == stored
    assert spool_files(engines.settings.spool_dir) == []


def test_no_noted_event_is_lost_or_counted_twice_however_the_processes_die(engines):
    check(engines, kills=3)


@pytest.mark.long
def test_no_noted_event_is_lost_or_counted_twice_however_often_the_processes_die(engines):
    check(engines, kills=150)
