"""What is observed of usage events: lost ones, files of the spool that could not be read, and work that waits."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import city_date, now
from oer.core.i18n import N_
from oer.core.installation import Installation
from oer.core.watching import Level, Observation, Waiting, due_work, watch
from oer.jobs.queries import last_success
from oer.usage.models import UsageDay
from oer.usage.queries.processing import closes_on, due_days, months_to_close, offsets, spool_report
from oer.usage.spool import SpoolFile, files_put_aside, spool_files

COUNT_JOB = "usage.count"


@watch("usage", N_("Usage events"))
def watch_usage(session: Session, installation: Installation) -> Sequence[Observation]:
    """Observe whether events were lost, or lie in files that could not be read."""
    report, aside = spool_report(session), files_put_aside(installation.settings.spool_dir)
    observed = [Observation(N_("Events taken in within 13 months: %(count)s."), {"count": report.events})]
    if report.lost:
        words = N_("Events lost within 13 months because the disk was full: %(count)s.")
        observed.append(Observation(words, {"count": report.lost}, Level.NOTICE))
    if report.set_aside:
        words = N_("Damaged lines that are no events, within 13 months: %(count)s.")
        observed.append(Observation(words, {"count": report.set_aside}, Level.NOTICE))
    if aside:
        words = N_("Spool files that could not be read and were put aside: %(count)s.")
        observed.append(Observation(words, {"count": aside}, Level.TROUBLE, key="usage:aside"))
    return observed


@due_work("usage.ingest", N_("Usage events to be taken in"), patience=timedelta(minutes=5))
def events_due(session: Session, installation: Installation, _moment: datetime) -> Waiting:
    """Return how many files of the spool have events that are not in the database, and when the first was noted."""
    files = spool_files(installation.settings.spool_dir)
    known = offsets(session, [file.name for file in files])
    noted = [at for file in files if (at := _first_unread(file, known.get(file.name, 0)))]
    return Waiting(len(noted), min(noted, default=None))


def _first_unread(file: SpoolFile, offset: int) -> datetime | None:
    try:
        if file.path.stat().st_size <= offset:
            return None
        lines = file.lines(offset, 1)
        return _moment_of(lines[0].text) if lines else None
    except OSError:
        return None  # it is put aside, or gone


def _moment_of(line: bytes) -> datetime:
    try:
        return datetime.fromtimestamp(json.loads(line)["t"] / 1_000_000, UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        return now()  # no event: whatever comes after it will tell


@due_work(COUNT_JOB, N_("Days to be counted"), patience=timedelta(minutes=30))
def days_due(session: Session, _installation: Installation, _moment: datetime) -> Waiting:
    """Return the days with events that are not counted; they wait since the last count at most."""
    days = due_days(session)
    if not days:
        return Waiting(0)
    counted = session.scalar(sa.select(sa.func.min(UsageDay.counted_at)).where(UsageDay.day.in_(days)))
    begin = datetime.combine(days[0], datetime.min.time(), UTC)
    return Waiting(len(days), max(filter(None, (counted, begin, last_success(session, COUNT_JOB)))))


@due_work("usage.close_day", N_("Months to be closed"), patience=timedelta(days=2))
def months_due(session: Session, _installation: Installation, moment: datetime) -> Waiting:
    """Return the months whose figures should be final by now."""
    months = months_to_close(session, city_date(moment))
    since = datetime.combine(closes_on(months[0]), datetime.min.time(), UTC) if months else None
    return Waiting(len(months), since)
