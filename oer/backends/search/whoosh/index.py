"""The Whoosh implementation of SearchIndex, and how a process keeps its view of the index up to date."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from oer.backends.search.documents import Document
from oer.backends.search.protocol import Health, IndexBroken, IndexMissing, Query, SearchResult, State, Suggestion
from oer.backends.search.whoosh import schema as names
from oer.backends.search.whoosh.folder import INCOMPLETE, Folder, damage, mark_damaged, wrong_file
from oer.backends.search.whoosh.journal import note
from oer.backends.search.whoosh.rows import prepare
from oer.backends.search.whoosh.searching import search_snapshot, suggestions
from oer.backends.search.whoosh.segment import PostingCache, Segment, detecting_damage
from oer.backends.search.whoosh.snapshot import Snapshot
from oer.backends.search.whoosh.writing import Batch, rebuild

_INDEX = "MAIN"
# Writers are looked for this often; a look costs some 40 µs.
_LOOK_EVERY = 0.5
_TRIES = 5


def newest_generation(folder: Path) -> int:
    """Return the number of the last commit in a folder; -1 if there is none."""
    return int(TOC._latest_generation(FileStorage(str(folder)), _INDEX))


class SnapshotReader:
    """Gives the newest snapshot. Safe for threads; a search goes on with the snapshot that it began with."""

    def __init__(self, folder: Folder, cache_bytes: int) -> None:
        self._folder = folder
        self.cache = PostingCache(cache_bytes)
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._looked = 0.0
        self.incomplete = False  # the snapshot was opened while a lost index was still growing

    def snapshot(self) -> Snapshot:
        """Return the index as of at most half a second ago, an incomplete one as of now.

        Raises IndexMissing or IndexBroken.
        """
        kept = self._snapshot
        if kept is not None and not self._is_old():
            return kept
        # While one thread opens what is new, the others go on with what they have, if they have anything.
        if not self._lock.acquire(blocking=kept is None):
            return kept  # type: ignore[return-value]
        try:
            if self._snapshot is None or self._is_old():
                self._snapshot = self._renewed()
                self._looked = time.monotonic()
            return self._snapshot
        finally:
            self._lock.release()

    def _is_old(self) -> bool:
        return self.incomplete or time.monotonic() - self._looked >= _LOOK_EVERY

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
            incomplete = (folder / INCOMPLETE).exists()  # asked first: it goes once all is there
            try:
                opened = self._opened(folder)
                self.incomplete = incomplete
                return opened
            except FileNotFoundError:
                time.sleep(0.02)  # a commit or a rebuild took files away just now
        if not folder.is_dir():
            raise IndexMissing(f"{folder} is gone")
        mark_damaged(folder, "files are missing")
        raise IndexBroken(f"{folder}: files are missing")

    def _opened(self, folder: Path) -> Snapshot:
        with detecting_damage(folder):
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


# The Whoosh implementation of SearchIndex.

# An index that was read through and found sound is not read through again for so long, whatever fails.
_SOUND_SECONDS = 60.0


class WhooshIndex:
    """An index in a folder of this machine. Any number of readers; writers in any process wait for one another."""

    def __init__(self, path: Path, *, cache_bytes: int) -> None:
        self._folder = Folder(path)
        self._reading = SnapshotReader(self._folder, cache_bytes)
        self._sound_until = 0.0

    def put(self, documents: Iterable[Document]) -> None:
        """See SearchIndex."""
        batch = list(documents)
        prepared = [prepare(document) for document in batch]
        self._change(lambda changes: changes.put(prepared), put=batch)

    def remove(self, ids: Iterable[str]) -> None:
        """See SearchIndex."""
        gone = list(ids)
        self._change(lambda changes: changes.remove(gone), remove=gone)

    def _change(
        self, change: Callable[[Batch], None], *, put: Sequence[Document] = (), remove: Sequence[str] = ()
    ) -> None:
        if not put and not remove:
            return
        with self._folder.locked("writer"):
            current = self._usable()
            with detecting_damage(current), Batch(current) as changes:
                change(changes)
            note(self._folder, put=put, remove=remove)
        self._reading.look_again()

    def _usable(self) -> Path:
        current = self._folder.current()
        known = damage(current)
        if known:
            raise IndexBroken(f"{current}: {known}")
        return current

    def rebuild(self, documents: Iterable[Document]) -> None:
        """See SearchIndex."""
        rebuild(self._folder, documents, lost=self.state().health is not Health.READY)
        self._reading.look_again()

    def search(self, query: Query) -> SearchResult:
        """See SearchIndex."""
        with self._damage_looked_for():
            return search_snapshot(self._reading.snapshot(), query)

    def suggest(
        self, beginning: str, *, limit: int = 8, kinds: Set[str] = frozenset(), masked: Set[str] = frozenset()
    ) -> Sequence[Suggestion]:
        """See SearchIndex."""
        with self._damage_looked_for():
            return suggestions(self._reading.snapshot(), beginning, limit, kinds, masked)

    def contents(self) -> Mapping[str, str]:
        """See SearchIndex."""
        with self._damage_looked_for():
            snapshot = self._reading.snapshot()
            materials = np.flatnonzero(snapshot.live).tolist()
            return {snapshot.key(material): snapshot.revision(material) for material in materials}

    @contextmanager
    def _damage_looked_for(self) -> Iterator[None]:
        """Where reading fails, read all files: what they are mapped to may have changed under an open index.

        Raises IndexBroken for an index that is not as it was written, else what was raised: that is no damage.
        """
        try:
            yield
        except (IndexMissing, IndexBroken):
            raise
        except Exception as error:
            if time.monotonic() < self._sound_until or self.check().health is not Health.DAMAGED:
                raise
            raise IndexBroken(f"the index cannot be read: {error!r}") from error

    def state(self) -> State:
        """See SearchIndex."""
        try:
            snapshot = self._reading.snapshot()
        except IndexMissing:
            return State(Health.MISSING)
        except IndexBroken:
            return State(Health.DAMAGED)
        return State(Health.READY, snapshot.documents, snapshot.generation, self._reading.incomplete)

    def check(self) -> State:
        """See SearchIndex."""
        try:
            current = self._folder.current()
            wrong = wrong_file(current, deep=True)
        except IndexMissing:
            return State(Health.MISSING)
        if wrong:
            mark_damaged(current, f"{wrong} is not as it was written")
            self._reading.forget()
        else:
            self._sound_until = time.monotonic() + _SOUND_SECONDS
        return self.state()
