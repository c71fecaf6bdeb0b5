"""Kill -9 of whoever notes events, of whoever takes them in, or of both, at any moment."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from oer.usage.robots import robot_policy
from oer.usage.services.ingestion import ingest
from oer.usage.services.nightly import count_due_days
from oer.usage.spool import spool_files
from tests.usage.factories import at, daily, events_in

ROOT = Path(__file__).parent.parent.parent
SECONDS_TO_SPEAK = 120
pause = threading.Event().wait


@pytest.fixture
def born(tmp_path):
    """Starts a process in a role, and gives it as a Victim."""
    command = [sys.executable, "-m", "tests.usage.processes"]
    victims = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:

        def bear(role, *arguments):
            said = tmp_path / f"said-{len(victims)}"
            nursery.stdin.write("\t".join([role, str(said), *map(str, arguments)]) + "\n")
            nursery.stdin.flush()
            victims.append(Victim(int(nursery.stdout.readline()), said))
            return victims[-1]

        yield bear
        for victim in victims:  # those that a failing test left
            victim.kill()
        nursery.stdin.close()


class Victim:
    """A process that will be killed, and what it said before."""

    def __init__(self, number, said):
        self._number = number
        self._said = said

    def words(self):
        text = self._said.read_text() if self._said.exists() else ""
        return text.splitlines()[: text.count("\n")]  # what was being said when it died was not said

    def wait_for_more_than(self, count):
        """Wait until it has said more words than so many. It must not have died by itself."""
        deadline = time.monotonic() + SECONDS_TO_SPEAK
        while len(self.words()) <= count:
            os.kill(self._number, 0)
            assert time.monotonic() < deadline, self._said
            pause(0.02)

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._number, signal.SIGKILL)
            while True:
                os.kill(self._number, 0)
                pause(0.005)


def kill_again_and_again(installation, born, kills):
    chance = random.Random(kills)
    folder, url = installation.settings.spool_dir, installation.settings.database
    writers = [born("note", folder, f"{n}-0") for n in range(2)]
    taker, acknowledged = born("take", folder, url), []
    for round_ in range(1, kills + 1):
        before = [len(each.words()) for each in (*writers, taker)]
        for each, count in zip((*writers, taker), before, strict=True):
            each.wait_for_more_than(count)
        pause(chance.random() * 0.2)
        if chance.random() < 0.7:
            taker.kill()
            taker = born("take", folder, url)
        victim = chance.randrange(2)
        if chance.random() < 0.7:
            writers[victim].kill()
            acknowledged += writers[victim].words()
            writers[victim] = born("note", folder, f"{victim}-{round_}")
    for each in (*writers, taker):
        each.kill()
    return [*acknowledged, *(item for writer in writers for item in writer.words())]


def check(installation, born, kills):
    acknowledged = kill_again_and_again(installation, born, kills)
    ingest(installation.database, installation.settings.spool_dir, robot_policy())
    count_due_days(installation.database, at("2100-01-01 00:00"))
    stored = events_in(installation)
    assert max(Counter(event.url for event in stored).values()) == 1
    assert set(acknowledged) <= {event.url for event in stored}
    assert len(stored) - len(acknowledged) <= kills + 3  # noted, and killed before it could say so
    views = Counter()
    for (_, item), figures in daily(installation).items():
        views[item] += figures[0]
    assert views == Counter(event.item for event in stored)
    assert spool_files(installation.settings.spool_dir) == []


def test_no_noted_event_is_lost_or_counted_twice_however_the_processes_die(installation, born):
    check(installation, born, kills=12)


@pytest.mark.long
def test_no_noted_event_is_lost_or_counted_twice_however_often_the_processes_die(installation, born):
    check(installation, born, kills=200)
