"""A service on an instance that was upgraded once for all tests."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from oer.config import Settings
from oer.core.installation import Installation
from oer.files.services.ingest import receive, save_blob
from oer.operations.upgrade import upgrade_installation
from tests.serving import Service

Keep = Callable[[bytes], str]


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


@pytest.fixture
def keep_file(installation: Installation) -> Keep:
    def keep_it(content: bytes) -> str:
        received = receive(installation.storage, installation.scanner, io.BytesIO(content), "bài.txt", limit=1000)
        with received as file, installation.database.transaction() as session:
            return save_blob(session, installation.storage, file).sha256

    return keep_it
