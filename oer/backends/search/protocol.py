"""What every search engine is asked, what it returns, and the methods that it has."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from oer.backends.search.documents import Document


class Sort(StrEnum):
    """Orders of hits. Where hits only have some of the words, those with all of them come first in every order."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    MOST_USED = "used"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query."""

    folded: str
    """The folded key that finds it."""
    exact: str = ""
    """Its exact key if marks were typed: documents spelled so come first. Empty: any spelling is as good."""
    compatible: tuple[str, ...] = ()
    """Exact keys that a half-marked word may have meant: they come after `exact`, before the others."""
    weight: float = 1.0
    """How much it counts: words that only make a question out of others ("là gì", "bao nhiêu") count less."""
    typed: str = ""
    """As typed, lower case."""
    slips: Callable[[], Iterable[tuple[str, str]]] | None = field(default=None, compare=False)
    """Gives (folded key, spelling) of the words that this one may be a slip of the finger for, the likeliest first.
    Asked only where the index does not know `folded`."""
    sound: bool = False
    """Spelled as a word can be: read as another one only where its neighbours are known to stand beside that."""
    instead: "Word | None" = None
    """What to read where the index does not know `folded` (a word left in Telex)."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must follow one another. Marks that were typed must be there; those left out may be any."""

    words: tuple[Word, ...]


Clause = Word | Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question to an index."""

    wanted: Sequence[Sequence[Clause]] = ()
    """Each inner list is a choice (OR) and each should be met; phrases must be. Empty: every document."""
    unwanted: Sequence[Clause] = ()
    """What no hit may contain anywhere."""
    filters: Mapping[str, Set[str]] = field(default_factory=dict)
    """Facet -> codes: a hit has at least one of the codes of every facet named."""
    masked: Set[str] = frozenset()
    """Ids to leave out before anything is counted: withdrawn or changed since the index's last commit."""
    sort: Sort = Sort.RELEVANCE
    used: Mapping[str, int] = field(default_factory=dict)
    """Id -> how often used: the order MOST_USED (ids not named: 0)."""
    facets: Sequence[str] = ()
    """Facets to count."""
    most_codes: int | None = None
    """At most so many codes of each facet, the most frequent, besides those filtered by; None: all."""
    offset: int = 0
    limit: int = 10
    mend: bool = True
    """Whether mistyped words may be mended (labelled as a guess in the answer)."""
    some: bool = True
    """Whether documents with only the most telling of the words may be hits where few have all of them."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where in a material a query is met best."""

    file: int
    """Position of the file."""
    page: int | None
    anchor: str
    word: int
    """Place of the best passage: counted in words from the beginning of its section."""
    start: tuple[int, int] = (0, 0)
    """A word shortly before it, and the character that this one begins with."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One material that answers a query."""

    id: str
    score: float
    place: Location | None = None
    """The best section; None where only its title, people, subjects, keywords, collections or summary match."""


class FacetCount(NamedTuple):
    """How many hits have a code, all other facets' filters applied."""

    code: str
    hits: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A mistyped word and what it was read as."""

    typed: str
    read_as: str
    """The new reading as far as its marks are known from what was typed."""
    folded: str
    """Its folded key: whoever has the texts at hand can show it as they spell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What an index answers."""

    total: int
    """How many documents match, filters applied."""
    hits: Sequence[Hit] = ()
    facets: Mapping[str, Sequence[FacetCount]] = field(default_factory=dict)
    """Facet -> counts, most frequent first; codes without hits are left out unless filtered by. See `most_codes`."""
    guesses: Sequence[Correction] = ()
    """Words that were read otherwise than typed: the answer is for these readings, and must say so."""
    complete: int = 0
    """How many of the documents have all of the words; less than `total` where some have only the most telling."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name that begins, or has a word that begins, with what was typed."""

    kind: str
    text: str
    id: str
    """A document that it was found in."""
    code: str = ""
    count: int = 1
    """How many documents bear it (a person's works, a subject's materials)."""


# The face that every search engine has.


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

    def search(self, query: Query) -> SearchResult:
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
