"""Files that can be thrown away: a damaged one is put aside under another name, so that a new one can be made."""

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from oer.core.clock import now

log = logging.getLogger(__name__)
_MARK = "damaged"


def put_aside(path: Path, why: str, *, companions: tuple[str, ...] = ()) -> Path:
    """Rename a damaged file to NAME.damaged-TIME, with the files whose names have one of these endings after its own.

    Returns its new name. Who looks for a cause finds the file there, and may delete it.
    """
    ending = f".{_MARK}-{now():%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
    aside = path.with_name(path.name + ending)
    for each in companions:
        beside = path.with_name(path.name + each)
        if beside.exists():
            beside.rename(path.with_name(path.name + ending + each))
    if os.path.lexists(path):
        path.rename(aside)
    log.error("%s is damaged (%s): it was put aside as %s, and is made anew", path.name, why, aside.name)
    return aside


@contextmanager
def replacing(path: Path) -> Iterator[None]:
    """Let one process at a time replace a file. Inside, look again: another one may have replaced it already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f"{path.name}.lock"), mode=0o600):
        yield
