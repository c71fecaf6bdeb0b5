"""Taking a backup while the service runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from oer import __version__
from oer.core.clock import now
from oer.core.engines import Engines
from oer.core.errors import Conflict
from oer.files.services import hold_collection, release_collection
from oer.operations.backup.blobs import copy_out, remove_all
from oer.operations.backup.snapshot import Manifest, blob_hashes, database_digest, dump_database

FORMAT = 1
HOLD = timedelta(hours=48)


def create_backup(engines: Engines, folder: Path) -> Manifest:
    """Write a whole backup of the installation into `folder`, which must be empty or not exist.

    The database is of one moment; then every file that this moment knows is copied and checked, and nothing is thrown
    away meanwhile. Files that are missing or damaged are named in the manifest. Raises Conflict for a folder in use;
    after any failure the folder is empty again.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Conflict("The folder %(folder)s is not empty.", folder=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    try:
        with _nothing_thrown_away(engines):
            return _write(engines, folder)
    except BaseException:
        remove_all(folder)
        raise


def _write(engines: Engines, folder: Path) -> Manifest:
    made_at = now()
    revision = dump_database(engines.database.engine, folder)
    copied = copy_out(engines.storage, blob_hashes(folder), folder)
    manifest = Manifest(
        format=FORMAT,
        product=__version__,
        made_at=made_at.isoformat(),
        revision=revision,
        database=engines.database.engine.dialect.name,
        database_sha256=database_digest(folder),
        blobs=copied.count,
        blob_bytes=copied.size,
        damaged=copied.damaged,
    )
    manifest.write(folder)
    os.sync()
    return manifest


@contextmanager
def _nothing_thrown_away(engines: Engines) -> Iterator[None]:
    with engines.database.transaction() as session:
        number = hold_collection(session, "backup", now() + HOLD)
    try:
        yield
    finally:
        with engines.database.transaction() as session:
            release_collection(session, number)
