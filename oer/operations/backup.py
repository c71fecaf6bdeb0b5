"""Backups: taken into a folder while the service runs, and put back into an empty place."""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from oer import __version__
from oer.backends.storage import Missing, Storage, open_storage
from oer.catalogue.models import IndexState
from oer.config import Settings
from oer.core.clock import now
from oer.core.console import Progress, no_progress, tracked, tracked_stream
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.core.installation import Installation, make_secret
from oer.files.models import GarbageCollectionHold, StoreOwner
from oer.files.services.garbage_collection import hold_garbage_collection, release_garbage_collection
from oer.files.services.ingest import store_errors
from oer.files.services.store_ownership import database_id
from oer.operations.database_dump import (
    Manifest,
    blob_hashes,
    database_digest,
    dump_database,
    is_empty_place,
    loaded_database,
    read_manifest,
)

# The files of a backup: each blob once, named after its hash and checked against it when copied in or out.

BLOBS_FOLDER = "blobs"


@dataclass
class Copied:
    """How many files were copied, and which were not because they are missing or damaged."""

    count: int = 0
    size: int = 0
    damaged: list[str] = field(default_factory=list)


def copy_out(
    storage: Storage, hashes: Iterable[str], folder: Path, total: int | None = None, progress: Progress = no_progress
) -> Copied:
    """Copy the contents from the store to the folder; what is missing or does not match its hash is named, not kept."""
    copied = Copied()
    for sha256 in tracked_stream(hashes, "files", total, progress):
        path = _blob_path(folder, sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        size = _copy_one(storage, sha256, path)
        if size is None:
            copied.damaged.append(sha256)
        else:
            copied.count += 1
            copied.size += size
    return copied


def _copy_one(storage: Storage, sha256: str, path: Path) -> int | None:
    digest, size = hashlib.sha256(), 0
    unfinished = path.with_suffix(".unfinished")
    try:
        with unfinished.open("wb") as file:
            for block in storage.read(sha256):
                digest.update(block)
                size += file.write(block)
            file.flush()
            os.fsync(file.fileno())
    except Missing:
        unfinished.unlink()
        return None
    if digest.hexdigest() != sha256:
        unfinished.unlink()
        return None
    unfinished.rename(path)
    return size


def copy_in(
    folder: Path, storage: Storage, hashes: Sequence[str], added: list[str], progress: Progress = no_progress
) -> Copied:
    """Put contents of the backup into the store; what is missing or does not match its hash is named and left out.

    `added` grows by the hash of each content that the store did not have, also if this fails midway.
    """
    copied = Copied()
    for sha256 in tracked(hashes, "files", progress):
        size = _put_one(_blob_path(folder, sha256), storage, sha256, added)
        if size is None:
            copied.damaged.append(sha256)
        else:
            copied.count += 1
            copied.size += size
    return copied


def _put_one(path: Path, storage: Storage, sha256: str, added: list[str]) -> int | None:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        incoming = storage.receive(file, limit=sys.maxsize)
    try:
        if incoming.sha256 != sha256:
            return None
        if storage.size(sha256) is None:
            added.append(sha256)
        # Replace: what a restore that was killed has left here was never checked.
        storage.keep(incoming, replace=True)
        return incoming.size
    finally:
        storage.discard(incoming)


def _blob_path(folder: Path, sha256: str) -> Path:
    return folder / BLOBS_FOLDER / sha256[:2] / sha256[2:4] / sha256


# Taking a backup while the service runs.

FORMAT = 1
_FILES_DAMAGED = N_(
    "These files of the backup in %(folder)s are missing or damaged: %(hashes)s. Nothing was restored. "
    "To restore everything else, say --accept-damage."
)
_NOT_TAKEN = N_("The database does not take the backup, and nothing was restored: %(reason)s")
HOLD = timedelta(hours=48)


def create_backup(installation: Installation, folder: Path, progress: Progress = no_progress) -> Manifest:
    """Write a whole backup of the installation into `folder`, which must be empty or not exist.

    The database comes first; then every file that this snapshot knows is copied and checked, and no file is deleted
    meanwhile. Files that are missing or damaged are named in the manifest. Raises Conflict for a folder in use;
    after a failure the folder is gone.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Conflict("The folder %(folder)s is not empty.", folder=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    try:
        with _garbage_collection_paused(installation):
            return _write_backup(installation, folder, progress)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write_backup(installation: Installation, folder: Path, progress: Progress) -> Manifest:
    made_at = now()
    revision = dump_database(installation.database.engine, folder)
    total = sum(1 for _ in blob_hashes(folder))
    copied = copy_out(installation.storage, blob_hashes(folder), folder, total, progress)
    manifest = Manifest(
        format=FORMAT,
        product=__version__,
        made_at=made_at.isoformat(),
        revision=revision,
        database=installation.database.engine.dialect.name,
        database_sha256=database_digest(folder),
        blobs=copied.count,
        blob_bytes=copied.size,
        damaged=copied.damaged,
    )
    manifest.write(folder)
    os.sync()
    return manifest


@contextmanager
def _garbage_collection_paused(installation: Installation) -> Iterator[None]:
    with installation.database.transaction() as session:
        number = hold_garbage_collection(session, "backup", now() + HOLD)
    try:
        yield
    finally:
        with installation.database.transaction() as session:
            release_garbage_collection(session, number)


# Putting a backup back into an empty place.


def restore_backup(
    settings: Settings, folder: Path, progress: Progress = no_progress, *, accept_damage: bool = False
) -> tuple[Manifest, Copied]:
    """Put the backup in `folder` into the empty place that the settings name: files first, then the database.

    Whole or not at all: after any failure the place is as empty as it was, and what a restore that was killed has left
    there does not stop the next one. The restored database and its store get an id of their own, so that the
    installation that the backup was taken of goes on undisturbed. The index is made anew by the worker.

    Raises Conflict where something is there already, and Invalid for a folder that holds no whole backup; files that
    have come to harm since the backup was taken are left out only with `accept_damage`.
    """
    manifest = _read_complete_backup(folder)
    storage = open_storage(settings.storage)
    hashes = [sha256 for sha256 in blob_hashes(folder) if sha256 not in manifest.damaged]
    _require_empty_place(settings, storage, hashes)
    added: list[str] = []
    try:
        with store_errors():
            copied = copy_in(folder, storage, hashes, added, progress)
        if copied.damaged and not accept_damage:
            raise Invalid(_FILES_DAMAGED, folder=str(folder), hashes=", ".join(copied.damaged))
        with _database_errors(), loaded_database(settings.database, folder, manifest, progress) as connection:
            new_id = _give_new_identity(connection)
    except BaseException:
        for sha256 in added:
            storage.delete(sha256)
        raise
    make_secret(settings)
    with store_errors():
        storage.adopt(new_id)
    return manifest, copied


def _require_empty_place(settings: Settings, storage: Storage, hashes: Iterable[str]) -> None:
    if not is_empty_place(settings.database):
        raise Conflict("There is a database at the place to restore to.")
    ours = set(hashes)
    with store_errors():
        if storage.owner() is not None or any(each.sha256 not in ours for each in storage.contents()):
            raise Conflict("There are files at the place to restore to.")


@contextmanager
def _database_errors() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise Invalid(_NOT_TAKEN, reason=reason) from error


def _read_complete_backup(folder: Path) -> Manifest:
    try:
        manifest = read_manifest(folder)
    except FileNotFoundError:
        raise Invalid("There is no finished backup in %(folder)s.", folder=str(folder)) from None
    if database_digest(folder) != manifest.database_sha256:
        raise Invalid("The database of the backup in %(folder)s is damaged.", folder=str(folder))
    return manifest


def _give_new_identity(connection: sa.Connection) -> str:
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        for of_the_old_place in (StoreOwner, IndexState, GarbageCollectionHold):
            session.execute(sa.delete(of_the_old_place))
        new_id = database_id(session)
        session.commit()
    return new_id
