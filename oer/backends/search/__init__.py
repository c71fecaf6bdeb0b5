"""Full-text search engines behind one protocol: chosen by a URL, fed text that is already analysed into keys."""

from oer.backends.search.documents import WORDS_PER_OFFSET, Document, Section, SuggestionEntry
from oer.backends.search.opening import open_search_index
from oer.backends.search.protocol import (
    Correction,
    FacetCount,
    Health,
    Hit,
    IndexBroken,
    IndexBusy,
    IndexMissing,
    Location,
    Phrase,
    Query,
    SearchIndex,
    SearchResult,
    Sort,
    State,
    Suggestion,
    Word,
)

__all__ = [
    "WORDS_PER_OFFSET",
    "Correction",
    "Document",
    "FacetCount",
    "Health",
    "Hit",
    "IndexBroken",
    "IndexBusy",
    "IndexMissing",
    "Location",
    "Phrase",
    "Query",
    "SearchIndex",
    "SearchResult",
    "Section",
    "Sort",
    "State",
    "Suggestion",
    "SuggestionEntry",
    "Word",
    "open_search_index",
]
