"""The Whoosh implementation of SearchIndex."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from oer.backends.search.documents import Document
from oer.backends.search.protocol import Health, IndexBroken, IndexMissing, State
from oer.backends.search.questions import Answer, Query, Suggestion
from oer.backends.search.whoosh.folder import INCOMPLETE, Folder, damage, mark_damaged, wrong_file
from oer.backends.search.whoosh.journal import note
from oer.backends.search.whoosh.reading import Reading
from oer.backends.search.whoosh.rebuilding import rebuild
from oer.backends.search.whoosh.rows import prepare
from oer.backends.search.whoosh.searching import answer
from oer.backends.search.whoosh.segment import damage_noticed
from oer.backends.search.whoosh.suggesting import suggestions
from oer.backends.search.whoosh.writing import Batch

# An index that was read through and found sound is not read through again for so long, whatever fails.
_SOUND_SECONDS = 60.0


class WhooshIndex:
    """An index in a folder of this machine. Any number of readers; writers in any process wait for one another."""

    def __init__(self, path: Path, *, cache_bytes: int) -> None:
        self._folder = Folder(path)
        self._reading = Reading(self._folder, cache_bytes)
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
            with damage_noticed(current), Batch(current) as changes:
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

    def search(self, query: Query) -> Answer:
        """See SearchIndex."""
        with self._damage_looked_for():
            return answer(self._reading.snapshot(), query)

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
            incomplete = (self._folder.current() / INCOMPLETE).exists()
        except IndexMissing:
            return State(Health.MISSING)
        except IndexBroken:
            return State(Health.DAMAGED)
        return State(Health.READY, snapshot.documents, snapshot.generation, incomplete)

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
