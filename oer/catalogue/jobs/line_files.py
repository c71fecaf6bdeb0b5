"""The files that a line of an import brings: found below their folder, taken in before any transaction begins."""

import hashlib
from collections.abc import Set
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Material, Version, VersionFile
from oer.catalogue.schemas.lines import Line, NamedFile
from oer.catalogue.services.importing import BroughtFile
from oer.core.engines import Engines
from oer.core.errors import Invalid
from oer.core.i18n import DEFAULT_LANGUAGE, N_, in_language
from oer.files.models import Blob, Condition
from oer.files.services import Received, clean_name, keep, receive

_NO_FOLDER = N_("This line names files, but no folder of files was given.")
_OUTSIDE = N_("“%(name)s” does not lie in the folder of files.")
_NO_FILE = N_("There is no file “%(name)s” in the folder of files.")


@dataclass(frozen=True)
class Source:
    """A file as it is to be shown, with its bytes: just received, or kept for this material already."""

    name: str
    file: NamedFile
    received: Received | None
    blob_id: str

    def kept(self, session: Session, engines: Engines) -> BroughtFile:
        """Return it as a kept blob. Within the transaction that shows it."""
        if self.received is not None:
            keep(session, engines.storage, self.received)
        return BroughtFile(self.blob_id, self.name, self.file.role, self.file.language)


def files_known(session: Session, owner_id: int, identifiers: list[str]) -> set[tuple[str, str]]:
    """Return (identifier, hash) of the sound files that these materials show: they need not be copied again."""
    query = (
        sa.select(Material.identifier, VersionFile.blob_id)
        .join(Version, Version.material_id == Material.id)
        .join(VersionFile, VersionFile.version_id == Version.id)
        .join(Blob, Blob.sha256 == VersionFile.blob_id)
        .where(Material.owner_id == owner_id, Material.identifier.in_(identifiers))
        .where(Blob.condition == Condition.WHOLE)
    )
    return {(identifier or "", blob_id) for identifier, blob_id in session.execute(query)}


def sources_of(
    engines: Engines, line: Line, folder: Path | None, known: Set[tuple[str, str]], received: ExitStack
) -> list[Source]:
    """Take in what a line brings: its own content first, then its files in order; `received` lets go of it.

    Raises Invalid for a file that is not below `folder`, and what `files.services.receive` raises.
    """
    sources = []
    if line.content:
        title = in_language(line.record.get("title"), DEFAULT_LANGUAGE) or line.identifier
        stream = BytesIO(line.content.encode())
        sources.append(_source(engines, line, NamedFile(f"{title.replace('/', ' ')}.md"), stream, known, received))
    for file in line.files:
        with path_below(folder, file.path).open("rb") as opened:
            sources.append(_source(engines, line, file, opened, known, received))
    return sources


def _source(
    engines: Engines,
    line: Line,
    file: NamedFile,
    stream: BinaryIO,
    known: Set[tuple[str, str]],
    received: ExitStack,
) -> Source:
    name = clean_name(file.path)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    if (line.identifier, digest) in known:
        return Source(name, file, None, digest)
    stream.seek(0)
    limit = engines.settings.max_upload_bytes
    taken = received.enter_context(receive(engines.storage, engines.scanner, stream, name, limit=limit))
    return Source(name, file, taken, taken.sha256)


def path_below(folder: Path | None, name: str) -> Path:
    """Return the path of a regular file that lies below a folder, links followed. Raises Invalid for every other."""
    if folder is None:
        raise Invalid(_NO_FOLDER, field="files")
    shown = clean_name(name) if not name.isprintable() else name[:200]
    given = Path(name)
    if given.is_absolute() or ".." in given.parts or "\0" in name:
        raise Invalid(_OUTSIDE, field="files", name=shown)
    try:
        path = (folder / given).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # not there, a ring of links, no name that a file can have
        raise Invalid(_NO_FILE, field="files", name=shown) from None
    if not path.is_relative_to(folder.resolve()):
        raise Invalid(_OUTSIDE, field="files", name=shown)
    if not path.is_file():
        raise Invalid(_NO_FILE, field="files", name=shown)
    return path
