"""Ready means ready: at the first moment that a new installation says so, every part of it answers."""

import json
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from oer.core import health
from tests.serving import Service

WAIT_SECONDS = 120


def _json(service: Service, path: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{service.url}{path}", timeout=30) as answer:
        assert answer.status == 200
        return dict(json.load(answer))


def test_a_new_installation_answers_in_every_part_when_it_says_that_it_is_ready(tmp_path: Path) -> None:
    service = Service(tmp_path / "instance", {"OER_DATABASE_URL": "", "PYTHONUNBUFFERED": "1"})
    process = subprocess.Popen(
        [sys.executable, "-m", "oer", "serve", "--with-samples"],
        env=service.environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    patience = threading.Timer(WAIT_SECONDS, process.kill)
    patience.start()
    try:
        said = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if line.startswith("Ready: "):
                break
        else:
            raise AssertionError("".join(said))
        assert _json(service, "/api/v1/materials?q=lua+dao")["hits"]["total"]
        assert _json(service, "/api/v1/indicators")["indicators"]
        assert _json(service, "/readyz")["ready"] is True
        with urllib.request.urlopen(f"{service.url}/search?q=bep", timeout=30) as page:
            assert page.status == 200
        assert "Sample collection: 16 materials.\n" in said
        assert not [line for line in said if "WARNING" in line]
    finally:
        process.terminate()
        process.communicate(timeout=30)
        patience.cancel()


def test_what_is_not_ready_is_named(client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["ready"] is False
    assert answer.json["parts"]["database"] == "ready"
    assert answer.json["parts"]["search"] == "the index is not built yet"
    assert client.get("/healthz").status_code == 200


def test_why_a_part_fails_is_not_for_everybody(client, caplog, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_installation: object) -> str:
        raise OSError("/srv/secret/path is gone")

    monkeypatch.setitem(health._checks, "storage", fails)
    answer = client.get("/readyz")
    assert answer.json["parts"]["storage"] == "does not answer"
    assert "secret" not in answer.text
    assert "/srv/secret/path" in caplog.text
