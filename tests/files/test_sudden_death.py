"""kill -9 at every step of an upload: what was acknowledged is whole, what was not is absent or whole (misuse 86)."""

import subprocess
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.core.clock import now
from oer.files.models import Blob
from oer.files.queries import due_for_extraction, integrity_issues
from oer.files.services.garbage_collection import register_orphans
from tests.files.factories import a_pdf, keep_file, spooled

PROGRAM = """
import io, os, signal, sys
from pathlib import Path
from oer.backends.scanning import NoScanner
from oer.backends.storage.folder import FolderStorage
from oer.backends.storage import open_storage
from oer.core.db import open_database
from oer.files.services.ingest import receive, save_blob

step = sys.argv[1]

def die(here):
    if here == step:
        os.kill(os.getpid(), signal.SIGKILL)

class Stream(io.BytesIO):
    def read(self, size=-1):
        if self.tell() > 100:
            die("receiving")
        return super().read(100)

class Scanner(NoScanner):
    def scan(self, path):
        die("scanning")
        return super().scan(path)

def naming(self, source, path):
    die("before the name")
    FolderStorage._really_name(self, source, path)
    die("after the name")

FolderStorage._really_name, FolderStorage._name = FolderStorage._name, naming
database, storage = open_database(sys.argv[2]), open_storage(sys.argv[3])
content = Path(sys.argv[4]).read_bytes()
with receive(storage, Scanner(), Stream(content), "a.pdf", limit=10**9) as received:
    die("received")
    with database.transaction() as session:
        save_blob(session, storage, received)
        die("before the commit")
    print("acknowledged", flush=True)
    die("after the commit")
"""
STEPS = [
    "receiving",
    "scanning",
    "before the name",
    "after the name",
    "received",
    "before the commit",
    "after the commit",
]


@pytest.mark.parametrize("step", STEPS)
def test_an_upload_that_dies_at_any_step_leaves_the_house_in_order(installation, storage, tmp_path, step):
    (tmp_path / "content").write_bytes(a_pdf())
    url = installation.database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", PROGRAM, step, url, f"file:{storage.root}", str(tmp_path / "content")]
    died = subprocess.run(command, check=False, capture_output=True, text=True)
    assert died.returncode == -9, died.stderr
    acknowledged = "acknowledged" in died.stdout
    assert acknowledged is (step == "after the commit")
    with installation.database.reading() as session:
        known = session.scalars(sa.select(Blob.sha256)).all()
        assert bool(known) is acknowledged
        assert integrity_issues(session, storage, read_contents=True) == []
        for sha256 in known:
            assert b"".join(storage.read(sha256)) == a_pdf()
            assert due_for_extraction(session, now()) == known


def test_after_a_death_the_same_upload_goes_through_and_leftovers_go(installation, storage, tmp_path):
    (tmp_path / "content").write_bytes(a_pdf())
    url = installation.database.engine.url.render_as_string(hide_password=False)
    for step in ("receiving", "after the name", "before the commit"):
        command = [sys.executable, "-c", PROGRAM, step, url, f"file:{storage.root}", str(tmp_path / "content")]
        assert subprocess.run(command, check=False).returncode == -9
    with installation.database.transaction() as session:
        blob = keep_file(session, storage)
        register_orphans(session, list(storage.contents()), now())
        assert blob.found_unreferenced_at is None
    assert len(list(storage.contents())) == 1
    storage.sweep(timedelta(0))
    assert spooled(storage) == []
