"""From the spool to the database, each line exactly once: a file's offset is committed together with its events."""

import hashlib
import logging
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import city_date, now
from oer.core.console import Progress, no_progress, tracked
from oer.core.db import Base, Database, insert_into
from oer.core.errors import Conflict
from oer.failpoints import fail_point
from oer.usage.counter.counting import DOUBLE_CLICK
from oer.usage.counter.event_kinds import REGULAR
from oer.usage.events import LONGEST_AGENT, Event, LostEvents, event_time, from_line
from oer.usage.models import SetAsideLine, SpoolProgress, UsageDay, UsageEvent, UserAgent
from oer.usage.queries.processing import known_agents, offsets
from oer.usage.robots import RobotPolicy
from oer.usage.spool import SpoolFile, SpoolLine, discard_unnamed, spool_files


def insert_missing(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert the rows whose key does not exist yet."""
    if not rows:
        return
    session.execute(insert_into(session, table).on_conflict_do_nothing(), rows)


@dataclass
class Batch:
    """The parsed lines of one file, from offset `begins` to `ends`."""

    file: str
    begins: int
    ends: int
    notes: list[Event] = field(default_factory=list)
    lost: int = 0
    set_aside: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Verdicts:
    """The rows of a batch's new user agents, by digest."""

    agents: dict[str, dict[str, Any]]


def read_batch(file: str, begins: int, lines: Iterable[SpoolLine]) -> Batch:
    """Parse the lines of a file from an offset on; lines that are not events are set aside."""
    batch = Batch(file, begins, begins)
    for line in lines:
        try:
            said = from_line(line.text)
        except ValueError as error:
            batch.set_aside.append(_set_aside(file, batch.ends, line.text, str(error)))
        else:
            if isinstance(said, LostEvents):
                batch.lost += said.number
            else:
                batch.notes.append(said)
        batch.ends = line.end
    return batch


def _set_aside(file: str, offset: int, text: bytes, reason: str) -> dict[str, Any]:
    # repr() makes it safe to show, whatever bytes the line has.
    return {"file": file, "offset": offset, "reason": reason[:100], "text": repr(text[:280])[2:-1][:300], "at": now()}


def judge_agents(batch: Batch, known: Collection[str], policy: RobotPolicy) -> Verdicts:
    """Judge the user agents of a batch that are new to the database. Slow: call it outside transactions."""
    agents = {}
    for text in {note.user_agent for note in batch.notes}:
        digest = agent_digest(text)
        if digest not in known:
            agents[digest] = {
                "digest": digest,
                "text": text[:LONGEST_AGENT],
                "is_robot": policy.is_robot(text),
                "list_version": policy.version,
            }
    return Verdicts(agents)


def agent_digest(text: str) -> str:
    """Return the key by which a user agent's row is found."""
    return hashlib.sha256(text.encode()).hexdigest()


def take_batch(session: Session, batch: Batch, verdicts: Verdicts) -> None:
    """Store a batch. Raises Conflict if another worker has already stored these lines."""
    _advance_offset(session, batch)
    insert_missing(session, UserAgent, list(verdicts.agents.values()))
    ids = _agent_ids(session, {agent_digest(note.user_agent) for note in batch.notes})
    rows = [_row(note, ids[agent_digest(note.user_agent)]) for note in batch.notes]
    _insert(session, UsageEvent, rows)
    _insert(session, SetAsideLine, batch.set_aside)
    _touch_days(session, rows)


def _advance_offset(session: Session, batch: Batch) -> None:
    insert_missing(session, SpoolProgress, [{"name": batch.file, "offset": 0, "events": 0, "lost": 0}])
    progress = SpoolProgress
    moved = session.execute(
        sa.update(progress)
        .where(progress.name == batch.file, progress.offset == batch.begins)
        .values(offset=batch.ends, events=progress.events + len(batch.notes), lost=progress.lost + batch.lost)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Another worker has read this part of the spool.")


def _agent_ids(session: Session, digests: Collection[str]) -> dict[str, int]:
    found = session.execute(sa.select(UserAgent.digest, UserAgent.id).where(UserAgent.digest.in_(digests)))
    return dict(found.all())


def _row(note: Event, agent_id: int) -> dict[str, Any]:
    moment = event_time(note.at)
    return {
        "at": moment,
        "day": city_date(moment),
        "kind": note.kind,
        "item": note.item,
        "format": note.format,
        "access_method": note.method or REGULAR,
        "url": note.url,
        "visitor": note.visitor,
        "visitor_before": note.visitor_before,
        "session": note.session,
        "person": note.person,
        "user_agent_id": agent_id,
        "via": note.via,
        "words": note.words or None,
        "hits": note.hits,
        "language": note.language,
    }


def _insert(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(sa.insert(table), rows)


def _touch_days(session: Session, rows: list[dict[str, Any]]) -> None:
    touched: Counter[date] = Counter()
    for row in rows:
        touched[row["day"]] += 1
        # An event right after midnight may be the second click of a double-click from the day before.
        touched[city_date(row["at"] - timedelta(microseconds=DOUBLE_CLICK))] += 1
    insert_missing(session, UsageDay, [new_day(day) for day in touched])
    for day, number in sorted(touched.items()):
        session.execute(sa.update(UsageDay).where(UsageDay.day == day).values(touched=UsageDay.touched + number))


def new_day(day: date) -> dict[str, Any]:
    """Return the row of a day without events."""
    counts = dict.fromkeys(("touched", "counted", "events", "robots", "double_clicks", "searches", "investigations"), 0)
    return {"day": day, **counts}


def finish_file(session: Session, file: str, offset: int, rest: bytes) -> None:
    """Mark a file as completely read. What follows its last complete line (an event cut short) is set aside.

    Raises Conflict if another worker has read on.
    """
    batch = Batch(file, offset, offset)
    if rest:
        batch.set_aside.append(_set_aside(file, offset, rest, "cut short"))
        batch.ends += len(rest)
    _advance_offset(session, batch)
    _insert(session, SetAsideLine, batch.set_aside)
    session.execute(sa.update(SpoolProgress).where(SpoolProgress.name == file).values(finished_at=now()))


log = logging.getLogger(__name__)
BATCH_LINES = 2000


def ingest(database: Database, folder: Path, policy: RobotPolicy, progress: Progress = no_progress) -> int:
    """Read the spool into the database; return how many lines were read. Several workers may do so at once.

    A worker that dies at any point leaves each line either stored or still to be read.
    """
    discard_unnamed(folder)
    files = spool_files(folder)
    if not files:
        return 0
    with database.reading() as session:
        begins = offsets(session, [file.name for file in files])
    taken = 0
    for file in tracked(files, "spool files", progress):
        try:
            taken += _take_file(database, file, begins.get(file.name, 0), policy)
        except Conflict:
            log.info("spool file %s is read by another worker", file.name)
        except OSError as error:  # what was read of it is in the database; the others must not wait for the rest
            file.put_aside(error.strerror or type(error).__name__)
    return taken


def _take_file(database: Database, file: SpoolFile, offset: int, policy: RobotPolicy) -> int:
    # Asked before reading: if the file was complete then, what is read now is all there is.
    complete = file.is_complete()
    taken = 0
    while lines := file.lines(offset, BATCH_LINES):
        batch = read_batch(file.name, offset, lines)
        with database.reading() as session:
            known = known_agents(session, {agent_digest(note.user_agent) for note in batch.notes})
        verdicts = judge_agents(batch, known, policy)
        with database.transaction() as session:
            take_batch(session, batch, verdicts)
            fail_point("usage.taking")
        fail_point("usage.taken")
        if batch.set_aside:
            log.warning("%d lines of spool file %s are not events", len(batch.set_aside), file.name)
        offset, taken = batch.ends, taken + len(lines)
    if complete:
        with database.transaction() as session:
            finish_file(session, file.name, offset, file.rest(offset))
        fail_point("usage.finished")
        file.discard()
    return taken
