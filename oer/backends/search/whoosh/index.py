"""The Whoosh implementation of SearchIndex, and how a process keeps its view of the index up to date."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from oer.backends.search.documents import Document
from oer.backends.search.protocol import (
    Health,
    IndexBroken,
    IndexBusy,
    IndexMissing,
    Query,
    SearchResult,
    State,
    Suggestion,
)
from oer.backends.search.whoosh.folder import (
    INCOMPLETE,
    MANIFEST,
    Change,
    Folder,
    damage,
    is_being_rebuilt,
    mark_damaged,
    read_manifest,
    record_change,
    wrong_file,
)
from oer.backends.search.whoosh.internals import latest_generation, name_of_commit, segments_at
from oer.backends.search.whoosh.rows import prepare, schema
from oer.backends.search.whoosh.searching import search_snapshot
from oer.backends.search.whoosh.segment import Segment, detecting_damage, posting_cache
from oer.backends.search.whoosh.snapshot import Snapshot
from oer.backends.search.whoosh.suggesting import Beginning, suggestions
from oer.backends.search.whoosh.writing import Batch, end_rebuild, rebuild

# A reader looks for new commits this often, in seconds; a look costs some 40 µs.
_LOOK_EVERY = 0.5
_TRIES = 5
# An index that was read through and found sound is not read through again for so long, whatever fails.
_SOUND_SECONDS = 60.0


class SnapshotReader:
    """Gives the newest snapshot. Safe for threads; a search goes on with the snapshot that it began with."""

    def __init__(self, folder: Folder, cache_bytes: int) -> None:
        self._folder = folder
        self.cache = posting_cache(cache_bytes)
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._looked = 0.0
        self._verified: frozenset[str] = frozenset()  # what was read through when it was opened
        self.incomplete = False  # the snapshot was opened while a lost index was still growing

    def snapshot(self) -> Snapshot:
        """Return the index as of at most half a second ago, an incomplete one as of now.

        Raises IndexMissing or IndexBroken.
        """
        known = self._snapshot
        if known is not None and not self._is_old():
            return known
        # While one thread opens what is new, the others go on with what they have, if they have anything.
        if not self._lock.acquire(blocking=known is None):
            return known  # type: ignore[return-value]
        try:
            if self._snapshot is None or self._is_old():
                self._snapshot = self._newest()
                self._looked = time.monotonic()
            return self._snapshot
        finally:
            self._lock.release()

    def _is_old(self) -> bool:
        return self.incomplete or time.monotonic() - self._looked >= _LOOK_EVERY

    def look_again(self) -> None:
        """Let the next search see what has just been committed."""
        self._looked = 0.0

    def forget(self) -> None:
        """Close what is open."""
        with self._lock:
            self._snapshot = None

    def _newest(self) -> Snapshot:
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
                time.sleep(0.02)  # a commit or a rebuild has just removed files
        if not folder.is_dir():
            raise IndexMissing(f"{folder} is gone")
        mark_damaged(folder, "files are missing")
        raise IndexBroken(f"{folder}: files are missing")

    def _opened(self, folder: Path) -> Snapshot:
        number = latest_generation(folder)
        if number < 0:
            raise FileNotFoundError(folder)
        generation = f"{folder.name}.{number}"
        if self._snapshot is not None and self._snapshot.generation == generation:
            return self._snapshot
        recorded = self._verify(folder)
        with detecting_damage(folder):
            listed = segments_at(folder, number, schema())
            files = frozenset(file.name for file in folder.iterdir())
            if latest_generation(folder) != number:
                raise FileNotFoundError(folder)  # a later commit may have removed some of them before they were listed
        names = {each.segment_id() for each in listed}
        missing = {name for name in recorded if _segment_of(name) in names} - files
        if missing:  # a column that has no file is one without a value: only the record tells that there was one
            raise FileNotFoundError(folder / min(missing))
        open_already = {segment.name: segment for segment in (self._snapshot.segments if self._snapshot else ())}
        segments = [open_already.get(each.segment_id()) or Segment(folder, each, self.cache, files) for each in listed]
        return Snapshot(generation, segments, [frozenset(each.deleted_docs()) for each in listed])

    def _verify(self, folder: Path) -> Set[str]:
        """Compare files with what was recorded when they were written; return the names that were recorded.

        A column with another byte in it is as readable as before: only its checksum tells. A segment is read once; what
        a running commit has not recorded yet is read at another opening. Raises FileNotFoundError, IndexBroken.
        """
        if not (folder / MANIFEST).exists():
            raise FileNotFoundError(folder / MANIFEST)
        recorded = frozenset(read_manifest(folder))
        wrong = wrong_file(folder, lambda name: _segment_of(name) not in self._verified)
        if wrong:
            mark_damaged(folder, f"{wrong} is not as it was written")
            raise IndexBroken(f"{folder}: {wrong} is not as it was written")
        self._verified = frozenset(_segment_of(name) for name in recorded if not name.startswith("_"))
        return recorded


def _segment_of(name: str) -> str:
    """Return the id of the segment that a file of the index belongs to."""
    return name.partition(".")[0]


class WhooshIndex:
    """An index in a folder of this machine. Any number of readers; writers in any process wait for one another."""

    def __init__(self, path: Path, *, cache_bytes: int) -> None:
        self._folder = Folder(path)
        self._reader = SnapshotReader(self._folder, cache_bytes)
        self._sound_until = 0.0

    def put(self, documents: Iterable[Document]) -> None:
        """See SearchIndex."""
        batch = list(documents)
        prepared = [prepare(document) for document in batch]
        self._change(lambda changes: changes.put(prepared), Change(put=batch))

    def remove(self, ids: Iterable[str]) -> None:
        """See SearchIndex."""
        removed = list(ids)
        self._change(lambda changes: changes.remove(removed), Change(remove=removed))

    def _change(self, write: Callable[[Batch], None], change: Change) -> None:
        if not change.put and not change.remove:
            return
        with self._folder.locked("writer"):
            current = self._usable()
            with detecting_damage(current), Batch(current) as changes:
                write(changes)
            record_change(self._folder, change)
        self._reader.look_again()

    def _usable(self) -> Path:
        current = self._folder.current()
        known = damage(current)
        if known:
            raise IndexBroken(f"{current}: {known}")
        if name_of_commit(latest_generation(current)) not in read_manifest(current):
            # Under the writers' lock there is no other explanation, and after a power cut its files may be of zeros.
            mark_damaged(current, "the last writer died before its files were known to be on the disk")
            raise IndexBroken(f"{current}: the last commit was not recorded")
        return current

    def rebuild(self, documents: Iterable[Document]) -> None:
        """See SearchIndex."""
        rebuild(self._folder, documents, lost=self.state().health is not Health.READY)
        self._reader.look_again()

    def end_dead_rebuild(self) -> None:
        """See SearchIndex."""
        with suppress(IndexMissing, IndexBusy):  # busy: it is alive
            if is_being_rebuilt(self._folder):
                end_rebuild(self._folder)
                self._reader.look_again()

    def search(self, query: Query) -> SearchResult:
        """See SearchIndex."""
        with self._looking_for_damage():
            return search_snapshot(self._reader.snapshot(), query)

    def suggest(
        self,
        beginning: str,
        *,
        spelled: str = "",
        limit: int = 8,
        kinds: Set[str] = frozenset(),
        excluded: Set[str] = frozenset(),
    ) -> Sequence[Suggestion]:
        """See SearchIndex."""
        with self._looking_for_damage():
            typed = Beginning(" ".join(beginning.split()).encode(), tuple(spelled.split()), kinds)
            return suggestions(self._reader.snapshot(), typed, limit, excluded)

    def contents(self) -> Mapping[str, str]:
        """See SearchIndex."""
        with self._looking_for_damage():
            snapshot = self._reader.snapshot()
            materials = np.flatnonzero(snapshot.live).tolist()
            return {snapshot.key(material): snapshot.revision(material) for material in materials}

    @contextmanager
    def _looking_for_damage(self) -> Iterator[None]:
        """If reading fails, read all files: what they are mapped to may have changed under an open index.

        Raises IndexBroken if the index is not as it was written, else what was raised: that is no damage.
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
            snapshot = self._reader.snapshot()
        except IndexMissing:
            return State(Health.MISSING)
        except IndexBroken:
            return State(Health.DAMAGED)
        return State(Health.READY, snapshot.documents, snapshot.generation, self._reader.incomplete)

    def check(self) -> State:
        """See SearchIndex."""
        try:
            current = self._folder.current()
            wrong = wrong_file(current)
        except IndexMissing:
            return State(Health.MISSING)
        if wrong:
            mark_damaged(current, f"{wrong} is not as it was written")
            self._reader.forget()
        else:
            self._sound_until = time.monotonic() + _SOUND_SECONDS
        return self.state()
