"""Processes that die where a test says, and installations that they work on."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from oer import failpoints
from oer.config import Settings
from oer.core.installation import Installation
from oer.files.services.store_ownership import require_own_store
from tests.catalogue.conftest import as_account  # noqa: F401 (a fixture)
from tests.faults.disks import MIB, Disk
from tests.serving import ROOT

KILLED = -9
Work = Callable[..., int]
Nursery = tuple[Path, Callable[[str], int]]


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    folder = tmp_path_factory.mktemp("failpoints")
    command = [sys.executable, "-m", "tests.faults.victims"]
    with subprocess.Popen(
        command, cwd=ROOT, env={"PATH": "/usr/bin:/bin", failpoints.VARIABLE: str(folder)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as nursery:  # fmt: skip

        def work(line: str) -> int:
            assert nursery.stdin is not None
            assert nursery.stdout is not None
            nursery.stdin.write(f"{line}\n")
            nursery.stdin.flush()
            return int(nursery.stdout.readline())

        yield folder, work
        assert nursery.stdin is not None
        nursery.stdin.close()


@pytest.fixture
def work_on(nursery: Nursery) -> Iterator[Callable[..., int]]:
    """Does a work on the instance of some settings, in a process that dies at a fail point if one is named.

    Returns its exit code.
    """
    folder, do = nursery

    def do_it(settings: Settings, name: str, dies_at: str = "") -> int:
        if dies_at:
            (folder / dies_at).touch()
        code = do(f"{name}\t{settings.instance_dir}\t{settings.database}")
        assert not list(folder.iterdir()), f"nobody came by {dies_at}"
        return code

    yield do_it
    for left in folder.iterdir():
        left.unlink()


@pytest.fixture
def work(work_on: Callable[..., int], installation: Installation) -> Work:
    """Does a work on this test's installation, whose store is its database's own."""
    with installation.database.transaction() as session:
        require_own_store(session, installation.storage)
    return partial(work_on, installation.settings)


@pytest.fixture
def empty_settings(settings: Settings, empty_database_url: str) -> Settings:
    """Settings of an installation that has no database yet."""
    database = sa.make_url(empty_database_url)
    if database.get_backend_name() == "sqlite":
        Path(database.database or "").parent.mkdir(parents=True)
    return replace(settings, database_url=empty_database_url)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk whose power can be cut, mounted where this test's service has its instance."""
    made = Disk(tmp_path / "disk.img", tmp_path / "instance", 512 * MIB)
    yield made
    made.unmount()


@pytest.fixture
def worn_out(tmp_path: Path) -> Iterator[Disk]:
    """A disk that lies on another one: once that one is cut, writes to it succeed and every fsync fails (EIO)."""
    below = Disk(tmp_path / "below.img", tmp_path / "below", 256 * MIB)
    try:
        above = Disk(below.folder / "above.img", tmp_path / "worn-out", 128 * MIB)
        above.cut = below.cut  # type: ignore[method-assign]
        yield above
        above.unmount()
    finally:
        below.unmount()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "small.img", tmp_path / "small", 12 * MIB)
    yield made
    made.unmount()
