"""`oer usage`: counting events and keeping the totals."""

import json
from typing import Any, TextIO

import click

from oer.usage.counter import EventCounter
from oer.usage.robots import robot_policy


@click.group("usage", help="Count usage events and keep their totals.")
def commands() -> None:
    """Count usage events and keep their totals."""


@commands.command("count")
@click.argument("events", type=click.File(encoding="utf-8", errors="replace"))
@click.option("--explain", is_flag=True, help="Also say on standard error how many events were excluded, and why.")
def count_events(events: TextIO, explain: bool) -> None:
    """Count the usage events of a JSON Lines file by COUNTER's rules and print the monthly counts as JSON.

    A line that is no event is named on standard error and left out; the others are counted.
    """
    counter = EventCounter(robot_policy().is_robot)
    for number, line in enumerate(events, start=1):
        if line.strip():
            _take(counter, number, line)
    click.echo(json.dumps(counter.counts(), ensure_ascii=False, indent=1, sort_keys=True))
    if explain:
        for reason, events_left_out in sorted(counter.excluded.items()):
            click.echo(f"excluded ({reason}): {events_left_out}", err=True)


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
