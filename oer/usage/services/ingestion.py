"""Reading the spool: taken in small transactions; files that are read and closed are thrown away."""

import logging
from pathlib import Path

from oer.core.db import Database
from oer.core.errors import Conflict
from oer.usage.queries.spool import known_agents, offsets
from oer.usage.robots import RobotPolicy
from oer.usage.services.spooling import agent_digest, finish_file, judge_agents, read_batch, take_batch
from oer.usage.spool import SpoolFile, discard_unnamed, spool_files

log = logging.getLogger(__name__)
BATCH_LINES = 2000


def ingest(database: Database, folder: Path, policy: RobotPolicy) -> int:
    """Take into the database what lies in the spool; return how many lines. Many workers may do it at once.

    A worker that dies at any point leaves each line either in the database or to be taken again.
    """
    discard_unnamed(folder)
    files = spool_files(folder)
    if not files:
        return 0
    with database.reading() as session:
        begins = offsets(session, [file.name for file in files])
    taken = 0
    for file in files:
        try:
            taken += _take_file(database, file, begins.get(file.name, 0), policy)
        except Conflict:
            log.info("spool file %s is read by another worker", file.name)
    return taken


def _take_file(database: Database, file: SpoolFile, offset: int, policy: RobotPolicy) -> int:
    # Asked before the last look: once nobody can write any more, what is read then is all there is.
    complete = file.is_complete()
    taken = 0
    while lines := file.lines(offset, BATCH_LINES):
        batch = read_batch(file.name, offset, lines)
        with database.reading() as session:
            known = known_agents(session, {agent_digest(note.user_agent) for note in batch.notes})
        verdicts = judge_agents(batch, known, policy)
        with database.transaction() as session:
            take_batch(session, batch, verdicts)
        if batch.set_aside:
            log.warning("%d lines of spool file %s say no event", len(batch.set_aside), file.name)
        offset, taken = batch.ends, taken + len(lines)
    if complete:
        with database.transaction() as session:
            finish_file(session, file.name, offset, file.rest(offset))
        file.discard()
    return taken
