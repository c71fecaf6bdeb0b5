"""Who may read an installation's files: its own user alone, whatever the umask is and whoever made them.

Modes are changed by path. A database is never opened for that: closing any descriptor of a file drops all POSIX locks
that this process holds on it (sqlite.org/howtocorrupt.html, section 2.2).
"""

import logging
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from oer.config import Settings

log = logging.getLogger(__name__)
FOLDER, FILE = 0o700, 0o600
PASSED_THROUGH = 0o711  # nginx, under a user of its own, reaches what it is told the name of, and lists nothing
ACCEL = "x-accel-redirect:"
_creating = threading.Lock()  # who finds the file there may lock it; this process has closed its descriptor by then
_OF_SQLITE = ("", "-wal", "-shm", "-journal")


def create_private_file(path: Path) -> None:
    """Make an empty file that its owner alone may read, unless it is there: SQLite gives its mode to -wal and -shm."""
    with _creating, suppress(FileExistsError, FileNotFoundError, NotADirectoryError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, FILE))


def keep_private(settings: Settings) -> None:
    """Make the instance folder if there is none, and mend the modes of what is in it, of the databases and the store.

    What belongs to another user is left as it is, and named in the log.
    """
    instance = settings.instance_dir
    instance.mkdir(parents=True, exist_ok=True, mode=FOLDER)
    for path, mode in _wanted(settings):
        try:
            _mend(path, mode)
        except FileNotFoundError:
            continue  # such as a -wal that SQLite has just removed
        except PermissionError:
            log.warning("%s can be read by others, and belongs to another user: set its mode to %o", path, mode)


def _wanted(settings: Settings) -> Iterator[tuple[Path, int]]:
    instance, store = settings.instance_dir, _store_folder(settings)
    by_nginx = settings.file_sending.startswith(ACCEL)
    inside = store is not None and instance.absolute() in store.absolute().parents
    yield instance, PASSED_THROUGH if by_nginx and inside else FOLDER
    for entry in os.scandir(instance):
        path = Path(entry.path)
        if entry.is_file(follow_symlinks=False):
            yield path, FILE
        elif entry.is_dir(follow_symlinks=False) and path.absolute() != store:
            yield path, FOLDER
    if store is not None:
        yield store, PASSED_THROUGH if by_nginx else FOLDER
    for database in _sqlite_files(settings):
        for suffix in _OF_SQLITE:
            yield database.with_name(database.name + suffix), FILE


def _store_folder(settings: Settings) -> Path | None:
    scheme, _, path = settings.storage.partition(":")
    return Path(path.removeprefix("//")).absolute() if scheme == "file" else None


def _sqlite_files(settings: Settings) -> Iterator[Path]:
    url = sa.make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith((":", "file:")):
        yield Path(url.database)
    if settings.jobs.startswith("sqlite:"):
        yield Path(settings.jobs.removeprefix("sqlite:"))


def _mend(path: Path, mode: int) -> None:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode) or stat.S_IMODE(status.st_mode) & 0o077 == mode & 0o077:
        return
    path.chmod(mode)
