"""Backups that follow each other: nothing is copied twice; they are checked, thinned out, and taken by the worker."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from oer.config import Settings
from oer.core.backup_runs import BackupRun, last_backup
from oer.core.clock import now
from oer.core.errors import Conflict
from oer.core.installation import Installation, open_backends
from oer.operations.backup import (
    backup_is_due,
    create_backup,
    prune_backups,
    restore_backup,
    take_due_backup,
    verify_backups,
)
from oer.operations.backup_folder import Retention, Snapshot, find_snapshot, locked_folder, snapshots
from oer.operations.cli import backup
from oer.operations.database_dump import Manifest
from tests.operations.conftest import Keep


def _files(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in (folder / "blobs").rglob("*") if path.is_file()}


def test_the_second_backup_copies_only_what_is_new(installation: Installation, keep_file: Keep, tmp_path: Path) -> None:
    old = keep_file(b"old")
    create_backup(installation, tmp_path / "backups")
    before = _files(tmp_path / "backups")
    new = keep_file(b"new")
    snapshot, copied = create_backup(installation, tmp_path / "backups")
    assert (copied.count, copied.new) == (2, 1)
    after = _files(tmp_path / "backups")
    assert set(after) == {old, new}
    assert after[old] == before[old]
    assert [each.name for each in snapshots(tmp_path / "backups")][-1] == snapshot.name


def test_each_backup_comes_back_as_it_was(
    installation: Installation, keep_file: Keep, settings: Settings, empty_database_url: str, tmp_path: Path
) -> None:
    first = keep_file(b"first")
    snapshot, _ = create_backup(installation, tmp_path / "backups")
    keep_file(b"second")
    create_backup(installation, tmp_path / "backups")
    place = replace(settings, instance_dir=tmp_path / "other", database_url=empty_database_url)
    restore_backup(place, find_snapshot(tmp_path / "backups", snapshot.name))
    restored = open_backends(place)
    assert [each.sha256 for each in restored.storage.contents()] == [first]
    restored.database.engine.dispose()


def test_a_file_that_came_to_harm_in_the_backups_is_found_and_copied_anew(
    installation: Installation, keep_file: Keep, tmp_path: Path
) -> None:
    sha256 = keep_file(b"content")
    folder = tmp_path / "backups"
    create_backup(installation, folder)
    path = next(path for path in (folder / "blobs").rglob(sha256))
    path.write_bytes(b"cOntent")
    verified = verify_backups(snapshots(folder))
    assert (verified.backups, len(verified.wrong)) == (1, 1)
    assert sha256 in verified.wrong[0]
    assert create_backup(installation, folder)[1].new == 1
    assert verify_backups(snapshots(folder)).wrong == []


def test_a_damaged_database_of_a_backup_is_found(installation: Installation, keep_file: Keep, tmp_path: Path) -> None:
    keep_file(b"content")
    snapshot, _ = create_backup(installation, tmp_path / "backups")
    path = next(path for path in snapshot.folder.rglob("*") if path.name in {"database.sqlite3", "blob.jsonl"})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert "damaged" in verify_backups(snapshots(tmp_path / "backups")).wrong[0]


def _made(folder: Path, day: datetime) -> Snapshot:
    manifest = Manifest(2, "0", day.isoformat(), "0001", "sqlite", "", 0, 0, [])
    return Snapshot(folder / day.strftime("%Y%m%dT%H%M%SZ"), manifest)


def test_the_last_of_each_day_week_and_month_stays(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 29, 5, tzinfo=UTC)  # a Sunday, noon in the city
    found = [_made(tmp_path, noon - timedelta(hours=12 * each)) for each in range(2 * 400)]
    kept = Retention.parse("7,5,12").kept(found)
    days = [each.made_at.date().isoformat() for each in kept]
    assert days[:7] == [(noon - timedelta(days=each)).date().isoformat() for each in range(7)]
    assert days[7:12] == ["2026-11-22", "2026-11-15", "2026-11-08", "2026-11-01", "2026-10-31"]
    assert len(kept) == 7 + 4 + 11  # weeks and months that the days already hold are not counted twice


@pytest.mark.parametrize("text", ["", "7", "7,5", "a,b,c", "0,0,0", "-1,2,3"])
def test_what_does_not_say_how_many_stay_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="for example 7,5,12"):
        Retention.parse(text)


def test_pruning_leaves_whole_backups_and_nothing_else(
    installation: Installation, keep_file: Keep, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    gone = keep_file(b"soon gone")
    create_backup(installation, folder)
    with installation.database.transaction() as session:
        session.execute(sa.text("DELETE FROM rendition"))
        session.execute(sa.text("DELETE FROM blob WHERE sha256 = :it"), {"it": gone})
    kept = keep_file(b"stays")
    newest, _ = create_backup(installation, folder)
    (folder / "20200101T000000Z").mkdir()  # of a process that died
    (folder / "mine").mkdir()
    assert len(prune_backups(folder, Retention(1, 0, 0))) == 2
    assert [each.name for each in snapshots(folder)] == [newest.name]
    assert set(_files(folder)) == {kept}
    assert (folder / "mine").is_dir()
    assert verify_backups(snapshots(folder)).wrong == []


def test_two_processes_never_write_into_one_folder(installation: Installation, tmp_path: Path) -> None:
    with locked_folder(tmp_path / "backups"), pytest.raises(Conflict, match="Another process"):
        create_backup(installation, tmp_path / "backups")


def test_the_worker_takes_a_backup_when_one_is_due(installation: Installation, keep_file: Keep, tmp_path: Path) -> None:
    keep_file(b"content")
    scheduled = replace(installation, settings=replace(installation.settings, backup_folder=str(tmp_path / "b")))
    take_due_backup(installation)
    assert not (tmp_path / "b").exists()
    take_due_backup(scheduled)
    first = find_snapshot(tmp_path / "b")
    take_due_backup(scheduled)
    assert [each.name for each in snapshots(tmp_path / "b")] == [first.name]
    with installation.database.transaction() as session:
        run = last_backup(session)
        assert run is not None
        assert (run.files, run.damaged, run.error) == (1, 0, "")
        run.started_at = now() - timedelta(hours=25)
    take_due_backup(scheduled)
    left = [each.name for each in snapshots(tmp_path / "b")]
    assert len(left) == 1  # of one day the last one stays
    assert left != [first.name]


def test_a_backup_that_failed_is_recorded_and_tried_again_later(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    scheduled = replace(installation, settings=replace(installation.settings, backup_folder=str(tmp_path)))
    take_due_backup(scheduled)
    with installation.database.reading() as session:
        run = session.scalars(sa.select(BackupRun)).one()
        assert "not empty" in run.error
        assert last_backup(session) is None
        assert not backup_is_due(session, scheduled.settings, now())
        assert backup_is_due(session, scheduled.settings, now() + timedelta(hours=2))


def test_the_commands_go_through_a_backups_life(
    installation: Installation, keep_file: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_file(b"content")
    monkeypatch.setenv("OER_BACKUP_FOLDER", str(tmp_path / "backups"))
    said = {}
    for command in ("create", "list", "verify", "prune"):
        result = CliRunner().invoke(backup, [command], obj=lambda: installation)
        assert result.exit_code == 0, result.output
        said[command] = result.output
    assert "1 files (1 new)" in said["create"]
    assert "1 files" in said["list"]
    assert "1 backups and 1 files are whole." in said["verify"]
    assert "Deleted 0 backups." in said["prune"]
