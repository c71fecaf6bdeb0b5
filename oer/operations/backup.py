"""Backups: taken into a folder while the service runs, checked, thinned out, and put back into an empty place."""

import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from oer import __version__
from oer.backends.storage import Storage, open_storage
from oer.catalogue.models import IndexState
from oer.config import Settings
from oer.core.backup_runs import BackupRun, last_attempt, last_backup
from oer.core.clock import now
from oer.core.console import Progress, no_progress, tracked
from oer.core.errors import Conflict, Invalid, OerError
from oer.core.i18n import N_
from oer.core.installation import Installation, make_secret
from oer.files.models import Blob, GarbageCollectionHold, StoreOwner
from oer.files.services.garbage_collection import hold_garbage_collection, release_garbage_collection
from oer.files.services.ingest import store_errors
from oer.files.services.replication import put_content
from oer.files.services.store_ownership import database_id
from oer.operations.backup_folder import (
    BLOBS_FOLDER,
    FORMAT,
    Copied,
    Retention,
    Snapshot,
    blob_path,
    copy_out,
    damaged_files,
    delete_others,
    locked_folder,
    new_snapshot_folder,
    snapshots,
)
from oer.operations.database_dump import (
    Manifest,
    blobs_in_dump,
    database_digest,
    dump_database,
    is_empty_place,
    loaded_database,
)

log = logging.getLogger(__name__)

_FILES_DAMAGED = N_(
    "These files of the backup in %(folder)s are missing or damaged: %(hashes)s. Nothing was restored. "
    "To restore everything else, say --accept-damage."
)
_NOT_TAKEN = N_("The database does not take the backup, and nothing was restored: %(reason)s")
HOLD = timedelta(hours=48)
AFTER_A_FAILURE = timedelta(hours=1)

# Taking a backup while the service runs.


def create_backup(
    installation: Installation, folder: Path, progress: Progress = no_progress
) -> tuple[Snapshot, Copied]:
    """Add a whole backup of the installation to a folder of backups, which may also be empty or not exist.

    The database comes first; then every file that this snapshot knows and the folder does not have is copied and
    checked, and no file is deleted meanwhile. Files that are missing or damaged are named in the manifest. How it went
    is recorded as a `BackupRun`. Raises Conflict for a folder in use; after a failure only copied files stay, for the
    next run.
    """
    with installation.database.transaction() as session:
        run = BackupRun()
        session.add(run)
        session.flush()
        run_id = run.id
    try:
        with locked_folder(folder), _garbage_collection_paused(installation):
            snapshot, copied = _write_backup(installation, folder, progress)
    except BaseException as error:
        _record_run(installation, run_id, error=(str(error) or type(error).__name__)[:500])
        raise
    _record_run(
        installation,
        run_id,
        name=snapshot.name,
        files=copied.count,
        size=copied.size,
        damaged=len(copied.damaged),
        error="",
    )
    return snapshot, copied


def _record_run(installation: Installation, run_id: int, **values: object) -> None:
    with installation.database.transaction() as session:
        ended = sa.update(BackupRun).where(BackupRun.id == run_id).values(finished_at=now(), **values)
        session.execute(ended)


def _write_backup(installation: Installation, folder: Path, progress: Progress) -> tuple[Snapshot, Copied]:
    made_at = now()
    target = new_snapshot_folder(folder, made_at)
    try:
        revision = dump_database(installation.database.engine, target)
        total = sum(1 for _ in blobs_in_dump(target))
        blobs = blobs_in_dump(target)
        copied = copy_out(installation.storage, blobs, folder / BLOBS_FOLDER, total, progress)
        manifest = Manifest(
            format=FORMAT,
            product=__version__,
            made_at=made_at.isoformat(),
            revision=revision,
            database=installation.database.engine.dialect.name,
            database_sha256=database_digest(target),
            blobs=copied.count,
            blob_bytes=copied.size,
            damaged=copied.damaged,
        )
        os.sync()  # the manifest says that everything else is there
        manifest.write(target)
        os.sync()
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return Snapshot(target, manifest), copied


@contextmanager
def _garbage_collection_paused(installation: Installation) -> Iterator[None]:
    with installation.database.transaction() as session:
        number = hold_garbage_collection(session, "backup", now() + HOLD)
    try:
        yield
    finally:
        with installation.database.transaction() as session:
            release_garbage_collection(session, number)


# Backups that the worker takes by itself.


def backup_is_due(session: Session, settings: Settings, moment: datetime) -> bool:
    """Tell whether the worker should take a backup now: the last one is too old, and none was just tried."""
    if not settings.backup_folder:
        return False
    last, tried = last_backup(session), last_attempt(session)
    if tried is not None and tried is not last and tried.started_at > moment - AFTER_A_FAILURE:
        return False
    return last is None or last.started_at <= moment - timedelta(hours=settings.backup_hours)


def take_due_backup(installation: Installation) -> None:
    """Take a backup and thin out the older ones, if the settings ask for it and one is due."""
    settings = installation.settings
    with installation.database.reading() as session:
        due = backup_is_due(session, settings, now())
    if not due:
        return
    folder = Path(settings.backup_folder)
    try:
        snapshot, copied = create_backup(installation, folder)
    except (OerError, OSError, SQLAlchemyError) as error:
        log.error("no backup was taken: %s", error)
        return
    log.info("backup %s: %d files, %d of them new", snapshot.name, copied.count, copied.new)
    prune_backups(folder, Retention.parse(settings.backup_keep))


def prune_backups(folder: Path, retention: Retention) -> list[str]:
    """Delete the backups that need not stay, and the files that no backup has any more; return their names."""
    with locked_folder(folder):
        return delete_others(folder, retention.kept(snapshots(folder)))


# Checking backups.


@dataclass
class Verified:
    """How many backups and files were read, and what is wrong, in sentences."""

    backups: int = 0
    files: int = 0
    wrong: list[str] = field(default_factory=list)


def verify_backups(found: Sequence[Snapshot], progress: Progress = no_progress) -> Verified:
    """Read backups whole, each file once, and compare everything with its hash."""
    verified, seen = Verified(), set[str]()
    for snapshot in found:
        verified.backups += 1
        try:
            snapshot.require_database()
        except Invalid as error:
            verified.wrong.append(f"{snapshot.name}: {error}")
            continue
        verified.wrong += [
            f"{snapshot.name}: file {sha256} is missing or damaged"
            for sha256 in damaged_files(snapshot, seen, progress)
        ]
    verified.files = len(seen)
    return verified


# Putting a backup back into an empty place.


def restore_backup(
    settings: Settings, snapshot: Snapshot, progress: Progress = no_progress, *, accept_damage: bool = False
) -> Copied:
    """Put a backup into the empty place that the settings name: files first, then the database.

    Whole or not at all: after any failure the place is as empty as it was, and what a restore that was killed has left
    there does not stop the next one. The restored database and its store get an id of their own, so that the
    installation that the backup was taken of goes on undisturbed. The index is made anew by the worker.

    Raises Conflict where something is there already, and Invalid for a folder that holds no whole backup; files that
    have come to harm since the backup was taken are left out only with `accept_damage`.
    """
    snapshot.require_database()
    folder, hashes = snapshot.folder, snapshot.hashes
    storage = open_storage(settings.storage)
    _require_empty_place(settings, storage, hashes)
    added: list[str] = []
    try:
        with store_errors():
            copied = copy_in(snapshot.blobs_folder, storage, hashes, added, progress)
        if copied.damaged and not accept_damage:
            raise Invalid(_FILES_DAMAGED, folder=str(folder), hashes=", ".join(copied.damaged))
        with _database_errors(), loaded_database(settings.database, folder, snapshot.manifest, progress) as connection:
            new_id = _give_new_identity(connection)
    except BaseException:
        for sha256 in added:
            storage.delete(sha256)
        raise
    make_secret(settings)
    with store_errors():
        storage.adopt(new_id)
    return copied


def copy_in(
    blobs_folder: Path, storage: Storage, hashes: Sequence[str], added: list[str], progress: Progress = no_progress
) -> Copied:
    """Put contents of the backup into the store; what is missing or does not match its hash is named and left out.

    `added` grows by the hash of each content that the store did not have, also if this fails midway.
    """
    copied = Copied()
    for sha256 in tracked(hashes, "files", progress):
        size = _put_one(blob_path(blobs_folder, sha256), storage, sha256, added)
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
    if storage.size(sha256) is None:
        added.append(sha256)
    with file:
        return put_content(file, storage, sha256)


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


def _give_new_identity(connection: sa.Connection) -> str:
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        for of_the_old_place in (StoreOwner, IndexState, GarbageCollectionHold, BackupRun):
            session.execute(sa.delete(of_the_old_place))
        session.execute(sa.update(Blob).values(replicated_at=None))
        new_id = database_id(session)
        session.commit()
    return new_id
