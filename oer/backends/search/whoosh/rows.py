"""A document as rows of the index: one per section, the first of them standing for the whole material.

A row stores its words as 32-bit token ids: 22 bits say which word, 10 bits how its diacritics are spelled; 0 separates
the parts of a row. Ids are hashes, not places in a list, so rows of all segments and generations can be compared, and
merging segments leaves them as they are. Two words in four million share an id: that costs a rank, never a hit, except
for phrases, where both neighbours would have to collide.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from oer.backends.search.documents import WORDS_PER_OFFSET, Document, Section
from oer.backends.search.whoosh.internals import make_schema
from oer.vietnamese.keys import TextKeys

Ids = npt.NDArray[np.uint32]

# The names of fields and columns are in the files of every index that exists: changing one needs a rebuild.
TEXT, ID, FACET = "text", "id", "facet"
# Per row: its number within its material, where in the files it is, its words as token ids.
PART, LOCATION, WORDS = "part", "place", "words"
# Per material, on its first row: public id, revision, sort keys, what it adds to the suggestions.
KEY, REVISION, NEWEST, TITLE_KEY, SUGGESTIONS = "key", "revision", "newest", "titlekey", "names"
FACET_SEPARATOR = "\x1f"
SUGGESTION_SEPARATOR = "\x02"

SPELLING_BITS = 10
SEPARATOR = 0
HEADER = 2
"""How many numbers that are no tokens a row's words begin with: where its title ends, where its body begins."""

# How much a word counts by the field that it is in (BM25F with one saturation over all of a row's fields).
TITLE, PEOPLE, SUBJECT, KEYWORD, PLACE, COLLECTION, SUMMARY, BODY = 3.0, 2.0, 1.5, 2.0, 1.5, 1.5, 1.5, 1.0
# A section longer than this is cut into chunks, so that a location is a page or so.
LONGEST_SECTION = 1500
CHUNK = 1000


def schema() -> Any:
    """Return a new schema of an index.

    The text field keeps no positions: phrases and proximity are read from the token ids, which is smaller and three
    times faster when cold.
    """
    return make_schema(
        terms=(ID, FACET),
        numbers={PART: "I", NEWEST: "q"},
        bytestrings=(LOCATION, WORDS, KEY, REVISION, TITLE_KEY, SUGGESTIONS),
        text=TEXT,
    )


# Token ids


@lru_cache(maxsize=1 << 17)
def token_id(folded: str, exact: str) -> int:
    """Return the id of a word in one spelling; never 0."""
    return word_part(folded) << SPELLING_BITS | crc32(exact.encode()) & ((1 << SPELLING_BITS) - 1)


def word_part(folded: str) -> int:
    """Return the part of a token id that says which word it is."""
    return crc32(folded.encode()) >> SPELLING_BITS or 1


def token_ids(text: TextKeys) -> list[int]:
    """Return the ids of a text's words in reading order."""
    return list(map(token_id, *text))


def spelled_ids(folded: str, exact: Iterable[str]) -> Ids:
    """Return the ids of one word in several spellings."""
    return np.array([token_id(folded, each) for each in exact], dtype=np.uint32)


# Rows


@dataclass(frozen=True, slots=True)
class Row:
    """What is written of one section."""

    weights: dict[str, float]
    """Folded key -> how often it occurs, weighted by field."""
    length: int
    """How many words."""
    words: bytes
    """32-bit numbers: where the title ends, where the body begins, then the token ids."""
    location: bytes
    """JSON: file, page, anchor, number of words before this chunk of the section, offsets of some of its words."""


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document as it is written: whatever can fail because of it is done before the index is touched."""

    id: str
    rows: list[Row]
    facets: list[str]
    columns: dict[str, bytes | int]
    """What its first row has in the columns of materials."""


def prepare(document: Document) -> PreparedDocument:
    """Return a document ready to be written."""
    terms = {f"{name}{FACET_SEPARATOR}{code}" for name, codes in document.facets.items() for code in codes}
    columns: dict[str, bytes | int] = {
        KEY: document.id.encode(),
        REVISION: document.revision.encode(),
        NEWEST: int(document.newest),
        TITLE_KEY: document.title_key.encode(errors="replace"),
        SUGGESTIONS: _suggestion_lines(document),
    }
    return PreparedDocument(document.id, list(_rows(document)), list(terms), columns)


def _suggestion_lines(document: Document) -> bytes:
    """Return the suggestions of a document, a line each, the folded text in front."""
    lines = []
    for entry in document.suggestions:
        spelled = entry.spelled if entry.spelled != entry.folded else ""
        shown = (entry.kind, " ".join(entry.text.split()), entry.code, spelled)
        lines.append(SUGGESTION_SEPARATOR.join((entry.folded, *shown)))
    return "\n".join(dict.fromkeys(lines)).encode(errors="replace")


def _rows(document: Document) -> Iterator[Row]:
    """Return the rows of a document: all with its title, people, subjects, keywords, the first with all metadata."""
    shared = [
        (document.people, PEOPLE),
        (document.subjects, SUBJECT),
        (document.keywords, KEYWORD),
    ]
    first = [*shared, (document.places, PLACE), (document.collections, COLLECTION), (document.summary, SUMMARY)]
    chunks = _chunks(document.sections)
    for section, start, text in islice(chunks, 1):
        yield _row(document.titles, first, text, _location(section, start))
    if not document.sections:
        yield _row(document.titles, first, TextKeys(), b"")
    for section, start, text in chunks:
        yield _row(document.titles, shared, text, _location(section, start))


def _chunks(sections: Iterable[Section]) -> Iterator[tuple[Section, int, TextKeys]]:
    for section in sections:
        folded, exact = section.words
        step = CHUNK if len(folded) > LONGEST_SECTION else max(len(folded), 1)
        for start in range(0, max(len(folded), 1), step):
            yield section, start, TextKeys(folded[start : start + step], exact[start : start + step])


def _row(title: TextKeys, fields: Sequence[tuple[TextKeys, float]], body: TextKeys, location: bytes) -> Row:
    weights: dict[str, float] = defaultdict(float)
    numbers: list[int] = token_ids(title)
    for text, weight in ((title, TITLE), *fields, (body, BODY)):
        for key in text.folded:
            weights[key] += weight
    title_end = len(numbers)
    for text, _ in fields:
        numbers += [SEPARATOR, *token_ids(text)]
    numbers += [SEPARATOR]
    body_start = len(numbers)
    numbers += token_ids(body)
    length = len(title.folded) + len(body.folded) + sum(len(text.folded) for text, _ in fields)
    return Row(dict(weights), length, np.array([title_end, body_start, *numbers], "<u4").tobytes(), location)


def _location(section: Section, word: int) -> bytes:
    first = word // WORDS_PER_OFFSET
    offsets = list(section.offsets[first : first + LONGEST_SECTION // WORDS_PER_OFFSET])
    location = [section.file, section.page, section.anchor, word, offsets]
    return json.dumps(location, ensure_ascii=False, separators=(",", ":")).encode()
