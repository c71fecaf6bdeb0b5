"""Putting a backup back into an empty place."""

from pathlib import Path

import sqlalchemy as sa

from oer.backends.storage import Storage, open_storage
from oer.catalogue.models import IndexState
from oer.config import Settings
from oer.core.db import open_database
from oer.core.errors import Conflict, Invalid
from oer.core.secret import make_secret
from oer.files.models import CollectionHold, StoreOwner
from oer.files.services import adopt_store
from oer.operations.backup.blobs import Copied, copy_in
from oer.operations.backup.snapshot import Manifest, database_digest, is_empty_place, load_database, read_manifest


def restore_backup(settings: Settings, folder: Path) -> tuple[Manifest, Copied]:
    """Put the backup in `folder` into the empty place that the settings name: files first, then the database.

    The restored database and its store get an id of their own, so that the installation that the backup was taken of
    goes on undisturbed. The index is made anew by the worker. Raises Conflict where something is there already or the
    backup is of another kind of database, and Invalid for a folder that holds no whole backup.
    """
    manifest = _checked(folder)
    if manifest.database == "sqlite" and sa.make_url(settings.database).get_backend_name() != "sqlite":
        raise Conflict("This backup is a SQLite file: restore it with a SQLite OER_DATABASE_URL.")
    storage = open_storage(settings.storage)
    if not is_empty_place(settings.database):
        raise Conflict("There is a database at the place to restore to.")
    if storage.owner() is not None or next(iter(storage.contents()), None) is not None:
        raise Conflict("There are files at the place to restore to.")
    copied = copy_in(folder, storage)
    load_database(settings.database, folder, manifest)
    _make_its_own(settings, storage)
    make_secret(settings)
    return manifest, copied


def _checked(folder: Path) -> Manifest:
    try:
        manifest = read_manifest(folder)
    except FileNotFoundError:
        raise Invalid("There is no finished backup in %(folder)s.", folder=str(folder)) from None
    if database_digest(folder) != manifest.database_sha256:
        raise Invalid("The database of the backup in %(folder)s is damaged.", folder=str(folder))
    return manifest


def _make_its_own(settings: Settings, storage: Storage) -> None:
    database = open_database(settings.database)
    with database.transaction() as session:
        for of_the_old_place in (StoreOwner, IndexState, CollectionHold):
            session.execute(sa.delete(of_the_old_place))
        adopt_store(session, storage)
    database.engine.dispose()
