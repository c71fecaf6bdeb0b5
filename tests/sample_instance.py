"""An instance with the sample collection, its files read and indexed: made once for all processes of a run."""

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from filelock import FileLock

from oer.app import open_installation
from oer.config import Settings
from oer.files.jobs import extract_due
from oer.jobs.queue import registered_jobs
from oer.operations.upgrade import upgrade_installation
from oer.reading.jobs import choose_parts_of_day
from oer.samples.loading import load_demo_accounts, load_samples


@contextmanager
def same_ids(seed: int = 7) -> Iterator[None]:
    """Have new public ids be the same ones in every run: names of pictures and tiles of covers are made of them."""
    with patch.object(secrets, "choice", random.Random(seed).choice):
        yield


def made_once(shared: Path) -> Path:
    """Return the instance below a folder that all processes of a run share. Who comes second waits for the first."""
    instance, done = shared / "samples" / "instance", shared / "samples.done"
    with FileLock(shared / "samples.lock"):
        if not done.exists():
            _make(Settings(instance_dir=instance))
            done.touch()
    return instance


def _make(settings: Settings) -> None:
    upgrade_installation(settings)
    installation = open_installation(settings)
    with same_ids():
        load_samples(installation)
        load_demo_accounts(installation)
    extract_due(installation)
    registered_jobs()["catalogue.index"].run(installation, "")
    choose_parts_of_day(installation)
    installation.database.engine.dispose()
