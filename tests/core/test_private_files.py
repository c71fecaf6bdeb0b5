"""Nobody but the service's own user reads its databases, keys, and files that are not public."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from oer.app import open_installation
from oer.cli import main
from oer.config import Settings
from oer.core.db import open_database
from oer.core.private_files import keep_private
from oer.operations.upgrade import upgrade_installation


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Whatever this makes private is not so by the umask."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def readable_by_others(folder: Path) -> list[str]:
    """What somebody else could read who may enter the folder itself."""
    found = [path for path in folder.rglob("*") if mode(path) & 0o044 and all(mode(up) & 0o011 for up in _ups(path))]
    return [str(path.relative_to(folder)) for path in found]


def _ups(path: Path) -> list[Path]:
    return [up for up in path.parents if up.name and "instance" in str(up) and up.name != "instance"]


def test_a_new_installation_is_its_owners_alone(tmp_path: Path) -> None:
    settings = Settings(instance_dir=tmp_path / "instance")
    settings = Settings(instance_dir=settings.instance_dir, storage_url=f"file:{tmp_path / 'instance' / 'uploads'}")
    upgrade_installation(settings)
    installation = open_installation(settings)
    with installation.database.transaction() as session:
        session.execute(sa.text("CREATE TABLE one (a INTEGER)"))
        assert mode(tmp_path / "instance") == 0o700
        assert mode(tmp_path / "instance" / "oer.sqlite3") == 0o600
        assert mode(tmp_path / "instance" / "oer.sqlite3-wal") == 0o600
        assert mode(tmp_path / "instance" / "jobs.sqlite3") == 0o600
        assert mode(tmp_path / "instance" / "secret") == 0o600
    installation.database.engine.dispose()


def test_an_installation_from_before_is_mended_at_its_next_start(tmp_path: Path) -> None:
    settings = Settings(instance_dir=tmp_path / "instance")
    upgrade_installation(settings)
    for name in ("spool", "salt", "index", "backups"):
        (tmp_path / "instance" / name).mkdir(exist_ok=True)
    for path in (tmp_path / "instance", *(tmp_path / "instance").iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    open_installation(settings).database.engine.dispose()
    assert mode(tmp_path / "instance") == 0o700
    assert readable_by_others(tmp_path / "instance") == []
    assert {mode(path) for path in (tmp_path / "instance").iterdir()} == {0o700, 0o600}


def test_a_database_elsewhere_is_private_from_its_first_moment(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}")
    database.engine.connect().close()
    assert mode(tmp_path / "elsewhere.sqlite3") == 0o600
    database.engine.dispose()


def test_nginx_passes_through_to_the_files_and_lists_nothing(tmp_path: Path) -> None:
    uploads = tmp_path / "instance" / "uploads"
    uploads.mkdir(parents=True)
    settings = Settings(
        instance_dir=tmp_path / "instance", storage_url=f"file:{uploads}", file_sending="x-accel-redirect:/files/"
    )
    keep_private(settings)
    assert (mode(tmp_path / "instance"), mode(uploads)) == (0o711, 0o711)
    keep_private(Settings(instance_dir=tmp_path / "instance", storage_url=f"file:{uploads}"))
    assert (mode(tmp_path / "instance"), mode(uploads)) == (0o700, 0o700)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "of somebody else").write_text("x")
    (tmp_path / "of somebody else").chmod(0o644)
    (tmp_path / "instance" / "link").symlink_to(tmp_path / "of somebody else")
    keep_private(Settings(instance_dir=tmp_path / "instance"))
    assert mode(tmp_path / "of somebody else") == 0o644


def test_the_locks_of_a_database_in_use_outlive_the_mending_of_its_mode(tmp_path: Path) -> None:
    settings = Settings(instance_dir=tmp_path / "instance")
    upgrade_installation(settings)
    path = tmp_path / "instance" / "oer.sqlite3"
    path.chmod(0o644)
    database = open_database(settings.database)
    with database.transaction() as session:
        session.execute(sa.text("CREATE TABLE one (a INTEGER)"))
        keep_private(settings)
        assert mode(path) == 0o600
        # Another process must find the database locked.
        program = f"import sqlite3; sqlite3.connect({str(path)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
        assert os.spawnlp(os.P_WAIT, "python3", "python3", "-c", program) != 0
    database.engine.dispose()


def test_many_who_connect_at_once_make_one_private_database(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    together = threading.Barrier(8)
    failed: list[Exception] = []

    def connect() -> None:
        together.wait()
        try:
            with database.transaction() as session:
                session.execute(sa.text("CREATE TABLE IF NOT EXISTS one (a INTEGER)"))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=connect) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (failed, mode(tmp_path / "new.sqlite3")) == ([], 0o600)
    database.engine.dispose()


def test_a_backup_is_its_owners_alone(tmp_path: Path) -> None:
    instance = {"OER_INSTANCE_DIR": str(tmp_path / "instance"), "OER_STORAGE_URL": f"file:{tmp_path / 'uploads'}"}
    run = CliRunner(env=instance | {"OER_DATABASE_URL": None})
    assert run.invoke(main, ["db", "upgrade"]).exit_code == 0
    assert run.invoke(main, ["backup", "create", str(tmp_path / "backups")]).exit_code == 0
    assert mode(tmp_path / "backups") == 0o700
