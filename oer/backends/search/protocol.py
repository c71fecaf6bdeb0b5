"""The face that every search engine has."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from oer.backends.search.documents import Document
from oer.backends.search.questions import Answer, Query, Suggestion


class Health(StrEnum):
    """What can be said of an index without searching it."""

    READY = "ready"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class State:
    """An index as it stands now."""

    health: Health
    documents: int = 0
    generation: str = ""
    """Changes with every commit that readers can see, and never comes back; empty when missing."""
    incomplete: bool = False
    """A lost index is being rebuilt: what is there is not all."""


class IndexMissing(Exception):
    """There is no index yet, or its folder is gone: `rebuild` makes one."""


class IndexBroken(Exception):
    """The index cannot be read: `rebuild` replaces it."""


class IndexBusy(Exception):
    """Another writer did not end in time."""


class SearchIndex(Protocol):
    """Puts documents in, answers questions. Safe for many threads and processes; writers wait for one another.

    What a writer committed is seen by every reader within two seconds. `put`, `remove`, `search`, `suggest` and
    `contents` raise IndexMissing or IndexBroken; `state` and `rebuild` never do. After a failed `put` or `remove`
    the index is as it was.
    """

    def put(self, documents: Iterable[Document]) -> None:
        """Add or replace documents in one commit; on return they are durable."""

    def remove(self, ids: Iterable[str]) -> None:
        """Remove documents in one commit; unknown ids do not matter."""

    def rebuild(self, documents: Iterable[Document]) -> None:
        """Make a new index of these documents and put it in the old one's place at once.

        Searching goes on in the old index meanwhile. What `put` and `remove` did while it ran is in the new one too.
        """

    def search(self, query: Query) -> Answer:
        """Return a query's hits, counts and guesses."""

    def suggest(
        self, beginning: str, *, limit: int = 8, kinds: Set[str] = frozenset(), masked: Set[str] = frozenset()
    ) -> Sequence[Suggestion]:
        """Return names with a word that begins like `beginning` (folded keys joined by spaces, the last unfinished).

        Names that begin so come first, then those borne by more documents. `kinds` limits to these kinds of names.
        """

    def state(self) -> State:
        """Return how the index stands."""

    def contents(self) -> Mapping[str, str]:
        """Return id -> revision of every document: what an audit compares with the database."""

    def check(self) -> State:
        """Read everything once and return how the index stands; a damage found is remembered for `state`."""
