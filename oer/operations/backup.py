"""Backups: taken into a folder while the service runs, and put back into an empty place."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from oer import __version__
from oer.backends.storage import Missing, Storage, open_storage
from oer.catalogue.models import IndexState
from oer.config import Settings
from oer.core.clock import now
from oer.core.console import Progress, no_progress, tracked, tracked_stream
from oer.core.db import open_database
from oer.core.errors import Conflict, Invalid
from oer.core.installation import Installation, make_secret
from oer.files.models import GarbageCollectionHold, StoreOwner
from oer.files.services.garbage_collection import hold_garbage_collection, release_garbage_collection
from oer.files.services.store_ownership import adopt_store
from oer.operations.database_dump import (
    Manifest,
    blob_hashes,
    database_digest,
    dump_database,
    is_empty_place,
    load_database,
    read_manifest,
    remove_database,
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


def copy_in(folder: Path, storage: Storage, progress: Progress = no_progress) -> Copied:
    """Put every content of the backup into the store; what does not match its hash is named and left out."""
    copied = Copied()
    paths = sorted(path for path in (folder / BLOBS_FOLDER).rglob("*") if path.is_file())
    for path in tracked(paths, "files", progress):
        with path.open("rb") as file:
            incoming = storage.receive(file, limit=path.stat().st_size)
        try:
            if incoming.sha256 != path.name:
                copied.damaged.append(path.name)
                continue
            storage.keep(incoming)
            copied.count += 1
            copied.size += incoming.size
        finally:
            storage.discard(incoming)
    return copied


def _blob_path(folder: Path, sha256: str) -> Path:
    return folder / BLOBS_FOLDER / sha256[:2] / sha256[2:4] / sha256


# Taking a backup while the service runs.

FORMAT = 1
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


def restore_backup(settings: Settings, folder: Path, progress: Progress = no_progress) -> tuple[Manifest, Copied]:
    """Put the backup in `folder` into the empty place that the settings name: files first, then the database.

    The restored database and its store get an id of their own, so that the installation that the backup was taken of
    goes on undisturbed. The index is made anew by the worker. After a failure the place is empty again. Raises Conflict
    where something is there already or the backup is of another kind of database, and Invalid for a folder that holds
    no whole backup.
    """
    manifest = _read_complete_backup(folder)
    if manifest.database == "sqlite" and sa.make_url(settings.database).get_backend_name() != "sqlite":
        raise Conflict("This backup is a SQLite file: restore it with a SQLite OER_DATABASE_URL.")
    storage = open_storage(settings.storage)
    if not is_empty_place(settings.database):
        raise Conflict("There is a database at the place to restore to.")
    if storage.owner() is not None or next(iter(storage.contents()), None) is not None:
        raise Conflict("There are files at the place to restore to.")
    try:
        copied = copy_in(folder, storage, progress)
        load_database(settings.database, folder, manifest, progress)
        _give_new_identity(settings, storage)
    except BaseException:
        for each in list(storage.contents()):
            storage.delete(each.sha256)
        remove_database(settings.database)
        raise
    make_secret(settings)
    return manifest, copied


def _read_complete_backup(folder: Path) -> Manifest:
    try:
        manifest = read_manifest(folder)
    except FileNotFoundError:
        raise Invalid("There is no finished backup in %(folder)s.", folder=str(folder)) from None
    if database_digest(folder) != manifest.database_sha256:
        raise Invalid("The database of the backup in %(folder)s is damaged.", folder=str(folder))
    return manifest


def _give_new_identity(settings: Settings, storage: Storage) -> None:
    database = open_database(settings.database)
    with database.transaction() as session:
        for of_the_old_place in (StoreOwner, IndexState, GarbageCollectionHold):
            session.execute(sa.delete(of_the_old_place))
        adopt_store(session, storage)
    database.engine.dispose()
