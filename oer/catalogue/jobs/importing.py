"""Import of many materials from lines of JSON or rows of a sheet. Each may fail alone; work is committed in batches."""

import codecs
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.accounts.models import Account
from oer.accounts.permissions import Action, may_in
from oer.catalogue.checks import InvalidRecord
from oer.catalogue.jobs.import_files import FileSource, known_files, receive_files
from oer.catalogue.models import Material, Version
from oer.catalogue.permissions import may_edit
from oer.catalogue.schemas.record import ImportLine, merged_record, parse_record, read_import_line
from oer.catalogue.schemas.sheets import Row
from oer.catalogue.services.drafts import NOT_YOUR_UNIT, unit_of
from oer.catalogue.services.files import require_quota, require_unit_quota
from oer.catalogue.services.importing import ImportedFile, ImportedMaterial, Outcome, finalise, upsert
from oer.core.console import Progress, no_progress
from oer.core.errors import Invalid, NotFound, OerError
from oer.core.i18n import N_, translate
from oer.core.installation import Installation
from oer.core.strict_json import read_json
from oer.core.text import clean_line

_TWICE = N_("The identifier “%(identifier)s” stands on line %(number)s already. Each material has one line in a file.")
_ANOTHERS = N_(
    "The identifier “%(identifier)s” is that of a material of %(owner)s. Import it for that account (--owner), or give "
    "it another identifier."
)
_TAKEN = N_("The identifier “%(identifier)s” is that of another material. Give it another identifier.")


BATCH_LINES = 500
_NO_MATERIAL = N_("There is no material with the id “%(id)s” that you may change.")
_UNREADABLE = N_("A file of this row could not be read.")
# Saving files takes time in the transaction, so a batch with many files is shorter.
BATCH_FILES = 50


@dataclass(frozen=True)
class LineError:
    """A line that was not imported: its number from 1, what it is known by if that could be read, the reason.

    `errors` are all its faults, to be told in the reader's language.
    """

    number: int
    identifier: str
    reason: str
    errors: tuple[OerError, ...] = ()

    @classmethod
    def of(cls, number: int, identifier: str, error: Exception) -> "LineError":
        """Return the fault of a line from what was raised about it."""
        if isinstance(error, InvalidRecord):
            return cls(number, identifier, str(error), error.errors)
        if isinstance(error, OerError):
            return cls(number, identifier, str(error), (error,))
        return cls(number, identifier, str(error), (OerError(_UNREADABLE),))


@dataclass(frozen=True)
class ImportRun:
    """An import: for whom, files from where, whether to publish, where to report lines with errors.

    `dry`: all is tried and nothing kept. `restricted`: for the owner, who may do no more than by hand.
    """

    installation: Installation
    owner_id: int
    folder: Path | None = None
    publish: bool = False
    report: Callable[[LineError], None] = lambda _fault: None
    dry: bool = False
    restricted: bool = False


Numbered = tuple[int, ImportLine]
Prepared = tuple[int, ImportLine, list[FileSource]]


class _NothingIsKept(Exception):
    """Ends the transaction of a dry run."""


def import_lines(
    order: ImportRun, lines: Iterable[str | bytes], total: int | None = None, progress: Progress = no_progress
) -> Counter[Outcome]:
    """Import the material of each line (a JSON object; empty lines are skipped): see `import_rows`."""
    return import_rows(order, map(_json_row, itertools.count(1), lines), total, progress, "lines")


def _json_row(number: int, written: str | bytes) -> Row:
    text = written.encode("utf-8", "surrogatepass") if isinstance(written, str) else written
    text = text.removeprefix(codecs.BOM_UTF8) if number == 1 else text
    try:
        return Row(number, read_json(text)) if text.strip() else Row(number)
    except OerError as error:
        return Row(number, error=error)


def import_rows(
    order: ImportRun,
    rows: Iterable[Row],
    total: int | None = None,
    progress: Progress = no_progress,
    what: str = "rows",
) -> Counter[Outcome]:
    """Import the material of each row.

    Commits after 500 rows at most; a row goes in whole or not at all. Returns how many materials were added,
    updated and left as they were; the others were reported. `total` is how many rows there are, if it is known.
    """
    outcomes: Counter[Outcome] = Counter()
    progress(what, 0, total)
    said = (row for row in rows if row.line is not None or row.error is not None)
    first_rows: dict[str, int] = {}
    while batch := list(itertools.islice(said, BATCH_LINES)):
        for part in _parts(list(_parsed(order, batch, first_rows))):
            outcomes += _import_part(order, part)
            progress(what, part[-1][0], total)
        progress(what, batch[-1].number, total)
    return outcomes


def _parsed(order: ImportRun, batch: Iterable[Row], first_rows: dict[str, int]) -> Iterator[Numbered]:
    """Give the rows that can be read. `first_rows` says where each key stood first.

    Two rows with one identifier would replace each other's version in every run.
    """
    for row in batch:
        number = row.number
        try:
            if row.error is not None:
                raise row.error
            line = read_import_line(row.line, row.columns)
        except OerError as error:
            order.report(LineError.of(number, _key_of(row.line), error))
            continue
        before = first_rows.setdefault(line.key, number)
        if before != number:
            twice = Invalid(_TWICE, field="identifier", identifier=line.key, number=before)
            order.report(LineError.of(number, line.key, twice))
        else:
            yield number, line


def _key_of(line: Any) -> str:
    key = line.get("id") or line.get("identifier") if isinstance(line, dict) else None
    return clean_line(key)[:100] if isinstance(key, str) else ""


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


def _import_part(order: ImportRun, part: Sequence[Numbered]) -> Counter[Outcome]:
    with ExitStack() as received:
        # Files are copied and hashed before the transaction, so that nobody waits for them.
        prepared = list(_prepared(order, part, received))
        outcomes: Counter[Outcome] = Counter()
        with suppress(_NothingIsKept), order.installation.database.transaction() as session:
            outcomes = _upsert_all(order, session, prepared)
            if order.dry:
                raise _NothingIsKept
        return outcomes


def _prepared(order: ImportRun, part: Sequence[Numbered], received: ExitStack) -> Iterator[Prepared]:
    with_files = [line.key for _, line in part if line.files or line.content]
    with order.installation.database.reading() as session:
        known = known_files(session, order.owner_id, with_files) if with_files else set()
    for number, line in part:
        with ExitStack() as own:
            try:
                sources = receive_files(order.installation, line, order.folder, known, own, dry=order.dry)
            except (OerError, OSError) as error:
                order.report(LineError.of(number, line.key, error))
                continue
            received.push(own.pop_all())
        yield number, line, sources


def _upsert_all(order: ImportRun, session: Session, prepared: Sequence[Prepared]) -> Counter[Outcome]:
    owner = session.get_one(Account, order.owner_id)
    lines = [line for _, line, _ in prepared]
    known, anothers = _known_materials(session, owner.id, lines), _owners_beside(session, owner.id, lines)
    outcomes: Counter[Outcome] = Counter()
    changed: dict[int, Version] = {}
    for number, line, sources in prepared:
        before = known.get(line.key)
        try:
            if before is None and line.identifier in anothers and not line.public_id:
                raise _another(order, line.identifier, anothers[line.identifier])
            _require_known(order, owner, line, before)
            with session.begin_nested():
                files = [source.kept(session, order.installation) for source in sources]
                version, outcome = _upsert(order, session, owner, line, before, files if line.names_files else None)
        except OerError as error:
            order.report(LineError.of(number, line.key, error))
        else:
            outcomes[outcome] += 1
            if outcome is not Outcome.UNCHANGED:
                changed[version.id] = version
    finalise(session, list(changed.values()))
    return outcomes


def _another(order: ImportRun, identifier: str, owner: str) -> Invalid:
    """Return the refusal of somebody else's identifier; whose it is, only an operator is told."""
    if order.restricted:
        return Invalid(_TAKEN, field="identifier", identifier=identifier)
    return Invalid(_ANOTHERS, field="identifier", identifier=identifier, owner=owner)


def _require_known(order: ImportRun, owner: Account, line: ImportLine, before: Material | None) -> None:
    if line.public_id and (before is None or (order.restricted and not may_edit(owner, before))):
        raise NotFound(_NO_MATERIAL, field="id", id=line.public_id)


def _upsert(
    order: ImportRun,
    session: Session,
    owner: Account,
    line: ImportLine,
    before: Material | None,
    files: list[ImportedFile] | None,
) -> tuple[Version, Outcome]:
    newest = (before.open_version or before.current_version) if before is not None else None
    record = parse_record(merged_record(line.record, newest.record if newest is not None else {}, line.columns))
    if order.restricted:
        unit = unit_of(session, record)
        is_same = before is not None and unit is not None and unit.id == before.unit_id
        if unit is not None and not is_same and not may_in(owner, Action.MATERIAL_CREATE, unit.id):
            raise Invalid(NOT_YOUR_UNIT, field="unit")
    imported = ImportedMaterial(line.identifier, record, files)
    version, outcome = upsert(session, owner, imported, known=before, publish=order.publish)
    if order.restricted and files:
        settings = order.installation.settings
        require_quota(session, version.material.owner_id, settings.account_quota_bytes)
        require_unit_quota(session, version.material.unit_id, settings.unit_quota_bytes)
    return version, outcome


def _known_materials(session: Session, owner_id: int, lines: Sequence[ImportLine]) -> dict[str, Material]:
    """Return the materials that lines are about, by the lines' keys."""
    identifiers = [line.identifier for line in lines if not line.public_id]
    public_ids = [line.public_id for line in lines if line.public_id]
    is_own = sa.and_(Material.owner_id == owner_id, Material.identifier.in_(identifiers))
    query = (
        sa.select(Material)
        .where(sa.or_(is_own, Material.public_id.in_(public_ids)))
        .options(selectinload(Material.versions).selectinload(Version.files))
        .with_for_update()
    )
    found = session.scalars(query).all()
    own = {each.identifier: each for each in found if each.identifier and each.owner_id == owner_id}
    by_id = {each.public_id: each for each in found}
    return {key: each for line in lines if (each := _known(line, own, by_id)) is not None for key in (line.key,)}


def _known(line: ImportLine, own: dict[str, Material], by_id: dict[str, Material]) -> Material | None:
    return by_id.get(line.public_id) if line.public_id else own.get(line.identifier)


def _owners_beside(session: Session, owner_id: int, lines: Sequence[ImportLine]) -> dict[str, str]:
    """Return the addresses of other accounts that have materials with these identifiers."""
    query = (
        sa.select(Material.identifier, Account.email)
        .join(Account, Account.id == Material.owner_id)
        .where(Material.owner_id != owner_id, Material.identifier.in_([line.identifier for line in lines]))
    )
    return {identifier or "": email for identifier, email in session.execute(query)}


FAULT_HEADINGS = (N_("Row"), N_("Material"), N_("Column"), N_("What is wrong"))


def fault_facts(faults: Iterable[LineError]) -> list[list[Any]]:
    """Return what to say of each fault, to be kept as JSON: row, identifier, column, message and its values."""
    return [
        [fault.number, fault.identifier, _column(error), error.message, error.values]
        for fault in sorted(faults, key=lambda each: each.number)
        for error in fault.errors
    ]


def told_faults(facts: Iterable[Sequence[Any]], language: str) -> list[list[str | int]]:
    """Return a row for each fault: number and identifier of its row, the column, what is wrong."""
    return [
        [number, key, column, translate(language, message, **values)] for number, key, column, message, values in facts
    ]


def fault_table(faults: Iterable[LineError], language: str) -> list[list[str | int]]:
    """Return faults in the words of a language."""
    return told_faults(fault_facts(faults), language)


def _column(error: OerError) -> str:
    """Return the column of a fault; of one entry of several also which one: "creators (2)"."""
    found = re.match(r"([\w.]+?)(?:\[(\d+)\].*)?$", error.field or "")
    if found is None:
        return ""
    return f"{found[1]} ({int(found[2]) + 1})" if found[2] else found[1]
