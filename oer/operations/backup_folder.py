"""A folder of backups: a snapshot of the database for each, and every file once, however many of them have it.

    FOLDER/oer-backups.json            tells that this is one
    FOLDER/20261129T021244Z/           a backup: its manifest, written last, and its database
    FOLDER/blobs/ab/cd/<sha256>        the files of all backups; those that are there already are not copied again

A backup of the first format held its own files; it can still be restored.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from oer.backends.storage import Missing, Storage
from oer.core.clock import city_time
from oer.core.console import Progress, no_progress, tracked_stream
from oer.core.errors import Conflict, Invalid
from oer.operations.database_dump import MANIFEST, Manifest, blobs_in_dump, database_digest, read_manifest

FORMAT = 2
BLOBS_FOLDER = "blobs"
MARKER = "oer-backups.json"
DAMAGED_ENDING = ".damaged"
_NAME = re.compile(r"\d{8}T\d{6}Z(-\d+)?")


@dataclass(frozen=True)
class Snapshot:
    """A finished backup."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """Its name in the folder of backups."""
        return self.folder.name

    @property
    def made_at(self) -> datetime:
        """When its database was read."""
        return datetime.fromisoformat(self.manifest.made_at)

    @property
    def blobs_folder(self) -> Path:
        """Where its files are."""
        return (self.folder if self.manifest.format == 1 else self.folder.parent) / BLOBS_FOLDER

    @property
    def hashes(self) -> list[str]:
        """The hashes of the files that it holds."""
        left_out = set(self.manifest.damaged)
        return [sha256 for sha256, _size in blobs_in_dump(self.folder) if sha256 not in left_out]

    def require_database(self) -> None:
        """Raise Invalid if its database is not what was written."""
        if database_digest(self.folder) != self.manifest.database_sha256:
            raise Invalid("The database of the backup in %(folder)s is damaged.", folder=str(self.folder))


def snapshots(folder: Path) -> list[Snapshot]:
    """Return the finished backups of a folder, oldest first."""
    found = [Snapshot(path.parent, read_manifest(path.parent)) for path in folder.glob(f"*/{MANIFEST}")]
    return sorted(found, key=lambda each: each.made_at)


def find_snapshot(folder: Path, name: str = "") -> Snapshot:
    """Return a backup of the folder by its name, else the newest; also where `folder` is a backup itself.

    Raises Invalid where there is none.
    """
    if (folder / MANIFEST).exists():
        return Snapshot(folder, read_manifest(folder))
    found = [each for each in snapshots(folder) if not name or each.name == name]
    if not found:
        raise Invalid("There is no finished backup in %(folder)s.", folder=str(folder / name))
    return found[-1]


def new_snapshot_folder(folder: Path, moment: datetime) -> Path:
    """Make the folder of a new backup, named after the moment in UTC."""
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    for name in (stamp, *(f"{stamp}-{number}" for number in range(2, 100))):
        try:
            (folder / name).mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder / name
    raise Conflict("Another process is at the backups in %(folder)s.", folder=str(folder))


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Let one process at a time write into a folder of backups, which is made if it is empty or not there.

    Raises Conflict for a folder that holds something else, and while somebody else is at it.
    """
    if not (folder / MARKER).exists():
        if folder.exists() and any(folder.iterdir()):
            raise Conflict("The folder %(folder)s is not empty, and no folder of backups.", folder=str(folder))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        (folder / MARKER).write_text(json.dumps({"format": FORMAT}) + "\n", encoding="utf-8")
    lock = FileLock(folder / ".lock", mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise Conflict("Another process is at the backups in %(folder)s.", folder=str(folder)) from None
    try:
        yield
    finally:
        lock.release()


# Files: each is named after its hash, and checked against it when it is copied in or out.


@dataclass
class Copied:
    """How many files a backup has and how many of them were copied now; which are missing or damaged."""

    count: int = 0
    size: int = 0
    new: int = 0
    damaged: list[str] = field(default_factory=list)


def blob_path(blobs_folder: Path, sha256: str) -> Path:
    """Return where a file lies."""
    return blobs_folder / sha256[:2] / sha256[2:4] / sha256


def copy_out(
    storage: Storage,
    blobs: Iterable[tuple[str, int]],
    blobs_folder: Path,
    total: int | None = None,
    progress: Progress = no_progress,
) -> Copied:
    """Copy the blobs, (hash, size), that the folder does not have; what the store has not whole is named, not kept."""
    copied = Copied()
    for sha256, size in tracked_stream(blobs, "files", total, progress):
        path = blob_path(blobs_folder, sha256)
        if path.is_file() and path.stat().st_size == size:
            copied.count, copied.size = copied.count + 1, copied.size + size
        elif _copy_one(storage, sha256, path):
            copied.count, copied.size, copied.new = copied.count + 1, copied.size + size, copied.new + 1
        else:
            copied.damaged.append(sha256)
    return copied


def _copy_one(storage: Storage, sha256: str, path: Path) -> bool:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, unfinished = hashlib.sha256(), path.with_suffix(".unfinished")
    try:
        with unfinished.open("wb") as file:
            for block in storage.read(sha256):
                digest.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
    except Missing:
        unfinished.unlink()
        return False
    if digest.hexdigest() != sha256:
        unfinished.unlink()
        return False
    unfinished.rename(path)
    return True


def damaged_files(snapshot: Snapshot, seen: set[str], progress: Progress = no_progress) -> list[str]:
    """Return which files of a backup are missing or not what their name says, of those not in `seen`, which grows.

    What is damaged is put aside, so that the next backup copies it anew.
    """
    found = []
    hashes = [sha256 for sha256 in snapshot.hashes if sha256 not in seen]
    for sha256 in tracked_stream(hashes, "files", len(hashes), progress):
        seen.add(sha256)
        path = blob_path(snapshot.blobs_folder, sha256)
        if not path.is_file():
            found.append(sha256)
            continue
        with path.open("rb") as file:
            whole = hashlib.file_digest(file, "sha256").hexdigest() == sha256
        if not whole:
            path.rename(path.with_name(path.name + DAMAGED_ENDING))
            found.append(sha256)
    return found


# Which backups stay.


@dataclass(frozen=True)
class Retention:
    """How many days, weeks and months keep the last backup of each."""

    days: int
    weeks: int
    months: int

    @classmethod
    def parse(cls, text: str) -> "Retention":
        """Return what "7,5,12" means. Raises ValueError for anything else."""
        parts = text.split(",")
        if len(parts) != 3 or not all(part.strip().isdigit() for part in parts) or not any(map(int, parts)):
            raise ValueError("three whole numbers, for example 7,5,12 (days, weeks, months), not all zero")
        return cls(*map(int, parts))

    def kept(self, found: Iterable[Snapshot]) -> list[Snapshot]:
        """Return which backups stay: the newest of all, and the last of each of the newest days, weeks and months."""
        newest_first = sorted(found, key=lambda each: each.made_at, reverse=True)
        stay = {each.name for each in newest_first[:1]}
        for count, period in ((self.days, "%Y-%m-%d"), (self.weeks, "%G-%V"), (self.months, "%Y-%m")):
            last_of: dict[str, str] = {}
            for each in newest_first:
                last_of.setdefault(city_time(each.made_at).strftime(period), each.name)
            stay.update(list(last_of.values())[:count])
        return [each for each in newest_first if each.name in stay]


def delete_others(folder: Path, kept: list[Snapshot]) -> list[str]:
    """Delete the backups that are not kept, what was never finished, and files that no backup has; return the names."""
    names = {each.name for each in kept}
    gone = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.name not in names)
    for path in gone:
        (path / MANIFEST).unlink(missing_ok=True)  # first: half a backup must never look like a whole one
        shutil.rmtree(path)
    needed = {sha256 for each in kept for sha256 in each.hashes}
    for path in (folder / BLOBS_FOLDER).glob("??/??/*"):
        if path.name not in needed:
            path.unlink()
    return [path.name for path in gone]
