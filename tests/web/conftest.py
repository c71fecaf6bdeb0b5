import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask


@pytest.fixture
def app(fresh_app: Flask) -> Flask:
    """Tests of the glue add pages of their own."""
    return fresh_app


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, with 6 MB: where this user may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(folder)], check=False, capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
