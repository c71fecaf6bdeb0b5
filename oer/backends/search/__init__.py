"""Full-text search engines behind one protocol: chosen by a URL, fed text that is already analysed into keys."""

from oer.backends.search.documents import WORDS_PER_START, Document, Name, Section, Text
from oer.backends.search.opening import open_search_index
from oer.backends.search.protocol import Health, IndexBroken, IndexBusy, IndexMissing, SearchIndex, State
from oer.backends.search.questions import (
    Answer,
    FacetCount,
    Guess,
    Hit,
    Phrase,
    Place,
    Query,
    Sort,
    Suggestion,
    Word,
)

__all__ = [
    "WORDS_PER_START",
    "Answer",
    "Document",
    "FacetCount",
    "Guess",
    "Health",
    "Hit",
    "IndexBroken",
    "IndexBusy",
    "IndexMissing",
    "Name",
    "Phrase",
    "Place",
    "Query",
    "SearchIndex",
    "Section",
    "Sort",
    "State",
    "Suggestion",
    "Text",
    "Word",
    "open_search_index",
]
