"""Processes that note events or take them into the database, to be killed at any moment.

Run as a module it is a nursery: for each line it reads (role, file to speak into, arguments, tab-separated) it forks a
process, which costs milliseconds where a new interpreter would cost seconds, and says its number.
"""

import itertools
import os
import signal
import sys
import time
from pathlib import Path

from oer.core.clock import now
from oer.core.db import open_database
from oer.usage.events import Event, to_line
from oer.usage.queries.processing import due_days, microseconds
from oer.usage.robots import robot_policy
from oer.usage.services.days import count_day
from oer.usage.services.ingestion import ingest
from oer.usage.spool import Spool
from tests.usage.cases import CHROME


def note(say, folder, name):
    """Note one event after the other, each at an address of its own, and say so once it is in the spool."""
    spool = Spool(Path(folder))
    for number in itertools.count():
        url = f"{name}-{number}"
        line = to_line(Event(at=microseconds(now()), kind="view", item=name, url=url, visitor="v", user_agent=CHROME))
        if spool.append(line):
            say(url)
        time.sleep(0.005)


def take(say, folder, url):
    """Take what lies in the spool into the database, and count it, again and again."""
    database = open_database(url)
    while True:
        ingest(database, Path(folder), robot_policy())
        with database.reading() as session:
            days = due_days(session)
        for day in days:
            count_day(database, day)
        say("took")


ROLES = {"note": note, "take": take}


def _live(role, said, arguments):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    descriptor = os.open(said, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    ROLES[role](lambda word: os.write(descriptor, f"{word}\n".encode()), *arguments)


def nursery():
    """Fork a process for each line of standard input."""
    robot_policy()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried at once
    for line in sys.stdin:
        role, said, *arguments = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            _live(role, said, arguments)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    nursery()
