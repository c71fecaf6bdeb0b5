"""Background work of usage: the spool every second, today's figures soon after, the rest once a night."""

import time

from oer.core.clock import now
from oer.core.installation import Installation
from oer.jobs.queue import every
from oer.usage.queries.processing import due_days
from oer.usage.robots import robot_policy
from oer.usage.services.days import count_day
from oer.usage.services.ingestion import ingest
from oer.usage.services.nightly import close_day
from oer.usage.services.people import count_group_use
from oer.usage.visitors import DaySalts
from oer.vocabularies import vocabularies

SHARE_OF_TIME = 0.05
"""Counting today repeatedly takes at most this share of the worker's time, however many events the day has."""


class _Pace:
    """When the next count may begin: the longer the last one took, the later."""

    def __init__(self) -> None:
        self._not_before = 0.0

    def is_time(self) -> bool:
        return time.monotonic() >= self._not_before

    def took(self, seconds: float) -> None:
        self._not_before = time.monotonic() + seconds / SHARE_OF_TIME


_pace = _Pace()


@every(1, "usage.ingest")
def ingest_spool(installation: Installation) -> None:
    """Read the spool into the database every second; until then, a power cut could lose it."""
    ingest(installation.database, installation.settings.spool_dir, robot_policy())
    DaySalts(installation.settings.salt_dir).forget_old(now())


@every(2, "usage.count")
def count_days(installation: Installation) -> None:
    """Update the figures of every day with new events; today's are provisional until the day is over."""
    if not _pace.is_time():
        return
    with installation.database.reading() as session:
        days = due_days(session)
    began = time.monotonic()
    for day in days:
        count_day(installation.database, day)
    _pace.took(time.monotonic() - began)


@every(600, "usage.close_day")
def do_nightly_work(installation: Installation) -> None:
    """Close days and months, and delete what has expired, once a day."""
    close_day(installation.database, now(), robot_policy())


@every(6 * 3600, "usage.groups")
def count_groups(installation: Installation) -> None:
    """Count what the people of the city's groups use, who agreed to be counted by them."""
    named = [term for term in vocabularies().audiences if term.facts.get("chosen_courses")]
    groups = {term.code for term in named if not term.facts.get("sensitive")}
    with installation.database.transaction() as session:
        count_group_use(session, groups)
