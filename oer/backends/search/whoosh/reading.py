"""The index as this process sees it: opened when first asked, renewed when a writer has committed."""

import threading
import time
from pathlib import Path

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from oer.backends.search.protocol import IndexBroken, IndexMissing
from oer.backends.search.whoosh import schema as names
from oer.backends.search.whoosh.folder import Folder, damage, mark_damaged, wrong_file
from oer.backends.search.whoosh.postings import PostingCache
from oer.backends.search.whoosh.segment import Segment, damage_noticed
from oer.backends.search.whoosh.snapshot import Snapshot

_INDEX = "MAIN"
# Writers are looked for this often; a look costs some 40 µs.
_LOOK_EVERY = 0.5
_TRIES = 5


def newest_generation(folder: Path) -> int:
    """Return the number of the last commit in a folder; -1 if there is none."""
    return int(TOC._latest_generation(FileStorage(str(folder)), _INDEX))


class Reading:
    """Gives the newest snapshot. Safe for threads; a search goes on with the snapshot that it began with."""

    def __init__(self, folder: Folder, cache_bytes: int) -> None:
        self._folder = folder
        self.cache = PostingCache(cache_bytes)
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._looked = 0.0

    def snapshot(self) -> Snapshot:
        """Return the index as of at most half a second ago. Raises IndexMissing or IndexBroken."""
        kept = self._snapshot
        if kept is not None and time.monotonic() - self._looked < _LOOK_EVERY:
            return kept
        # While one thread opens what is new, the others go on with what they have, if they have anything.
        if not self._lock.acquire(blocking=kept is None):
            return kept  # type: ignore[return-value]
        try:
            if self._snapshot is None or time.monotonic() - self._looked >= _LOOK_EVERY:
                self._snapshot = self._renewed()
                self._looked = time.monotonic()
            return self._snapshot
        finally:
            self._lock.release()

    def look_again(self) -> None:
        """Let the next search see what was committed just now."""
        self._looked = 0.0

    def forget(self) -> None:
        """Close what is open."""
        with self._lock:
            self._snapshot = None

    def _renewed(self) -> Snapshot:
        for _ in range(_TRIES):
            folder = self._folder.current()
            known = damage(folder)
            if known:
                raise IndexBroken(f"{folder}: {known}")
            try:
                return self._opened(folder)
            except FileNotFoundError:
                time.sleep(0.02)  # a commit or a rebuild took files away just now
        if not folder.is_dir():
            raise IndexMissing(f"{folder} is gone")
        mark_damaged(folder, "files are missing")
        raise IndexBroken(f"{folder}: files are missing")

    def _opened(self, folder: Path) -> Snapshot:
        with damage_noticed(folder):
            number = newest_generation(folder)
            if number < 0:
                raise FileNotFoundError(folder)
            generation = f"{folder.name}.{number}"
            if self._snapshot is not None and self._snapshot.generation == generation:
                return self._snapshot
            toc = TOC.read(FileStorage(str(folder)), _INDEX, gen=number, schema=names.schema())
            files = frozenset(file.name for file in folder.iterdir())
            if newest_generation(folder) != number:
                raise FileNotFoundError(folder)  # a later commit may have removed some of them before they were listed
        wrong = wrong_file(folder)
        if wrong:
            mark_damaged(folder, f"{wrong} is not as it was written")
            raise IndexBroken(f"{folder}: {wrong} is not as it was written")
        known = {segment.name: segment for segment in (self._snapshot.segments if self._snapshot else ())}
        segments = [known.get(each.segment_id()) or Segment(folder, each, self.cache, files) for each in toc.segments]
        return Snapshot(generation, segments, [frozenset(each.deleted_docs()) for each in toc.segments])
