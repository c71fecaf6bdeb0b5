"""A service on an instance that was upgraded once for all tests."""

import shutil
from pathlib import Path

import pytest

from oer.config import Settings
from oer.operations.upgrade import upgrade_installation
from tests.serving import Service


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance of this version that nothing was done with; to be copied."""
    folder = tmp_path_factory.mktemp("upgraded") / "instance"
    upgrade_installation(Settings(instance_dir=folder))
    return folder


@pytest.fixture
def service(upgraded: Path, tmp_path: Path) -> Service:
    """The service of a copy, not yet running."""
    shutil.copytree(upgraded, tmp_path / "instance")
    return Service(tmp_path / "instance", {"OER_DATABASE_URL": ""}, upgraded=True)
