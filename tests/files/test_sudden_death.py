"""kill -9 at every step of an upload: what was acknowledged is whole, what was not is absent or whole (misuse 86)."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer import failpoints
from oer.core.clock import now
from oer.files.models import Blob
from oer.files.queries import due_for_extraction, integrity_issues
from oer.files.services.garbage_collection import register_orphans
from tests.files.factories import a_pdf, keep_file, spooled

PROGRAM = """
import io, sys
from pathlib import Path
from oer.backends.scanning import NoScanner
from oer.backends.storage import open_storage
from oer.core.db import open_database
from oer.files.services.ingest import receive, save_blob

class Stream(io.BytesIO):
    def read(self, size=-1):
        return super().read(100)

database, storage = open_database(sys.argv[1]), open_storage(sys.argv[2])
content = Path(sys.argv[3]).read_bytes()
with receive(storage, NoScanner(), Stream(content), "a.pdf", limit=10**9) as received:
    with database.transaction() as session:
        save_blob(session, storage, received)
    print("acknowledged", flush=True)
"""
STEPS = [
    "upload.receiving",
    "upload.received",
    "upload.scanning",
    "upload.naming",
    "upload.named",
    "upload.saved",
    "jobs.sending",  # the commit is over
]


@pytest.fixture
def die(installation, storage, tmp_path):
    """Uploads a PDF in a process that dies at a step; returns whether it was acknowledged or at least committed."""
    (tmp_path / "content").write_bytes(a_pdf())
    armed = tmp_path / "failpoints"
    armed.mkdir()
    url = installation.database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", PROGRAM, url, f"file:{storage.root}", str(tmp_path / "content")]

    def upload(step):
        (armed / step).touch()
        environment = os.environ | {failpoints.VARIABLE: str(armed)}
        died = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        assert died.returncode == -9, died.stderr
        assert "acknowledged" not in died.stdout
        return step == "jobs.sending"

    return upload


@pytest.mark.parametrize("step", STEPS)
def test_an_upload_that_dies_at_any_step_leaves_the_house_in_order(installation, storage, die, step):
    committed = die(step)
    with installation.database.reading() as session:
        known = session.scalars(sa.select(Blob.sha256)).all()
        assert bool(known) is committed
        assert integrity_issues(session, storage, read_contents=True) == []
        for sha256 in known:
            assert b"".join(storage.read(sha256)) == a_pdf()
            assert due_for_extraction(session, now()) == known


def test_after_a_death_the_same_upload_goes_through_and_leftovers_go(installation, storage, die):
    for step in ("upload.receiving", "upload.named", "upload.saved"):
        die(step)
    with installation.database.transaction() as session:
        blob = keep_file(session, storage)
        register_orphans(session, list(storage.contents()), now())
        assert blob.found_unreferenced_at is None
    assert len(list(storage.contents())) == 1
    storage.sweep(timedelta(0))
    assert spooled(storage) == []
