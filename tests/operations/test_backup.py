from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from oer.backends.storage import open_storage
from oer.config import Settings
from oer.core.audit import AuditRecord, record
from oer.core.db import Base
from oer.core.errors import Conflict, Invalid
from oer.core.health import Invariant
from oer.core.installation import Installation, open_backends
from oer.files.models import Blob, GarbageCollectionHold
from oer.operations.backup import create_backup, restore_backup
from oer.operations.backup_folder import find_snapshot
from oer.operations.doctor import find_integrity_issues
from tests.operations.conftest import Keep


@pytest.fixture
def other_place(settings: Settings, tmp_path: Path, empty_database_url: str) -> Settings:
    return replace(settings, instance_dir=tmp_path / "other", database_url=empty_database_url)


def _rows(installation: Installation) -> dict[str, int]:
    with installation.database.reading() as session:
        return {
            table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name not in {"store_owner", "collection_hold", "index_state", "backup_run"}
        }


def test_a_restored_backup_holds_every_row_and_every_byte(
    installation: Installation, keep_file: Keep, other_place: Settings, tmp_path: Path
) -> None:
    first, second = keep_file("Thủy lợi nội đồng".encode()), keep_file(b"second")
    with installation.database.transaction() as session:
        record(session, None, "đã làm", "thing", 1, where={"vi": "Thủ Đức"}, count=3)
    before = _rows(installation)
    manifest = create_backup(installation, tmp_path / "backup")[0].manifest
    keep_file(b"came later")

    copied = restore_backup(other_place, find_snapshot(tmp_path / "backup"))
    restored = open_backends(other_place)
    assert (manifest.blobs, copied.count, copied.damaged) == (2, 2, [])
    assert _rows(restored) == before
    assert b"".join(restored.storage.read(first)) == "Thủy lợi nội đồng".encode()
    assert b"".join(restored.storage.read(second)) == b"second"
    with restored.database.reading() as session:
        deed = session.scalars(sa.select(AuditRecord)).one()
        assert (deed.action, deed.details) == ("đã làm", {"where": {"vi": "Thủ Đức"}, "count": 3})
    assert find_integrity_issues(restored) == []
    with restored.database.transaction() as session:
        record(session, None, "goes on", "thing", 2)
    assert restored.storage.owner() != installation.storage.owner()
    restored.database.engine.dispose()


def test_nothing_is_thrown_away_while_a_backup_is_taken(
    installation: Installation, keep_file: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_file(b"content")
    held = []
    read = installation.storage.read

    def watching(*given: object) -> object:
        with installation.database.reading() as session:
            held.append(session.scalar(sa.select(sa.func.count()).select_from(GarbageCollectionHold)))
        return read(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(installation.storage, "read", watching)
    create_backup(installation, tmp_path / "backup")
    assert held == [1]
    with installation.database.reading() as session:
        assert session.scalars(sa.select(GarbageCollectionHold)).all() == []


def test_what_is_damaged_is_named_and_never_passed_on(
    installation: Installation, keep_file: Keep, tmp_path: Path
) -> None:
    damaged, missing = keep_file(b"damaged"), keep_file(b"missing")
    path = installation.storage.local_path(damaged)
    assert path is not None
    path.chmod(0o600)
    path.write_bytes(b"damageD")
    installation.storage.delete(missing)
    manifest = create_backup(installation, tmp_path / "backup")[0].manifest
    assert set(manifest.damaged) == {damaged, missing}
    assert manifest.blobs == 0


def test_a_backup_goes_only_into_an_empty_folder(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Conflict):
        create_backup(installation, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_restore_goes_only_into_an_empty_place(
    installation: Installation, keep_file: Keep, settings: Settings, tmp_path: Path
) -> None:
    sha256 = keep_file(b"content")
    create_backup(installation, tmp_path / "backup")
    with pytest.raises(Conflict):
        restore_backup(settings, find_snapshot(tmp_path / "backup"))
    assert b"".join(installation.storage.read(sha256)) == b"content"


def test_a_backup_that_was_cut_off_is_none(
    installation: Installation, keep_file: Keep, other_place: Settings, tmp_path: Path
) -> None:
    keep_file(b"content")
    snapshot, _ = create_backup(installation, tmp_path / "backup")
    (snapshot.folder / "manifest.json").unlink()
    with pytest.raises(Invalid):
        restore_backup(other_place, find_snapshot(tmp_path / "backup"))


def test_the_doctor_finds_what_is_wrong(installation: Installation, keep_file: Keep) -> None:
    assert find_integrity_issues(installation) == []
    sha256 = keep_file(b"content")
    installation.storage.delete(sha256)
    assert [issue.invariant for issue in find_integrity_issues(installation)] == [Invariant.UPLOADS_KEPT]
    with installation.database.transaction() as session:
        session.delete(session.get_one(Blob, sha256))


def test_a_backup_of_the_first_format_which_held_its_own_files_comes_back(
    installation: Installation, keep_file: Keep, other_place: Settings, tmp_path: Path
) -> None:
    sha256 = keep_file(b"content")
    snapshot, _ = create_backup(installation, tmp_path / "backups")
    (tmp_path / "backups" / "blobs").rename(snapshot.folder / "blobs")
    replace(snapshot.manifest, format=1).write(snapshot.folder)
    old = snapshot.folder.rename(tmp_path / "old")
    assert restore_backup(other_place, find_snapshot(old)).count == 1
    assert b"".join(open_storage(other_place.storage).read(sha256)) == b"content"
