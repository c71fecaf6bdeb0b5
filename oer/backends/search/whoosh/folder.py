"""The folder of an index: which generation's folder is current, who may write, what is known to be damaged."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from filelock import FileLock, Timeout

from oer.backends.search.protocol import IndexBusy, IndexMissing

CURRENT, DAMAGED, INCOMPLETE, MANIFEST, JOURNAL = "current", "damaged", "incomplete", "manifest.json", "journal"
_WRITER_PATIENCE = 120.0


def sync(path: Path) -> None:
    """Make a file's content, or a folder's entries, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Replace a small file at once and durably."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    beside.write_bytes(content)
    sync(beside)
    beside.replace(path)
    sync(path.parent)


def _crc(path: Path) -> int:
    total = 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            total = crc32(block, total)
    return total


@dataclass(frozen=True)
class Folder:
    """`path` holds a folder per rebuild, a file that names the current one, and the locks."""

    path: Path

    def current(self) -> Path:
        """Return the folder to read and write. Raises IndexMissing."""
        try:
            name = (self.path / CURRENT).read_text(errors="replace").strip()
            found = self.path / name
            there = name.startswith("i-") and found.is_dir()
        except OSError as error:
            raise IndexMissing(f"no index in {self.path}") from error
        if not there:
            raise IndexMissing(f"{name or 'the index'} is gone from {self.path}")
        return found

    def new(self) -> Path:
        """Return a new empty folder beside the current one."""
        made = self.path / f"i-{secrets.token_hex(8)}"
        made.mkdir(parents=True, mode=0o700)
        return made

    def make_current(self, folder: Path) -> None:
        """Let every reader and writer turn to `folder` from now on."""
        write_whole(self.path / CURRENT, folder.name.encode())

    def remove_others(self, folder: Path) -> None:
        """Remove every folder but this one; readers that have one open keep their files."""
        for other in self.path.glob("i-*"):
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def locked(self, name: str, patience: float = _WRITER_PATIENCE) -> Iterator[None]:
        """Hold a lock among all threads and processes; it goes with a process that dies. Raises IndexBusy."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self.path / f"{name}.lock")
        try:
            lock.acquire(timeout=patience)
        except Timeout:
            raise IndexBusy(f"{name} lock of {self.path} is held") from None
        try:
            yield
        finally:
            lock.release()


def record_files(folder: Path) -> None:
    """Make a commit durable, and write down what its files must be."""
    known = read_manifest(folder)
    recorded = {}
    for path in sorted(folder.glob("*MAIN_*")):
        if path.is_dir() or path.name.endswith("LOCK"):
            continue
        size = path.stat().st_size
        if path.name in known and known[path.name][0] == size:
            recorded[path.name] = known[path.name]
        else:
            sync(path)
            recorded[path.name] = [size, _crc(path)]
    write_whole(folder / MANIFEST, json.dumps(recorded).encode())


def read_manifest(folder: Path) -> dict[str, list[int]]:
    """Return file name -> [size, CRC-32] as of the last commit; empty if there is none that can be read."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def wrong_file(folder: Path, *, deep: bool = False) -> str:
    """Return the name of a file that is not as recorded (by size; `deep`: by content), or ""."""
    known = read_manifest(folder)
    if not known and (folder / MANIFEST).exists():
        return MANIFEST
    for name, (size, crc) in known.items():
        path = folder / name
        # A commit that runs just now may have removed a file that the manifest still names.
        if path.exists() and (path.stat().st_size != size or (deep and _crc(path) != crc)):
            return name
    return ""


def mark_damaged(folder: Path, reason: str) -> None:
    """Remember that a folder cannot be trusted, for whoever rebuilds it."""
    try:
        (folder / DAMAGED).write_text(reason)
    except OSError:
        return  # a reader without the right to write: it still answers IndexBroken


def damage(folder: Path) -> str:
    """Return why a folder is known to be damaged, or ""."""
    try:
        return (folder / DAMAGED).read_text(errors="replace") or "damaged"
    except OSError:
        return ""
