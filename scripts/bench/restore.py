"""A backup of many materials with their files is put back into an empty place, and searched: the time of each step.

To reach: 10,000 materials in under 10 minutes, the index included.

.venv/bin/python -m scripts.bench.restore [materials]
"""

import io
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from oer.backends.scanning import NoScanner
from oer.catalogue.jobs import rebuild_index
from oer.catalogue.models import VersionFile
from oer.config import Settings
from oer.core.installation import Installation, open_backends
from oer.core.schema import upgrade_schema
from oer.files.models import Blob, Rendition
from oer.files.services.ingest import receive, save_blob
from oer.files.services.store_ownership import require_own_store
from oer.operations.backup import create_backup, restore_backup, verify_backups
from oer.operations.doctor import find_integrity_issues
from scripts.bench.search_materials import fill

FILE_BYTES = 250_000
AT_ONCE = 200
Result = TypeVar("Result")


def timed(what: str, work: Callable[[], Result]) -> Result:
    begin = time.monotonic()
    result = work()
    print(f"{what:32}{time.monotonic() - begin:8.1f} s", flush=True)
    return result


def opened(folder: Path) -> Installation:
    settings = Settings(instance_dir=folder, storage_url=f"file:{folder / 'files'}", secret_key="bench")
    return open_backends(settings)


def give_files(installation: Installation) -> None:
    """Give every material a file of its own in place of the one that is only a row: 250 KB of text."""
    with installation.database.reading() as session:
        numbers = list(session.scalars(sa.select(VersionFile.version_id).order_by(VersionFile.version_id)))
    for start in range(0, len(numbers), AT_ONCE):
        with installation.database.transaction() as session:
            for number in numbers[start : start + AT_ONCE]:
                made_up, content = f"{number:064x}", f"Bài {number}\n".encode() * (FILE_BYTES // 10)
                with receive(installation.storage, NoScanner(), io.BytesIO(content), "a.txt", limit=10**9) as received:
                    sha256 = save_blob(session, installation.storage, received).sha256
                session.execute(sa.delete(Rendition).where(Rendition.blob_sha256 == sha256))
                for table in (VersionFile, Rendition):
                    moved = sa.update(table).where(table.blob_sha256 == made_up)
                    session.execute(moved.values(blob_sha256=sha256))
                session.execute(sa.delete(Blob).where(Blob.sha256 == made_up))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        source, target, backups = (Path(name) / each for each in ("source", "target", "backups"))
        source.mkdir()
        upgrade_schema(f"sqlite:///{source / 'oer.sqlite3'}")
        installation = opened(source)
        with installation.database.transaction() as session:
            require_own_store(session, installation.storage)
        timed("made", lambda: fill(installation, count))
        timed("their files", lambda: give_files(installation))
        snapshot, copied = timed("backup", lambda: create_backup(installation, backups))
        print(f"{copied.count} files, {copied.size / 1e9:.2f} GB")
        timed("verified", lambda: verify_backups([snapshot]))
        settings = Settings(instance_dir=target, storage_url=f"file:{target / 'files'}", secret_key="bench")
        begin = time.monotonic()
        timed("restored", lambda: restore_backup(settings, snapshot))
        restored = opened(target)
        timed("indexed", lambda: rebuild_index(restored))
        print(f"{'restored and searched':32}{time.monotonic() - begin:8.1f} s")
        issues = timed("doctor", lambda: find_integrity_issues(restored))
        print(f"{len(issues)} issues", issues[:3])
        for each in (installation, restored):
            each.database.engine.dispose()


if __name__ == "__main__":
    main()
