"""What can be thrown away never stops a start: damaged, it is put aside, made anew and told in the log."""

import json
import shutil
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from oer.core.clock import today
from tests.serving import Service

WAIT_SECONDS = 90


@pytest.fixture
def service(sample_instance: Path, tmp_path: Path) -> Service:
    shutil.copytree(sample_instance, tmp_path / "instance")
    return Service(tmp_path / "instance", {"OER_DATABASE_URL": ""}, upgraded=True)


def until(condition: Callable[[], bool], service: Service) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, service.said()
        time.sleep(0.2)


def hits(service: Service) -> int:
    with urllib.request.urlopen(f"{service.url}/api/v1/materials?q=bep", timeout=30) as answer:
        found = json.load(answer)
        return 0 if found["incomplete"] else int(found["hits"]["total"])


def found_again(service: Service) -> bool:
    try:
        return hits(service) > 0
    except OSError:
        return False  # 503 until the index is made anew


def test_a_start_with_every_replaceable_file_damaged_heals_all_of_them(service: Service) -> None:
    instance = service.instance
    for stale in ("-wal", "-shm"):
        (instance / f"jobs.sqlite3{stale}").unlink(missing_ok=True)
    (instance / "jobs.sqlite3").write_bytes(b"no queue" * 1000)
    for name in ("spool", "salt", "page-images/.locks"):
        (instance / name).mkdir(parents=True, exist_ok=True)
    (instance / "spool" / "20260310T01-00.jsonl").write_bytes(b"\0" * 5000 + b"\n{")
    (instance / "spool" / "20260310T02-00.jsonl").mkdir()
    (instance / "salt" / f"{today()}").write_bytes(b"half")
    (instance / "page-images" / ".locks" / "total.bytes").write_bytes(b"\xff")
    (instance / "index" / "current").write_bytes(b"\xff\0i-nothing")
    with service:
        until(lambda: found_again(service), service)
        urllib.request.urlopen(f"{service.url}/", timeout=30).close()
        until(lambda: "20260310T02-00.jsonl is damaged" in service.said(), service)
        assert "jobs.sqlite3 is damaged" in service.said()
        assert not (instance / "spool" / "20260310T01-00.jsonl").exists()
