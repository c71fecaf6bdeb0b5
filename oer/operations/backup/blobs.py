"""The files of a backup: each content once, under its hash, checked against it on the way out and on the way in."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from oer.backends.storage import Missing, Storage

BLOBS_FOLDER = "blobs"


@dataclass
class Copied:
    """What became of the files of a backup."""

    count: int = 0
    size: int = 0
    damaged: list[str] = field(default_factory=list)


def copy_out(storage: Storage, hashes: Iterator[str], folder: Path) -> Copied:
    """Copy the contents from the store to the folder; what is missing or does not match its hash is named, not kept."""
    copied = Copied()
    for sha256 in hashes:
        path = _place(folder, sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        size = _copy_one(storage, sha256, path)
        if size is None:
            copied.damaged.append(sha256)
        else:
            copied.count += 1
            copied.size += size
    return copied


def _copy_one(storage: Storage, sha256: str, path: Path) -> int | None:
    digest, size = hashlib.sha256(), 0
    unfinished = path.with_suffix(".unfinished")
    try:
        with unfinished.open("wb") as file:
            for block in storage.read(sha256):
                digest.update(block)
                size += file.write(block)
            file.flush()
            os.fsync(file.fileno())
    except Missing:
        unfinished.unlink()
        return None
    if digest.hexdigest() != sha256:
        unfinished.unlink()
        return None
    unfinished.rename(path)
    return size


def copy_in(folder: Path, storage: Storage) -> Copied:
    """Put every content of the backup into the store; what does not match its hash is named and left out."""
    copied = Copied()
    for path in sorted((folder / BLOBS_FOLDER).rglob("*")):
        if not path.is_file():
            continue
        with path.open("rb") as file:
            incoming = storage.receive(file, limit=path.stat().st_size)
        try:
            if incoming.sha256 != path.name:
                copied.damaged.append(path.name)
                continue
            storage.keep(incoming)
            copied.count += 1
            copied.size += incoming.size
        finally:
            storage.discard(incoming)
    return copied


def _place(folder: Path, sha256: str) -> Path:
    return folder / BLOBS_FOLDER / sha256[:2] / sha256[2:4] / sha256


def remove_all(folder: Path) -> None:
    """Throw away what a backup that failed has written."""
    shutil.rmtree(folder, ignore_errors=True)
