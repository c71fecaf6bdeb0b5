"""One process at a time for work that must not be done twice at once."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from oer.core.engines import Engines


@contextmanager
def only_one(engines: Engines, name: str, *, wait: bool = False) -> Iterator[bool]:
    """Give True to one thread of one process of this installation at a time, False to others unless they `wait`.

    It is a lock on a file of the instance folder, which the system lets go of when its holder dies.
    """
    folder = engines.settings.instance_dir
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / f"{name}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        yield _locked(handle, wait)
    finally:
        os.close(handle)


def _locked(handle: int, wait: bool) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
