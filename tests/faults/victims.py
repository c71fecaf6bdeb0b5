"""Processes that do one piece of work and may be killed at a fail point.

Run as a module it is a nursery: for each line, a work and the instance that it is done in, it forks a process (which
takes milliseconds where a new interpreter takes seconds), waits for its end and says how it ended.
"""

import os
import sys
from pathlib import Path

from oer.app import open_installation
from oer.config import Settings
from oer.jobs.queue import registered_jobs
from oer.operations.upgrade import upgrade_installation


def _settings(instance: str, database: str) -> Settings:
    return Settings(instance_dir=Path(instance), database_url=database, secret_key="a secret of the tests alone")


def live(work: str, instance: str, database: str) -> None:
    """Do a job of this name, or `upgrade`."""
    settings = _settings(instance, database)
    if work == "upgrade":
        upgrade_installation(settings)
    else:
        registered_jobs()[work].run(open_installation(settings), "")


def nursery() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            live(*line.rstrip("\n").split("\t"))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    nursery()
