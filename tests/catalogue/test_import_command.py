"""`oer import` in a process of its own: how far it is, and its end by Ctrl-C."""

import json
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from oer.config import Settings
from oer.operations.upgrade import upgrade_installation
from tests.catalogue.factories import BY
from tests.serving import Service


@pytest.fixture
def service(tmp_path: Path) -> Service:
    upgrade_installation(Settings(instance_dir=tmp_path / "instance"))
    return Service(tmp_path / "instance", {"OER_DATABASE_URL": ""}, upgraded=True)


def _line(number: int) -> bytes:
    metadata = {
        "title": {"vi": f"Bài {number}"},
        "language": ["vi"],
        "licence": BY,
        "source_url": "https://example.org",
    }
    return json.dumps({"identifier": f"bai-{number}", "metadata": metadata}).encode() + b"\n"


def _imported(service: Service) -> int:
    with closing(sqlite3.connect(service.instance / "oer.sqlite3")) as database:
        return int(database.execute("SELECT count(*) FROM material").fetchone()[0])


def test_an_import_that_ctrl_c_ends_goes_on_where_it_was(service: Service, tmp_path: Path) -> None:
    command = [service.python, "-m", "oer", "import", "-"]
    process = subprocess.Popen(
        command, env=service.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    try:
        for number in range(500):  # a batch, which is committed, and then it waits for more
            process.stdin.write(_line(number))
        process.stdin.flush()
        _until_imported(service, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out) == (130, b""), err
    assert err.decode().splitlines()[-1].startswith("Stopped after 500 lines. What was committed stays.")
    lines = tmp_path / "lines.jsonl"
    lines.write_bytes(b"".join(map(_line, range(501))))
    assert service.run("import", str(lines), "--quiet").stdout == "1 added, 0 updated, 500 unchanged, 0 faulty\n"


def _until_imported(service: Service, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while _imported(service) < 500:
        assert time.monotonic() < deadline
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(process.communicate())
