"""Events as handlers note them, put into a real spool."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from oer.core.clock import city_time, now
from oer.usage.events import Event, to_line
from oer.usage.models import DailyUsage, UsageEvent
from oer.usage.queries.processing import microseconds
from oer.usage.robots import robot_policy
from oer.usage.services.ingestion import ingest
from oer.usage.spool import Spool
from tests.usage.cases import CHROME, NOON


def city_noon(days=0):
    """Noon in the city so many days ago; for today the present, if that is earlier."""
    noon = city_time(now()).replace(hour=12, minute=0, second=0, microsecond=0)
    return min(noon, city_time(now())) - timedelta(days=days)


CITY = "+07:00"


def at(text):
    """A moment as the city's clocks show it: "2026-03-10 12:00"."""
    return datetime.fromisoformat(f"{text}{CITY}")


def a_note(kind="view", item="abcde-fghij", *, moment=NOON, seconds=0.0, **fields):
    """A note of one use by one visitor; files have addresses of their own."""
    file = "" if kind == "view" else "/files/1"
    given = {"visitor": "v1", "user_agent": CHROME, "url": f"/materials/{item}{file}"}
    given |= {"format": "" if kind == "view" else "pdf"} if kind != "search" else {"url": "/search", "language": "vi"}
    if kind == "search":
        item = ""
    return Event(at=microseconds(moment + timedelta(seconds=seconds)), kind=kind, item=item, **given | fields)


def spooled(installation, notes):
    """Write notes into the installation's spool and take them into the database."""
    spool = Spool(installation.settings.spool_dir)
    for note in notes:
        assert spool.append(to_line(note))
    del spool
    return ingest(installation.database, installation.settings.spool_dir, robot_policy())


def events_in(installation):
    """Every event in the database, oldest first."""
    with installation.database.reading() as session:
        return list(session.scalars(sa.select(UsageEvent).order_by(UsageEvent.at, UsageEvent.id)))


def daily(installation, format_="all"):
    """The daily figures of one format: {(day, item): (views, reads, plays, downloads, TII, TIR, UII, UIR)}."""
    with installation.database.reading() as session:
        rows = session.scalars(sa.select(DailyUsage).where(DailyUsage.format == format_)).all()
    return {
        (f"{it.day}", it.item): (it.views, it.reads, it.plays, it.downloads, it.tii, it.tir, it.uii, it.uir)
        for it in rows
    }
