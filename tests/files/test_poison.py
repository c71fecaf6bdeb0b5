"""A file that kills whoever reads it: three workers die of it, then it is given up; the others are read (misuse 94)."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.core.clock import now
from oer.files.models import Rendition, RenditionState
from oer.files.queries import newest_rendition
from tests.backends.extraction.pdf_factories import pdf_of
from tests.files.factories import keep_file

# The worker's own sweep, in a process that dies as if memory had run out for it when it meets the poison.
WORKER = """
import os, signal, sys
import oer.app
from oer.config import Settings
from oer.core.installation import open_backends
from oer.files import jobs
from oer.jobs.queue import open_queue

read = jobs.extract

def extract(path, media_type):
    if path.name == os.environ["POISON"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return read(path, media_type)

jobs.extract = extract
settings = Settings.from_environment()
jobs.extract_due(open_backends(settings, open_queue(settings.jobs)))
"""


@pytest.fixture
def work(settings):
    """Runs a worker's sweep in a process of its own, of which one file is the death; returns how it ended."""
    environment = {
        **os.environ,
        "OER_INSTANCE_DIR": str(settings.instance_dir),
        "OER_DATABASE_URL": settings.database,
        "OER_STORAGE_URL": settings.storage,
        "OER_SECRET_KEY": settings.secret_key,
    }

    def run(poison: str) -> int:
        command, told = [sys.executable, "-c", WORKER], {**environment, "POISON": poison}
        return subprocess.run(command, check=False, env=told, timeout=300).returncode

    return run


def test_three_workers_die_of_a_poison_file_and_then_it_is_given_up(session, storage, work):
    poison = keep_file(session, storage, pdf_of(["x"])).sha256
    good = keep_file(session, storage, pdf_of(["Người cao tuổi học kỹ năng số"])).sha256
    session.commit()

    def state_of(sha256):
        session.rollback()
        found = newest_rendition(session, sha256)
        return found.state, found.tries

    def let_lease_run_out():
        session.execute(
            sa.update(Rendition)
            .where(Rendition.state == RenditionState.RUNNING)
            .values(leased_until=now() - timedelta(seconds=1))
        )
        session.commit()

    for _ in range(3):
        assert work(poison) == -signal.SIGKILL
        let_lease_run_out()
    assert work(poison) == 0
    assert state_of(poison) == (RenditionState.FAILED, 3)
    assert state_of(good) == (RenditionState.OK, 1)
