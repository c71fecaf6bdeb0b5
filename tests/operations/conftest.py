"""A service on an instance that was upgraded once for all tests."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from oer.core.installation import Installation
from oer.files.services.ingest import receive, save_blob
from tests.serving import Service

Keep = Callable[[bytes], str]


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
