"""The server for developing, on a copy of the code: it reloads on a change, and shows errors in the browser."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import ROOT, free_port

WAIT_SECONDS = 120


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("oer", "templates", "migrations"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "sources"))
    return tmp_path


@pytest.fixture
def url(copy: Path) -> Iterator[str]:
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OER_")}
    environment = clean | {"PORT": str(port), "PYTHONPATH": str(copy), "OER_INSTANCE_DIR": str(copy / "instance")}
    with (copy / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "oer.operations.dev"], env=environment, cwd=copy, stdout=log, stderr=log
        )
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _ask(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def _until(address: str, status: int, text: str, log: Path) -> str:
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := _ask(address))[0] != status or text not in found[1]:
        assert time.monotonic() < deadline, (found[0], log.read_text()[-3000:])
        time.sleep(0.2)
    return found[1]


def test_a_changed_template_is_shown_and_an_error_is_explained(copy: Path, url: str) -> None:
    _until(f"{url}/", 200, "</html>", copy / "log")
    base = copy / "templates" / "base.html"
    good = base.read_text(encoding="utf-8")
    base.write_text(good.replace("</body>", "<p>changed just now</p></body>"), encoding="utf-8")
    _until(f"{url}/", 200, "changed just now", copy / "log")
    base.write_text(good.replace("</body>", "{{ 1 // 0 }}</body>"), encoding="utf-8")
    page = _until(f"{url}/", 500, "ZeroDivisionError", copy / "log")
    assert "Traceback" in page
    assert "127.0.0.1" in (copy / "log").read_text()
