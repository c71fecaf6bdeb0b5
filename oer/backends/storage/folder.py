"""A store in a folder: content is the file `ab/cd/<sha256>`, the folders being the first digits of the hash."""

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from oer.backends.storage.protocol import BLOCK_BYTES, ForeignStore, Incoming, Missing, Readable, Stored
from oer.backends.storage.spool import READ_ONLY, Arriving, Spool, full_disk_is_no_space
from oer.failpoints import fail_point

_HASH = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(r"[0-9a-f]{2}")
MARKER = ".oer-store"
INCOMING = ".incoming"


class FolderStorage:
    """A folder of the local file system. Temporary files are in it too, so that storing is an atomic rename."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._spool = Spool(root / INCOMING)

    def _path(self, sha256: str) -> Path:
        if not _HASH.fullmatch(sha256):
            raise ValueError("not a SHA-256")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def receive(self, stream: Readable, limit: int, expected: int | None = None) -> Incoming:
        """See `Storage.receive`."""
        return self._spool.receive(stream, limit, expected)

    def arriving(self, *, hashed: bool = True) -> Arriving:
        """See `Storage.arriving`."""
        return self._spool.arriving(hashed=hashed)

    def keep(self, incoming: Incoming, *, replace: bool = False) -> None:
        """See `Storage.keep`."""
        path = self._path(incoming.sha256)
        with full_disk_is_no_space():
            path.parent.mkdir(parents=True, exist_ok=True)
            if replace or self.size(incoming.sha256) != incoming.size:
                fail_point("upload.naming")
                self._name(incoming.path, path)
                fail_point("upload.named")
        # Also if the file was there already: whoever stored it may have died before this.
        for folder in (path.parent, path.parent.parent, self.root):
            self._spool.sync_folder(folder)

    def _name(self, source: Path, path: Path) -> None:
        beside = self._spool.folder / secrets.token_hex(16)
        try:
            os.link(source, beside)
        except OSError:  # a file system without hard links
            shutil.copyfile(source, beside)
            with beside.open("rb") as copy:
                self._spool.sync(copy.fileno())
            beside.chmod(READ_ONLY)
        beside.replace(path)

    def discard(self, incoming: Incoming) -> None:
        """See `Storage.discard`."""
        incoming.path.unlink(missing_ok=True)

    def size(self, sha256: str) -> int | None:
        """See `Storage.size`."""
        try:
            return self._path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See `Storage.read`."""
        with self.as_file(sha256) as path, path.open("rb") as file:
            file.seek(start)
            rest = path.stat().st_size if length is None else length
            while rest > 0 and (block := file.read(min(BLOCK_BYTES, rest))):
                rest -= len(block)
                yield block

    def local_path(self, sha256: str) -> Path | None:
        """See `Storage.local_path`."""
        return self._path(sha256)

    def address(self, sha256: str, *, media_type: str, disposition: str, seconds: int) -> str | None:  # noqa: ARG002
        """See `Storage.address`: a folder has none."""
        return None

    @contextmanager
    def as_file(self, sha256: str) -> Iterator[Path]:
        """See `Storage.as_file`."""
        path = self._path(sha256)
        if not path.is_file():
            raise Missing(sha256)
        yield path

    def delete(self, sha256: str) -> None:
        """See `Storage.delete`."""
        self._path(sha256).unlink(missing_ok=True)

    def contents(self) -> Iterator[Stored]:
        """See `Storage.contents`."""
        for path in self._hash_files():
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            yield Stored(path.name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def _hash_files(self) -> Iterator[Path]:
        for folder in self._hash_folders():
            yield from sorted(path for path in folder.iterdir() if self._is_own(path))

    def _hash_folders(self) -> Iterator[Path]:
        for first in self._parts(self.root):
            yield from self._parts(first)

    def _parts(self, folder: Path) -> list[Path]:
        if not folder.is_dir():
            return []
        return sorted(path for path in folder.iterdir() if _PART.fullmatch(path.name) and path.is_dir())

    def _is_own(self, path: Path) -> bool:
        return bool(_HASH.fullmatch(path.name)) and path == self._path(path.name) and path.is_file()

    def orphans(self) -> Iterator[str]:
        """See `Storage.orphans`; hidden files (the marker, those of version control) are ignored."""
        for folder, folders, files in os.walk(self.root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for path in (Path(folder) / name for name in sorted(files)):
                if not path.name.startswith(".") and not self._is_own(path):
                    yield str(path.relative_to(self.root))

    def sweep(self, older_than: timedelta) -> int:
        """See `Storage.sweep`."""
        return self._spool.sweep(older_than)

    def has_failed(self) -> bool:
        """See `Storage.has_failed`."""
        return self._spool.has_failed()

    def owner(self) -> str | None:
        """See `Storage.owner`."""
        try:
            return str(json.loads((self.root / MARKER).read_text("utf-8"))["database"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise ForeignStore("the marker of the store is damaged") from error

    def adopt(self, database_id: str) -> None:
        """See `Storage.adopt`."""
        self.root.mkdir(parents=True, exist_ok=True)
        beside = self.root / f"{MARKER}.{secrets.token_hex(8)}"
        with beside.open("x", encoding="utf-8") as file:
            json.dump({"database": database_id}, file)
            file.flush()
            self._spool.sync(file.fileno())
        beside.replace(self.root / MARKER)
        self._spool.sync_folder(self.root)
