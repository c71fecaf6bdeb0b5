"""A real worker that dies or hangs is told: in /readyz, in search, to administrators, by the doctor."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.catalogue.queries import indexing
from oer.core.installation import Installation
from oer.files.services.store_ownership import require_own_store
from oer.operations.cli import doctor
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_published
from tests.serving import ROOT

WAIT_SECONDS = 90
SILENCE = 4
Process = subprocess.Popen[bytes]


@pytest.fixture
def installation(installation: Installation) -> Installation:
    return replace(installation, settings=replace(installation.settings, worker_silence_seconds=SILENCE))


@pytest.fixture
def worker(installation: Installation) -> Iterator[Process]:
    settings = installation.settings
    with installation.database.transaction() as session:
        require_own_store(session, installation.storage)
    environment = {
        "OER_INSTANCE_DIR": str(settings.instance_dir),
        "OER_DATABASE_URL": settings.database,
        "OER_SECRET_KEY": settings.secret_key,
        "OER_WORKER_SILENCE_SECONDS": str(SILENCE),
    }
    process = subprocess.Popen([sys.executable, "-m", "oer", "worker"], env=environment, cwd=ROOT)
    yield process
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait(30)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def told(client) -> str:
    return " ".join(client.get("/readyz").json["troubles"].get("worker", []))


def search_is_incomplete(client) -> bool:
    return bool(client.get("/api/v1/materials").json["incomplete"])


def test_a_worker_that_hangs_or_dies_is_told_everywhere(
    installation: Installation,
    app: Flask,
    session: Session,
    worker: Process,
    as_account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = app.test_client()
    admin = as_account(make_account(session, Role.ADMIN))
    make_published(session)
    session.commit()
    until(lambda: not told(client) and client.get("/api/v1/materials").status_code == 200)
    until(lambda: not search_is_incomplete(client))
    assert "dấu hiệu hoạt động" not in admin.client.get("/admin/operations").text

    monkeypatch.setattr(indexing, "INDEX_PATIENCE", timedelta(seconds=SILENCE))
    make_published(session)
    worker.send_signal(
        signal.SIGSTOP
    )  # now: SQLite's write lock is ours, and so it is not stopped with it in its hands
    session.commit()
    until(lambda: "gives no sign: it is dead or hangs" in told(client))
    answer = client.get("/readyz")
    assert answer.json["degraded"] is True
    assert client.get("/readyz?strict").status_code == 503
    until(lambda: search_is_incomplete(client))
    assert "còn thiếu một số kết quả" in client.get("/search").text
    assert "dấu hiệu hoạt động" in admin.client.get("/admin/operations").text
    assert "/admin/operations" in admin.client.get("/").text
    assert "Hệ thống có" in admin.client.get("/").text
    assert "Hệ thống có" not in client.get("/").text

    worker.send_signal(signal.SIGCONT)
    until(lambda: not told(client))
    until(lambda: not search_is_incomplete(client))

    worker.send_signal(signal.SIGKILL)
    worker.wait(30)
    until(lambda: "gives no sign" in told(client))
    assert (
        "now     worker: The background worker gives no sign"
        in CliRunner().invoke(doctor, [], obj=lambda: installation).output
    )


def test_a_worker_that_was_stopped_says_so(app: Flask, worker: Process) -> None:
    client = app.test_client()
    until(lambda: not told(client))
    worker.send_signal(signal.SIGINT)
    assert worker.wait(60) == 0
    until(lambda: "was stopped" in told(client))


def test_an_installation_without_a_worker_says_so(client) -> None:
    assert told(client) == "No background worker has been seen yet."
