"""One moment of the database, written to a folder and put back from it."""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa

from oer.core.db import open_engine
from oer.core.schema import schema_revision, upgrade_schema
from oer.operations.backup.tables import dump_tables, dumped_rows, load_tables

SQLITE_FILE, TABLES_FOLDER, MANIFEST = "database.sqlite3", "tables", "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. It is written last: a folder without it is no backup."""

    format: int
    product: str
    made_at: str
    revision: str
    database: str
    database_sha256: str
    blobs: int
    blob_bytes: int
    damaged: list[str]

    def write(self, folder: Path) -> None:
        """Put the manifest into the folder, whole or not at all."""
        unfinished = folder / f"{MANIFEST}.unfinished"
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """Return a backup's manifest. Raises FileNotFoundError where there is no finished backup."""
    return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))


def dump_database(engine: sa.Engine, folder: Path) -> str:
    """Write the database as it is at one moment, while others go on writing; return its revision."""
    revision = schema_revision(engine)
    if engine.dialect.name == "sqlite":
        source = engine.url.database or ""
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(folder / SQLITE_FILE)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    else:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
            dump_tables(connection, folder / TABLES_FOLDER)
    return revision or ""


def blob_hashes(folder: Path) -> Iterator[str]:
    """Give the hash of every content that the dumped database knows and promises."""
    if (folder / SQLITE_FILE).exists():
        with closing(sqlite3.connect(folder / SQLITE_FILE)) as copy:
            for (sha256,) in copy.execute("SELECT sha256 FROM blob WHERE NOT leaving ORDER BY sha256"):
                yield sha256
        return
    for row in dumped_rows(folder / TABLES_FOLDER, "blob"):
        if not row["leaving"]:
            yield row["sha256"]


def load_database(url: str, folder: Path, manifest: Manifest) -> None:
    """Put a backup's database into the empty place at `url`, and bring its schema to this version.

    What is a SQLite file goes only into SQLite; what was taken of PostgreSQL goes into either.
    """
    if manifest.database == "sqlite":
        path = Path(sa.make_url(url).database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / SQLITE_FILE, path)
    else:
        upgrade_schema(url, manifest.revision)
        engine = open_engine(url)
        with engine.begin() as connection:
            load_tables(connection, folder / TABLES_FOLDER)
        engine.dispose()
    upgrade_schema(url)


def database_digest(folder: Path) -> str:
    """Return the SHA-256 over what `dump_database` wrote."""
    digest = hashlib.sha256()
    one = folder / SQLITE_FILE
    for path in [one] if one.exists() else sorted((folder / TABLES_FOLDER).iterdir()):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def is_empty_place(url: str) -> bool:
    """Tell whether there is no database of ours at `url` yet."""
    target = sa.make_url(url)
    if target.get_backend_name() == "sqlite":
        return not Path(target.database or "").exists()
    engine = open_engine(url)
    try:
        return not sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()
