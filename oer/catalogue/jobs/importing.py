"""Many materials from a file of lines: each line may fail alone, and what is done is committed every so often."""

import codecs
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.accounts.models import Account
from oer.catalogue.jobs.line_files import Source, files_known, sources_of
from oer.catalogue.models import Material, Version
from oer.catalogue.schemas.lines import Line, parse_line
from oer.catalogue.services.importing import Brought, Outcome, bring, settle
from oer.core.engines import Engines
from oer.core.errors import OerError

BATCH_LINES = 500
# Files get their names within the transaction, so a batch that brings many of them is a shorter one.
BATCH_FILES = 50


@dataclass(frozen=True)
class Fault:
    """A line that was not taken: its number from 1, its identifier if that could be read, why."""

    number: int
    identifier: str
    reason: str


@dataclass(frozen=True)
class Import:
    """For whom materials are brought, where their files are, whether they go in service, who is told of faults."""

    engines: Engines
    owner_id: int
    folder: Path | None = None
    publish: bool = False
    report: Callable[[Fault], None] = lambda _fault: None


Numbered = tuple[int, Line]
Prepared = tuple[int, Line, list[Source]]


def import_lines(order: Import, lines: Iterable[str | bytes]) -> Counter[Outcome]:
    """Bring every material of `lines` (one JSON object a line; empty lines are passed over).

    Commits after 500 lines at most; a line goes in whole or not at all. Returns how many materials were added,
    updated and left as they were; the others were reported.
    """
    outcomes: Counter[Outcome] = Counter()
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    while batch := list(itertools.islice(numbered, BATCH_LINES)):
        for part in _parts(list(_parsed(order, batch))):
            outcomes += _import_part(order, part)
    return outcomes


def _parsed(order: Import, batch: Iterable[tuple[int, str | bytes]]) -> Iterator[Numbered]:
    for number, written in batch:
        text = written.encode("utf-8", "surrogatepass") if isinstance(written, str) else written
        try:
            yield number, parse_line(text.removeprefix(codecs.BOM_UTF8) if number == 1 else text)
        except OerError as error:
            order.report(Fault(number, "", str(error)))


def _parts(parsed: Sequence[Numbered]) -> Iterator[Sequence[Numbered]]:
    part: list[Numbered] = []
    files = 0
    for number, line in parsed:
        part.append((number, line))
        files += len(line.files) + bool(line.content)
        if files >= BATCH_FILES:
            yield part
            part, files = [], 0
    if part:
        yield part


def _import_part(order: Import, part: Sequence[Numbered]) -> Counter[Outcome]:
    with ExitStack() as received:
        # Copying and hashing come before the transaction: nobody else waits for them.
        prepared = list(_prepared(order, part, received))
        with order.engines.database.transaction() as session:
            return _bring_all(order, session, prepared)


def _prepared(order: Import, part: Sequence[Numbered], received: ExitStack) -> Iterator[Prepared]:
    with_files = [line.identifier for _, line in part if line.files or line.content]
    with order.engines.database.reading() as session:
        known = files_known(session, order.owner_id, with_files) if with_files else set()
    for number, line in part:
        with ExitStack() as own:
            try:
                sources = sources_of(order.engines, line, order.folder, known, own)
            except (OerError, OSError) as error:
                order.report(Fault(number, line.identifier, str(error)))
                continue
            received.push(own.pop_all())
        yield number, line, sources


def _bring_all(order: Import, session: Session, prepared: Sequence[Prepared]) -> Counter[Outcome]:
    owner = session.get_one(Account, order.owner_id)
    known = _known(session, owner.id, [line.identifier for _, line, _ in prepared])
    outcomes: Counter[Outcome] = Counter()
    changed: dict[int, Version] = {}
    for number, line, sources in prepared:
        before = known.get(line.identifier)
        try:
            with session.begin_nested():
                files = [source.kept(session, order.engines) for source in sources]
                brought = Brought(line.identifier, line.record, files)
                version, outcome = bring(session, owner, brought, known=before, publish=order.publish)
        except OerError as error:
            order.report(Fault(number, line.identifier, str(error)))
        else:
            known[line.identifier] = version.material
            outcomes[outcome] += 1
            if outcome is not Outcome.UNCHANGED:
                changed[version.id] = version
    settle(session, list(changed.values()))
    return outcomes


def _known(session: Session, owner_id: int, identifiers: Sequence[str]) -> dict[str, Material]:
    query = (
        sa.select(Material)
        .where(Material.owner_id == owner_id, Material.identifier.in_(identifiers))
        .options(selectinload(Material.versions).selectinload(Version.files))
        .with_for_update()
    )
    return {material.identifier or "": material for material in session.scalars(query)}
