"""The folder of an index: the current generation, locks, what is damaged, the journal of a rebuild."""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from filelock import FileLock, Timeout

from oer.backends.search.documents import Document, Section, SuggestionEntry
from oer.backends.search.protocol import IndexBusy, IndexMissing
from oer.vietnamese.keys import TextKeys

CURRENT, DAMAGED, INCOMPLETE, MANIFEST = "current", "damaged", "incomplete", "manifest.json"
# Until release 0.1 the journal was pickled and named "journal".
JOURNAL, OLD_JOURNAL = "journal.jsonl", "journal"
_WRITER_PATIENCE = 120.0
_LOOK_EVERY = 0.05


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


@dataclass(frozen=True)
class Folder:
    """`path` holds a folder per rebuild, a file that names the current one, the locks, and the journal of a rebuild."""

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
        """Have every reader and writer use `folder` from now on."""
        write_whole(self.path / CURRENT, folder.name.encode())

    def remove_others(self, folder: Path) -> None:
        """Remove every folder but this one; readers that have one open keep their files."""
        for other in self.path.glob("i-*"):
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def locked(self, name: str, patience: float = _WRITER_PATIENCE) -> Iterator[None]:
        """Hold a lock among all threads and processes; a process that dies releases it. Raises IndexBusy."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self.path / f"{name}.lock", timeout=patience, poll_interval=_LOOK_EVERY)
        try:
            lock.acquire()
        except Timeout:
            raise IndexBusy(f"{name} lock of {self.path} is held") from None
        try:
            yield
        finally:
            lock.release()


# What a folder's files must be


_OF_ITSELF = ""  # key in the manifest: [number of files, checksum of what it says of them]


def record_files(folder: Path) -> None:
    """Make a commit durable, and write down the size and checksum of its files."""
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
    write_whole(folder / MANIFEST, json.dumps(recorded | {_OF_ITSELF: _checksum_of(recorded)}).encode())


def _checksum_of(recorded: dict[str, list[int]]) -> list[int]:
    return [len(recorded), crc32(json.dumps(recorded, sort_keys=True).encode())]


def read_manifest(folder: Path) -> dict[str, list[int]]:
    """Return file name -> [size, CRC-32] as of the last commit; empty if there is none, or none as it was written."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
        whole = found.pop(_OF_ITSELF) == _checksum_of(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return found if whole else {}


def wrong_file(folder: Path, is_suspect: Callable[[str], bool] = lambda _name: True) -> str:
    """Return the name of a file that is not as recorded, or "": all are measured, those that are suspect are read.

    Reading takes a second a gigabyte. A commit that is running may have removed a file that the manifest still names.
    """
    known = read_manifest(folder)
    if not known:
        return MANIFEST
    for name, (size, crc) in known.items():
        path = folder / name
        with suppress(FileNotFoundError):
            if path.stat().st_size != size or (is_suspect(name) and _crc(path) != crc):
                return name
    return ""


def _crc(path: Path) -> int:
    total = 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            total = crc32(block, total)
    return total


def mark_damaged(folder: Path, reason: str) -> None:
    """Remember that a folder cannot be trusted, until it is rebuilt."""
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


# The journal: what was put and removed while a rebuild runs, one change a line. Its functions are called with the
# writer's lock held.


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was committed to the old index while a new one was made."""

    put: Sequence[Document] = ()
    remove: Sequence[str] = ()


def begin_journal(folder: Folder) -> None:
    """From now on changes are recorded."""
    (folder.path / OLD_JOURNAL).unlink(missing_ok=True)
    (folder.path / JOURNAL).write_bytes(b"")


def is_being_rebuilt(folder: Folder) -> bool:
    """Tell whether a rebuild runs, or ran when its process died. Raises IndexMissing."""
    return (folder.path / JOURNAL).exists() or (folder.current() / INCOMPLETE).exists()


def record_change(folder: Folder, change: Change) -> None:
    """Record a committed change, if a rebuild is running."""
    path = folder.path / JOURNAL
    if path.exists():
        line = json.dumps(asdict(change), separators=(",", ":"))
        with path.open("a", encoding="ascii") as stream:
            stream.write(f"\n{line}\n")  # a line of its own, even after one that was cut short
        sync(path)


def recorded_changes(folder: Folder) -> Iterator[Change]:
    """Return the recorded changes in order. A line that a crash cut short was never acknowledged, and is left out."""
    path = folder.path / JOURNAL
    if not path.exists():
        return
    with path.open(encoding="ascii", errors="replace") as stream:
        for line in stream:
            try:
                found = json.loads(line)
            except ValueError:
                continue
            yield Change([_document(each) for each in found["put"]], found["remove"])


def end_journal(folder: Folder) -> None:
    """Changes are recorded no more."""
    (folder.path / JOURNAL).unlink(missing_ok=True)


def _document(fields: dict[str, Any]) -> Document:
    """Return a document from what `asdict` made of it."""
    fields["sections"] = [
        Section(**{**section, "words": TextKeys(*section["words"])}) for section in fields["sections"]
    ]
    fields["suggestions"] = [SuggestionEntry(**entry) for entry in fields["suggestions"]]
    for name in ("titles", "people", "subjects", "keywords", "places", "collections", "summary"):
        fields[name] = TextKeys(*fields[name])
    return Document(**fields)
