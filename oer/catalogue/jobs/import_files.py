"""Files of an import: found below its folder, received, or only looked at in a dry run."""

import hashlib
from collections.abc import Set
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends import storage as stores
from oer.backends.extraction import sniffing
from oer.catalogue.models import Material, Version, VersionFile
from oer.catalogue.schemas.record import ImportLine, NamedFile
from oer.catalogue.services.importing import ImportedFile
from oer.core.errors import Invalid
from oer.core.i18n import DEFAULT_LANGUAGE, N_, in_language
from oer.core.installation import Installation
from oer.core.text import clean_file_name
from oer.files.models import Blob, Condition
from oer.files.services.ingest import (
    Received,
    content_errors,
    insert_if_absent,
    receive,
    save_blob,
    store_errors,
)

_NO_FOLDER = N_("This line names files, but no folder of files was given.")
_OUTSIDE = N_("“%(name)s” is not in the folder of files.")
_NO_FILE = N_("There is no file “%(name)s” in the folder of files.")
_TEXT = "text/markdown"


@dataclass(frozen=True)
class FileSource:
    """A file of a line: just received, or already saved for this material (`received` is None).

    `tried` says of one that is only tried, in a dry run, how large it is and of which type.
    """

    name: str
    file: NamedFile
    received: Received | None
    blob_sha256: str
    tried: tuple[int, str] | None = None

    def kept(self, session: Session, installation: Installation) -> ImportedFile:
        """Save its blob if it is new. To be called in the transaction that adds the file."""
        if self.received is not None:
            save_blob(session, installation.storage, self.received, in_bulk=True)
        elif self.tried is not None:  # its row goes with the rest of the dry run
            size, media_type = self.tried
            insert_if_absent(session, Blob, sha256=self.blob_sha256, size=size, media_type=media_type)
        given = self.file
        return ImportedFile(self.blob_sha256, self.name, given.role, given.language, given.title, given.description)


def known_files(session: Session, owner_id: int, keys: list[str]) -> set[tuple[str, str]]:
    """Return (key of the line, hash) of the intact files that these materials have: they need not be copied again."""
    is_own = sa.and_(Material.owner_id == owner_id, Material.identifier.in_(keys))
    query = (
        sa.select(Material.identifier, Material.public_id, VersionFile.blob_sha256)
        .join(Version, Version.material_id == Material.id)
        .join(VersionFile, VersionFile.version_id == Version.id)
        .join(Blob, Blob.sha256 == VersionFile.blob_sha256)
        .where(sa.or_(is_own, Material.public_id.in_(keys)))
        .where(Blob.condition == Condition.WHOLE)
    )
    return {(key or "", row[2]) for row in session.execute(query) for key in row[:2]}


def receive_files(
    installation: Installation,
    line: ImportLine,
    folder: Path | None,
    known: Set[tuple[str, str]],
    received: ExitStack,
    *,
    dry: bool = False,
) -> list[FileSource]:
    """Receive the files of a line: its own content first, then its files in order. `received` discards them at its end.

    In a dry run they are looked at only. Raises Invalid for a file that is not below the folder, and what
    `files.services.receive` raises.
    """
    sources = []
    limit = installation.settings.max_upload_bytes
    if line.content:
        title = in_language(line.record.get("title"), DEFAULT_LANGUAGE) or line.key
        stream = BytesIO(line.content.encode())
        file = NamedFile(f"{title.replace('/', ' ')}.md")
        tried = (len(line.content.encode()), _TEXT) if dry else None
        sources.append(_receive_file(installation, line, file, stream, known, received, tried))
    for file in line.files:
        path = path_below(folder, file.path)
        with path.open("rb") as opened:
            tried = _tried(path, limit) if dry else None
            sources.append(_receive_file(installation, line, file, opened, known, received, tried))
    return sources


def _tried(path: Path, limit: int) -> tuple[int, str]:
    size = path.stat().st_size
    with store_errors(limit), content_errors():
        if size > limit:
            raise stores.TooLarge
        return size, sniffing.sniff(path, path.name).media_type


def _receive_file(
    installation: Installation,
    line: ImportLine,
    file: NamedFile,
    stream: BinaryIO,
    known: Set[tuple[str, str]],
    received: ExitStack,
    tried: tuple[int, str] | None = None,
) -> FileSource:
    name = clean_file_name(file.path)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    if (line.key, digest) in known:
        return FileSource(name, file, None, digest)
    if tried is not None:
        return FileSource(name, file, None, digest, tried)
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
