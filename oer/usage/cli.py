"""`oer usage`: counting events, and keeping the totals."""

import json
from datetime import date, datetime, timedelta
from typing import Any, TextIO

import click

from oer.core.clock import now, today
from oer.core.console import Progress, long_running, pass_installation, tracked, tracked_stream
from oer.core.errors import OerError
from oer.core.i18n import translate
from oer.core.installation import Installation
from oer.usage.counter.counting import EventCounter
from oer.usage.queries.processing import history, versions
from oer.usage.robots import robot_policy
from oer.usage.services.days import count_day
from oer.usage.services.ingestion import ingest
from oer.usage.services.months import correct_month
from oer.usage.services.nightly import count_due_days, events_from, judge_again

DAY = click.DateTime(["%Y-%m-%d"])
MONTH = click.DateTime(["%Y-%m"])


@click.group("usage", help="Count usage events and keep their totals.")
def commands() -> None:
    """Count usage events and keep their totals."""


@commands.command("count")
@click.argument("events", type=click.File(encoding="utf-8", errors="replace"))
@click.option("--explain", is_flag=True, help="Also say on standard error how many events were excluded, and why.")
@long_running("Nothing is kept. Run the same command again.")
def count_events(events: TextIO, explain: bool, progress: Progress) -> None:
    """Count the usage events of a JSON Lines file by COUNTER's rules and print the monthly counts as JSON.

    A line that is not an event is reported on standard error and skipped.
    """
    counter, lines = EventCounter(robot_policy().is_robot), 0
    for number, line in enumerate(tracked_stream(events, "lines", None, progress), start=1):
        if line.strip():
            lines += 1
            _take(counter, number, line)
    counts = counter.counts()
    click.echo(json.dumps(counts, ensure_ascii=False, indent=1, sort_keys=True))
    if explain:
        _explain(counter, lines, counts)


def _take(counter: EventCounter, number: int, line: str) -> None:
    try:
        counter.add(_event(line))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        click.echo(f"line {number} set aside: {type(error).__name__}: {error}"[:300], err=True)


def _event(line: str) -> dict[str, Any]:
    event = json.loads(line)
    if not isinstance(event, dict):
        raise TypeError("an event is an object")
    return event


def _explain(counter: EventCounter, lines: int, counts: dict[str, dict[str, Any]]) -> None:
    for reason, number in sorted(counter.excluded.items()):
        click.echo(f"excluded ({reason}): {number}", err=True)
    figures = [it for items in counts.values() for it in items.values() if isinstance(it, dict)]
    investigations = sum(it["TII"] for it in figures)
    click.echo(f"lines: {lines}; investigations: {investigations}", err=True)
    if investigations:
        click.echo(f"counting every line would give {lines / investigations:.2f} times as many", err=True)


@commands.command("ingest")
@long_running("What was taken stays. The worker takes the rest, or run `oer usage ingest` again.")
@pass_installation
def ingest_now(installation: Installation, progress: Progress) -> None:
    """Read the spool into the database and count it now. Normally the worker does this."""
    taken = ingest(installation.database, installation.settings.spool_dir, robot_policy(), progress)
    days = count_due_days(installation.database, now(), progress)
    click.echo(f"{taken} lines taken, {len(days)} days counted")


@commands.command("rebuild")
@click.option("--from", "since", type=DAY, required=True, metavar="DAY", help="First day, as 2026-03-01.")
@click.option("--to", "until", type=DAY, required=True, metavar="DAY", help="Last day.")
@long_running("The days that were counted stay. Run the same command again, with --from the first day that is left.")
@pass_installation
def rebuild(installation: Installation, since: datetime, until: datetime, progress: Progress) -> None:
    """Count the days of open months again from their events, with today's lists of robots.

    Days of closed months are left alone: only `oer usage correct` changes their figures.
    """
    judge_again(installation.database, robot_policy())
    first = max(since.date(), events_from(today()))  # counting days without their events would empty them
    days = [first + timedelta(days=n) for n in range((until.date() - first).days + 1)]
    counted = [day for day in tracked(days, "days", progress) if count_day(installation.database, day)]
    click.echo(f"{len(counted)} days counted, {len(days) - len(counted)} days of closed months left as they are")


@commands.command("correct")
@click.argument("month", type=MONTH, metavar="MONTH")
@click.option("--reason", required=True, help="Why the figures change; kept with the new version.")
@long_running("No figure has changed. Run the same command again.")
@pass_installation
def correct(installation: Installation, month: datetime, reason: str, progress: Progress) -> None:
    """Count a closed month (as 2026-03) again from its events, and keep the result as a new version."""
    judge_again(installation.database, robot_policy())
    try:
        changed = correct_month(installation.database, month.date(), reason, progress)
    except OerError as error:
        raise click.ClickException(translate("en", error.message, **error.values)) from None
    for name, (before, after) in changed.items():
        click.echo(f"{name}: {before} -> {after}")
    click.echo("a new version is kept" + ("" if changed else "; no figure changed"))


@commands.command("months")
@pass_installation
def months(installation: Installation) -> None:
    """List the closed months with every version and its reason."""
    with installation.database.reading() as session:
        for month in sorted(versions(session)):
            for version in history(session, month):
                click.echo(_line(month, version.version, version.sums, version.reason))


def _line(month: date, version: int, sums: dict[str, int], reason: str) -> str:
    figures = f"{sums.get('tir', 0)} requests, {sums.get('views', 0)} page views"
    return f"{month:%Y-%m} version {version}: {figures}" + (f" ({reason})" if reason else "")
