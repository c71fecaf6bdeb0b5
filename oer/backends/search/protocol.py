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
    """Its exact key if diacritics were typed: documents spelled so come first. Empty: any spelling is as good."""
    compatible: tuple[str, ...] = ()
    """Exact keys that a half-marked word may have meant: they come after `exact`, before the others."""
    weight: float = 1.0
    """How much it counts: words that only make a question out of others ("là gì", "bao nhiêu") count less."""
    typed: str = ""
    """As typed, lower case."""
    typo_candidates: Callable[[], Iterable[tuple[str, str]]] | None = field(default=None, compare=False)
    """Gives (folded key, spelling) of the words that this one may be a typo of, the likeliest first.
    Called only if the index does not know `folded`."""
    is_syllable: bool = False
    """A valid syllable: corrected only to a word that is known to occur next to this one's neighbours."""
    spelling_is_implied: bool = False
    """`exact` is without diacritics, and meant only because other words of the query were typed with theirs. It does
    not count where the index never spells the word so."""
    in_capitals: bool = False
    """Typed in capitals, and not because the whole query is."""
    fallback: "Word | None" = None
    """What to look for if the index does not know `folded` (a word left in Telex)."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must follow one another. Diacritics that were typed must be there; those left out may be any."""

    words: tuple[Word, ...]
    is_other_name: bool = False
    """Not typed, but another name of the words beside which it is a choice: who has it has them, and nobody must."""


Clause = Word | Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What an index is asked."""

    must: Sequence[Sequence[Clause]] = ()
    """Each inner list is a choice (OR) and each should be met; phrases that were typed must be. Empty: every document.
    Where several words have another name together, it is a choice beside each of them."""
    must_not: Sequence[Clause] = ()
    """What no hit may contain anywhere."""
    partial_matches: bool = True
    """Whether documents with only the most informative of the words are hits too, if few have all of them."""
    filters: Mapping[str, Set[str]] = field(default_factory=dict)
    """Facet -> codes: a hit has at least one of the codes of every facet named."""
    excluded: Set[str] = frozenset()
    """Ids to leave out before anything is counted: withdrawn or changed since the index's last commit."""
    correct_typos: bool = True
    """Whether words that the index does not know may be corrected; the result says so."""
    sort: Sort = Sort.RELEVANCE
    usage: Mapping[str, int] = field(default_factory=dict)
    """Id -> how often used: the order MOST_USED (ids not named: 0)."""
    facets: Sequence[str] = ()
    """Facets to count."""
    codes_per_facet: int | None = None
    """At most so many codes of each facet, the most frequent, besides those filtered by; None: all."""
    offset: int = 0
    limit: int = 10


@dataclass(frozen=True, slots=True)
class Location:
    """Where a material matches a query best."""

    file: int
    """Position of the file."""
    page: int | None
    anchor: str
    word: int
    """Beginning of the best passage: counted in words from the beginning of its section."""
    offset: tuple[int, int] = (0, 0)
    """A word shortly before it, and the position of this one's first character."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One material that matches a query."""

    id: str
    score: float
    location: Location | None = None
    """In its best section; None where only its title, people, subjects, keywords, collections or summary match."""
    others: tuple[Location, ...] = ()
    """The next best places, each in another section or at least a paragraph away."""


class FacetCount(NamedTuple):
    """How many hits have a code, all other facets' filters applied."""

    code: str
    hits: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A word that the index does not know, and what was searched for instead."""

    typed: str
    read_as: str
    """The other word, with diacritics as far as they are known from what was typed."""
    folded: str
    """Its folded key: whoever has the texts at hand can show it as they spell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What an index returns for a query."""

    total: int
    """How many documents match, filters applied."""
    full_matches: int = 0
    """How many of them have all of the words in the spelling that was typed. The others have some of them in another
    spelling, or only the most informative ones."""
    full_first: bool = True
    """Whether these come before all others: not where a long question is ranked by relevance."""
    hits: Sequence[Hit] = ()
    facets: Mapping[str, Sequence[FacetCount]] = field(default_factory=dict)
    """Facet -> counts, most frequent first; codes without hits are left out unless filtered by."""
    corrections: Sequence[Correction] = ()
    """Words that were searched for otherwise than typed; whoever shows the result must say so."""


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


class Health(StrEnum):
    """What can be said of an index without searching it."""

    READY = "ready"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class State:
    """An index as it is now."""

    health: Health
    documents: int = 0
    generation: str = ""
    """Changes with every commit that readers can see, and never comes back; empty when missing."""
    incomplete: bool = False
    """A lost index is being rebuilt, and does not have everything yet."""


class IndexMissing(Exception):
    """There is no index yet, or its folder is gone: `rebuild` makes one."""


class IndexBroken(Exception):
    """The index cannot be read: `rebuild` replaces it."""


class IndexBusy(Exception):
    """Another writer did not finish in time."""


class SearchIndex(Protocol):
    """Stores documents and answers queries. Safe for many threads and processes; writers wait for one another.

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

    def end_dead_rebuild(self) -> None:
        """If the process of a rebuild died, end it: its caller has put meanwhile what was missing."""

    def search(self, query: Query) -> SearchResult:
        """Return a query's hits, counts and corrections."""

    def suggest(
        self,
        beginning: str,
        *,
        spelled: str = "",
        limit: int = 8,
        kinds: Set[str] = frozenset(),
        excluded: Set[str] = frozenset(),
    ) -> Sequence[Suggestion]:
        """Return names with a word that begins with `beginning` (folded keys joined by spaces, the last unfinished).

        `spelled` are the exact keys of a beginning that was typed with marks: names spelled otherwise are left out if
        there are any others. Names whose first word begins so come first, then those that have it as a whole word, then
        those that more documents bear. `kinds` limits to these kinds of names; names that only `excluded` documents
        bear are left out.
        """

    def state(self) -> State:
        """Return the state of the index."""

    def contents(self) -> Mapping[str, str]:
        """Return id -> revision of every document: what an audit compares with the database."""

    def check(self) -> State:
        """Read everything once and return the state of the index; damage that is found is remembered for `state`."""
