"""A process that notes events and one that takes them into the database, to be killed at any moment.

Run as `python -m tests.usage.processes note FOLDER NAME` or `... take FOLDER DATABASE_URL`.
"""

import itertools
import sys
import time
from pathlib import Path

from oer.core.clock import now
from oer.core.db import open_database
from oer.usage.notes import Note, to_line
from oer.usage.queries.days import due_days, microseconds
from oer.usage.robots import robot_policy
from oer.usage.services.days import count_day
from oer.usage.services.ingestion import ingest
from oer.usage.spool import Spool
from tests.usage.cases import CHROME


def note(folder, name):
    """Note one event after the other, each on an item of its own, and say so once it is in the spool."""
    spool = Spool(Path(folder))
    for number in itertools.count():
        item = f"{name}-{number}"
        if spool.append(
            to_line(Note(at=microseconds(now()), kind="view", item=item, url=item, visitor="v", user_agent=CHROME))
        ):
            sys.stdout.write(f"{item}\n")
            sys.stdout.flush()
        time.sleep(0.002)


def take(folder, url):
    """Take what lies in the spool into the database, and count it, again and again."""
    database = open_database(url)
    while True:
        ingest(database, Path(folder), robot_policy())
        with database.reading() as session:
            days = due_days(session)
        for day in days:
            count_day(database, day)
        sys.stdout.write("took\n")
        sys.stdout.flush()


if __name__ == "__main__":
    {"note": note, "take": take}[sys.argv[1]](*sys.argv[2:])
