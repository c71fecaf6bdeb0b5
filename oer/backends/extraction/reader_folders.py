"""The folder that each reader has for itself, and how files get into its sight and out of it.

What a reader leaves in its folder is as hostile as the file that it read: links are not followed, pipes not opened.
"""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

PREFIX = "oer-reader-"
_READABLE_BY_ALL = 0o004


@contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a new folder for temporary files, and remove it with all that is in it."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_folders(older_than: timedelta) -> int:
    """Remove folders left by readers whose parent died at least `older_than` ago; return how many."""
    latest, count = time.time() - older_than.total_seconds(), 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime <= latest:
                shutil.rmtree(folder, ignore_errors=True)
                count += 1
    return count


def open_for_reader(path: Path, folder: Path) -> int:
    """Return a descriptor of a file that a reader can open once more, under whichever user it runs. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    if os.geteuid() != 0 or os.fstat(descriptor).st_mode & _READABLE_BY_ALL:
        return descriptor
    copy = folder / "given"
    with os.fdopen(descriptor, "rb") as source, copy.open("xb") as target:
        shutil.copyfileobj(source, target)
    copy.chmod(0o444)
    descriptor = os.open(copy, os.O_RDONLY)
    copy.unlink()
    return descriptor


@contextmanager
def taken_from(folder: Path, *names: str, most: int) -> Iterator[Path | None]:
    """Yield a copy of a file that a reader made in its folder; None if there is no plain file of at most `most` bytes.

    The names lead to it: folders, and the file's own last.
    """
    with private_folder() as ours, ExitStack() as stack:
        copy = ours / names[-1]
        try:
            place = _opened(stack, folder, os.O_DIRECTORY)
            for name in names[:-1]:
                place = _opened(stack, name, os.O_DIRECTORY, place)
            file = _opened(stack, names[-1], os.O_NONBLOCK, place)
        except OSError:
            yield None
            return
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1 or about.st_size > most:
            yield None
            return
        with os.fdopen(file, "rb", closefd=False) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        yield copy


def _opened(stack: ExitStack, name: str | Path, flags: int, place: int | None = None) -> int:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | flags, dir_fd=place)
    stack.callback(os.close, descriptor)
    return descriptor
