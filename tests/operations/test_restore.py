"""The drill: a catalogue with everything in it is backed up and put back, into each kind of database from each."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from oer.app import open_installation
from oer.backends.search import Query
from oer.backends.storage import open_storage
from oer.config import Settings
from oer.core.audit import record
from oer.core.errors import Conflict, Invalid, OerError
from oer.core.installation import Installation, open_backends
from oer.core.schema import upgrade_schema
from oer.jobs.queue import registered_jobs
from oer.operations import backup as backups
from oer.operations.backup import create_backup, restore_backup
from oer.operations.backup_folder import find_snapshot
from oer.operations.database_dump import (
    SQLITE_FILE,
    TABLES_FOLDER,
    Manifest,
    database_digest,
    dump_tables,
    is_empty_place,
    read_manifest,
)
from oer.operations.doctor import find_integrity_issues
from oer.samples.loading import FOLDER
from tests.conftest import POSTGRESQL
from tests.operations.full_catalogue import OF_THE_PLACE, open_full_catalogue, rows_of, shape_of

SAMPLES = len((FOLDER / "collection.jsonl").read_text("utf-8").splitlines())
Restored = Callable[[Path, str], Installation]


@pytest.fixture(scope="session")
def taken(sample_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, Path]:
    """The full catalogue on SQLite, and a backup of it; neither may be changed."""
    folder = tmp_path_factory.mktemp("full")
    installation = open_full_catalogue(sample_instance, folder / "instance")
    create_backup(installation, folder / "backup")
    return installation, folder / "backup"


@pytest.fixture
def restored(settings: Settings, tmp_path: Path) -> Iterator[Restored]:
    """Restores a backup into a new place with a database at a URL, and opens it as a start of the service would."""
    opened: list[Installation] = []

    def restore(folder: Path, url: str) -> Installation:
        place = _place(settings, tmp_path / f"place{len(opened)}", url)
        restore_backup(place, find_snapshot(folder))
        opened.append(open_installation(place))
        return opened[-1]

    yield restore
    for each in opened:
        each.database.engine.dispose()


@pytest.fixture
def place(settings: Settings, tmp_path: Path, empty_database_url: str) -> Settings:
    """An empty place."""
    return _place(settings, tmp_path / "other", empty_database_url)


def _place(settings: Settings, folder: Path, url: str) -> Settings:
    return replace(settings, instance_dir=folder, database_url=url)


def _is_as_before(found: Installation, before: Installation) -> None:
    assert rows_of(found) == rows_of(before)
    kept = {each.sha256: each.size for each in before.storage.contents()}
    assert {each.sha256: each.size for each in found.storage.contents()} == kept
    told = {issue for issue in find_integrity_issues(before) if issue.invariant != "I4"}
    assert set(find_integrity_issues(found)) == told


def _goes_on(found: Installation) -> None:
    told = find_integrity_issues(found)
    registered_jobs()["catalogue.index"].run(found, "")
    assert found.search_index.search(Query(limit=1)).total == SAMPLES
    assert find_integrity_issues(found) == told
    with found.database.transaction() as session:
        record(session, None, "goes on", "thing", 1)


def test_the_drill_leaves_no_table_out(taken: tuple[Installation, Path]) -> None:
    rows = rows_of(taken[0])
    assert [name for name, found in rows.items() if not found] == []
    assert len(rows) > 60
    assert OF_THE_PLACE.isdisjoint(rows)
    assert next(taken[0].storage.contents(), None)


def test_everything_comes_back(taken: tuple[Installation, Path], restored: Restored, empty_database_url: str) -> None:
    before, folder = taken
    found = restored(folder, empty_database_url)
    _is_as_before(found, before)
    _goes_on(found)


@pytest.mark.skipif(not POSTGRESQL, reason="the suite does not run on PostgreSQL")
def test_everything_comes_back_out_of_postgresql_into_either_kind(
    taken: tuple[Installation, Path], restored: Restored, database_url: str, tmp_path: Path, empty_database_url: str
) -> None:
    before, folder = taken
    upgraded = open_backends(Settings(database_url=database_url, instance_dir=tmp_path))
    source = restored(folder, empty_database_url)
    assert shape_of(source) == shape_of(upgraded)
    manifest = create_backup(source, tmp_path / "backup")[0].manifest
    assert manifest.database == "postgresql"
    in_sqlite = restored(tmp_path / "backup", f"sqlite:///{tmp_path / 'new' / 'oer.sqlite3'}")
    _is_as_before(in_sqlite, before)
    _goes_on(in_sqlite)
    upgraded.database.engine.dispose()
    _empty(database_url)
    in_postgresql = restored(tmp_path / "backup", database_url)
    _is_as_before(in_postgresql, before)
    assert shape_of(in_postgresql) == shape_of(source)
    _goes_on(in_postgresql)


def _empty(url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


# Whole or not at all.


def _changed(folder: Path, copy: Path) -> Path:
    shutil.copytree(folder, copy)
    return copy


def _sealed(backups_folder: Path, **changes: object) -> None:
    folder = find_snapshot(backups_folder).folder
    manifest = read_manifest(folder)
    Manifest(**{**vars(manifest), **changes, "database_sha256": database_digest(folder)}).write(folder)


def _is_empty(place: Settings) -> bool:
    store = open_storage(place.storage)
    return is_empty_place(place.database) and next(store.contents(), None) is None and store.owner() is None


def test_a_file_that_came_to_harm_stops_the_restore_and_not_the_next_one(
    taken: tuple[Installation, Path], place: Settings, tmp_path: Path
) -> None:
    folder = _changed(taken[1], tmp_path / "copy")
    first, second = sorted(path for path in (folder / "blobs").rglob("*") if path.is_file())[:2]
    first.write_bytes(b"harmed")
    second.unlink()
    with pytest.raises(Invalid, match=f"{first.name}, {second.name}"):
        restore_backup(place, find_snapshot(folder))
    assert _is_empty(place)
    copied = restore_backup(place, find_snapshot(folder), accept_damage=True)
    assert copied.damaged == [first.name, second.name]
    restored = open_installation(place)
    assert rows_of(restored) == rows_of(taken[0])
    restored.database.engine.dispose()


def test_a_database_that_is_not_taken_leaves_nothing(
    taken: tuple[Installation, Path], place: Settings, tmp_path: Path
) -> None:
    """A row that points nowhere, as no database of ours could have held it."""
    folder = _changed(taken[1], tmp_path / "copy")
    _as_tables(folder)
    tables = find_snapshot(folder).folder / TABLES_FOLDER
    with (tables / "rendition.jsonl").open("a", encoding="utf-8") as file:
        lines = (tables / "rendition.jsonl").read_text("utf-8").splitlines()
        names, row = json.loads(lines[0]), json.loads(lines[1])
        row[names.index("blob_sha256")] = "f" * 64
        row[names.index("id")] = 10**6
        file.write(json.dumps(row) + "\n")
    _sealed(folder, database="postgresql")
    with pytest.raises(Invalid, match="nothing was restored"):
        restore_backup(place, find_snapshot(folder))
    assert _is_empty(place)
    restore_backup(place, find_snapshot(taken[1]))
    assert not is_empty_place(place.database)


def _as_tables(backups_folder: Path) -> None:
    """Turn a backup of SQLite into what one of PostgreSQL would have been."""
    folder = find_snapshot(backups_folder).folder
    engine = sa.create_engine(f"sqlite:///{folder / SQLITE_FILE}")
    with engine.connect() as connection:
        dump_tables(connection, folder / TABLES_FOLDER)
    engine.dispose()
    (folder / SQLITE_FILE).unlink()


def test_tables_as_postgresql_gives_them_come_back_whole(
    taken: tuple[Installation, Path], restored: Restored, tmp_path: Path, empty_database_url: str
) -> None:
    folder = _changed(taken[1], tmp_path / "copy")
    _as_tables(folder)
    _sealed(folder, database="postgresql")
    assert rows_of(restored(folder, empty_database_url)) == rows_of(taken[0])


def test_what_a_killed_restore_left_does_not_stop_the_next(
    taken: tuple[Installation, Path], place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = open_storage(place.storage)
    files = sorted(path for path in (taken[1] / "blobs").rglob("*") if path.is_file())
    for path in files[:3]:
        with path.open("rb") as file:
            storage.keep(storage.receive(file, limit=10**9))
    if place.database.startswith("sqlite"):
        half = Path(sa.make_url(place.database).database or "")
        half.parent.mkdir()
        half.with_name(f"{half.name}.restoring").write_bytes(b"half a database")
    restore_backup(place, find_snapshot(taken[1]))
    found = open_installation(place)
    assert rows_of(found) == rows_of(taken[0])
    found.database.engine.dispose()


def test_a_failure_at_the_very_end_leaves_nothing(
    taken: tuple[Installation, Path], place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> str:
        raise RuntimeError("the machine is tired")

    with monkeypatch.context() as broken:
        broken.setattr(backups, "database_id", fail)
        with pytest.raises(RuntimeError):
            restore_backup(place, find_snapshot(taken[1]))
    assert _is_empty(place)
    restore_backup(place, find_snapshot(taken[1]))


def test_a_command_that_came_too_early_does_not_stop_a_restore(
    taken: tuple[Installation, Path], place: Settings
) -> None:
    """`oer doctor` on an empty place opens a database there, and refuses."""
    if place.database.startswith("sqlite"):
        Path(sa.make_url(place.database).database or "").parent.mkdir()
    with pytest.raises(RuntimeError):
        open_installation(replace(place, jobs_url=f"sqlite:{place.instance_dir / 'jobs.sqlite3'}"))
    restore_backup(place, find_snapshot(taken[1]))
    found = open_installation(place)
    assert rows_of(found) == rows_of(taken[0])
    found.database.engine.dispose()


def test_nothing_of_somebody_elses_is_replaced(
    taken: tuple[Installation, Path], place: Settings, tmp_path: Path
) -> None:
    upgrade_schema(place.database) if not place.database.startswith("sqlite") else None
    if place.database.startswith("sqlite"):
        path = Path(sa.make_url(place.database).database or "")
        path.parent.mkdir()
        path.write_bytes(b"not a database, but mine" * 100)
    with pytest.raises(Conflict, match="There is a database"):
        restore_backup(place, find_snapshot(taken[1]))
    foreign = replace(place, database_url=f"sqlite:///{tmp_path / 'free.sqlite3'}")
    storage = open_storage(foreign.storage)
    (tmp_path / "mine").write_bytes(b"mine")
    with (tmp_path / "mine").open("rb") as file:
        storage.keep(storage.receive(file, limit=10))
    with pytest.raises(OerError, match="There are files"):
        restore_backup(foreign, find_snapshot(taken[1]))
