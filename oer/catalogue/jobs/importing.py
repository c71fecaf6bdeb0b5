"""Import of many materials from JSON lines. Each line may fail alone; the work is committed in batches."""

import codecs
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.accounts.models import Account
from oer.catalogue.models import Material, Version, VersionFile
from oer.catalogue.schemas.record import ImportLine, NamedFile, parse_import_line
from oer.catalogue.services.importing import ImportedFile, ImportedMaterial, Outcome, finalise, upsert
from oer.core.console import Progress, no_progress
from oer.core.errors import Invalid, OerError
from oer.core.i18n import DEFAULT_LANGUAGE, N_, in_language
from oer.core.installation import Installation
from oer.core.text import clean_file_name
from oer.files.models import Blob, Condition
from oer.files.services.ingest import Received, receive, save_blob

_NO_FOLDER = N_("This line names files, but no folder of files was given.")
_OUTSIDE = N_("“%(name)s” is not in the folder of files.")
_TWICE = N_("The identifier “%(identifier)s” stands on line %(number)s already. Each material has one line in a file.")
_ANOTHERS = N_(
    "The identifier “%(identifier)s” is that of a material of %(owner)s. Import it for that account (--owner), or give "
    "it another identifier."
)
_NO_FILE = N_("There is no file “%(name)s” in the folder of files.")


@dataclass(frozen=True)
class FileSource:
    """A file of a line: just received, or already saved for this material (`received` is None)."""

    name: str
    file: NamedFile
    received: Received | None
    blob_sha256: str

    def kept(self, session: Session, installation: Installation) -> ImportedFile:
        """Save its blob if it is new. To be called in the transaction that adds the file."""
        if self.received is not None:
            save_blob(session, installation.storage, self.received, in_bulk=True)
        given = self.file
        return ImportedFile(self.blob_sha256, self.name, given.role, given.language, given.title, given.description)


def known_files(session: Session, owner_id: int, identifiers: list[str]) -> set[tuple[str, str]]:
    """Return (identifier, hash) of the intact files that these materials have: they need not be copied again."""
    query = (
        sa.select(Material.identifier, VersionFile.blob_sha256)
        .join(Version, Version.material_id == Material.id)
        .join(VersionFile, VersionFile.version_id == Version.id)
        .join(Blob, Blob.sha256 == VersionFile.blob_sha256)
        .where(Material.owner_id == owner_id, Material.identifier.in_(identifiers))
        .where(Blob.condition == Condition.WHOLE)
    )
    return {(identifier or "", blob_sha256) for identifier, blob_sha256 in session.execute(query)}


def receive_files(
    installation: Installation, line: ImportLine, folder: Path | None, known: Set[tuple[str, str]], received: ExitStack
) -> list[FileSource]:
    """Receive the files of a line: its own content first, then its files in order. `received` discards them at its end.

    Raises Invalid for a file that is not below `folder`, and what `files.services.receive` raises.
    """
    sources = []
    if line.content:
        title = in_language(line.record.get("title"), DEFAULT_LANGUAGE) or line.identifier
        stream = BytesIO(line.content.encode())
        sources.append(
            _receive_file(installation, line, NamedFile(f"{title.replace('/', ' ')}.md"), stream, known, received)
        )
    for file in line.files:
        with path_below(folder, file.path).open("rb") as opened:
            sources.append(_receive_file(installation, line, file, opened, known, received))
    return sources


def _receive_file(
    installation: Installation,
    line: ImportLine,
    file: NamedFile,
    stream: BinaryIO,
    known: Set[tuple[str, str]],
    received: ExitStack,
) -> FileSource:
    name = clean_file_name(file.path)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    if (line.identifier, digest) in known:
        return FileSource(name, file, None, digest)
    stream.seek(0)
    limit = installation.settings.max_upload_bytes
    taken = received.enter_context(receive(installation.storage, installation.scanner, stream, name, limit=limit))
    return FileSource(name, file, taken, taken.sha256)


def path_below(folder: Path | None, name: str) -> Path:
    """Return the path of a regular file below a folder, after following links. Raises Invalid for any other path."""
    if folder is None:
        raise Invalid(_NO_FOLDER, field="files")
    shown = clean_file_name(name) if not name.isprintable() else name[:200]
    given = Path(name)
    if given.is_absolute() or ".." in given.parts or "\0" in name:
        raise Invalid(_OUTSIDE, field="files", name=shown)
    try:
        path = (folder / given).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # missing, a loop of links, a name that no file can have
        raise Invalid(_NO_FILE, field="files", name=shown) from None
    if not path.is_relative_to(folder.resolve()):
        raise Invalid(_OUTSIDE, field="files", name=shown)
    if not path.is_file():
        raise Invalid(_NO_FILE, field="files", name=shown)
    return path


BATCH_LINES = 500
# Saving files takes time in the transaction, so a batch with many files is shorter.
BATCH_FILES = 50


@dataclass(frozen=True)
class LineError:
    """A line that was not imported: its number from 1, its identifier if it could be read, the reason."""

    number: int
    identifier: str
    reason: str


@dataclass(frozen=True)
class ImportRun:
    """An import: for whom, files from where, whether to publish, where to report lines with errors."""

    installation: Installation
    owner_id: int
    folder: Path | None = None
    publish: bool = False
    report: Callable[[LineError], None] = lambda _fault: None


Numbered = tuple[int, ImportLine]
Prepared = tuple[int, ImportLine, list[FileSource]]


def import_lines(
    order: ImportRun, lines: Iterable[str | bytes], total: int | None = None, progress: Progress = no_progress
) -> Counter[Outcome]:
    """Import the material of each line (a JSON object; empty lines are skipped).

    Commits after 500 lines at most; a line goes in whole or not at all. Returns how many materials were added,
    updated and left as they were; the others were reported. `total` is how many lines there are, if it is known.
    """
    outcomes: Counter[Outcome] = Counter()
    progress("lines", 0, total)
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    first_lines: dict[str, int] = {}
    while batch := list(itertools.islice(numbered, BATCH_LINES)):
        for part in _parts(list(_parsed(order, batch, first_lines))):
            outcomes += _import_part(order, part)
            progress("lines", part[-1][0], total)
        progress("lines", batch[-1][0], total)
    return outcomes


def _parsed(
    order: ImportRun, batch: Iterable[tuple[int, str | bytes]], first_lines: dict[str, int]
) -> Iterator[Numbered]:
    """Give the lines that can be read. `first_lines` says where each identifier stood first.

    Two lines with one identifier would replace each other's version in every run.
    """
    for number, written in batch:
        text = written.encode("utf-8", "surrogatepass") if isinstance(written, str) else written
        try:
            line = parse_import_line(text.removeprefix(codecs.BOM_UTF8) if number == 1 else text)
        except OerError as error:
            order.report(LineError(number, "", str(error)))
            continue
        before = first_lines.setdefault(line.identifier, number)
        if before != number:
            twice = Invalid(_TWICE, identifier=line.identifier, number=before)
            order.report(LineError(number, line.identifier, str(twice)))
        else:
            yield number, line


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
        with order.installation.database.transaction() as session:
            return _upsert_all(order, session, prepared)


def _prepared(order: ImportRun, part: Sequence[Numbered], received: ExitStack) -> Iterator[Prepared]:
    with_files = [line.identifier for _, line in part if line.files or line.content]
    with order.installation.database.reading() as session:
        known = known_files(session, order.owner_id, with_files) if with_files else set()
    for number, line in part:
        with ExitStack() as own:
            try:
                sources = receive_files(order.installation, line, order.folder, known, own)
            except (OerError, OSError) as error:
                order.report(LineError(number, line.identifier, str(error)))
                continue
            received.push(own.pop_all())
        yield number, line, sources


def _upsert_all(order: ImportRun, session: Session, prepared: Sequence[Prepared]) -> Counter[Outcome]:
    owner = session.get_one(Account, order.owner_id)
    identifiers = [line.identifier for _, line, _ in prepared]
    known, anothers = _known_materials(session, owner.id, identifiers), _owners_beside(session, owner.id, identifiers)
    outcomes: Counter[Outcome] = Counter()
    changed: dict[int, Version] = {}
    for number, line, sources in prepared:
        before = known.get(line.identifier)
        try:
            if before is None and line.identifier in anothers:
                raise Invalid(_ANOTHERS, identifier=line.identifier, owner=anothers[line.identifier])
            with session.begin_nested():
                files = [source.kept(session, order.installation) for source in sources]
                imported = ImportedMaterial(line.identifier, line.record, files if line.names_files else None)
                version, outcome = upsert(session, owner, imported, known=before, publish=order.publish)
        except OerError as error:
            order.report(LineError(number, line.identifier, str(error)))
        else:
            outcomes[outcome] += 1
            if outcome is not Outcome.UNCHANGED:
                changed[version.id] = version
    finalise(session, list(changed.values()))
    return outcomes


def _known_materials(session: Session, owner_id: int, identifiers: Sequence[str]) -> dict[str, Material]:
    query = (
        sa.select(Material)
        .where(Material.owner_id == owner_id, Material.identifier.in_(identifiers))
        .options(selectinload(Material.versions).selectinload(Version.files))
        .with_for_update()
    )
    return {material.identifier or "": material for material in session.scalars(query)}


def _owners_beside(session: Session, owner_id: int, identifiers: Sequence[str]) -> dict[str, str]:
    """Return the addresses of other accounts that have materials with these identifiers."""
    query = (
        sa.select(Material.identifier, Account.email)
        .join(Account, Account.id == Material.owner_id)
        .where(Material.owner_id != owner_id, Material.identifier.in_(identifiers))
    )
    return {identifier or "": email for identifier, email in session.execute(query)}
