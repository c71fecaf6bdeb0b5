"""A document as rows of the index: one per section, the first of them standing for the whole material."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from oer.backends.search.documents import WORDS_PER_OFFSET, Document, Section, Text
from oer.backends.search.whoosh.schema import (
    FACET_SEPARATOR,
    KEY,
    NAMES,
    NEWEST,
    REVISION,
    SEPARATOR,
    TITLE_KEY,
    token_ids,
)
from oer.backends.search.whoosh.segment import suggestion_lines

# How much a word counts by where it stands (BM25F with one saturation over all of a row's fields).
TITLE, PEOPLE, SUBJECT, KEYWORD, COLLECTION, SUMMARY, BODY = 3.0, 2.0, 1.5, 2.0, 1.5, 1.5, 1.0
# A section longer than this is cut into pieces, so that "where" stays a page or so.
LONGEST_SECTION = 1500
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """What is written of one section."""

    weights: dict[str, float]
    """Folded key -> how often it occurs, weighted by where."""
    length: int
    """How many words."""
    words: bytes
    """32-bit numbers: where the title ends, where the body begins, then the token ids (see `token_ids`)."""
    place: bytes
    """JSON: file, page, anchor, number of words before this piece of the section, where some of its words begin."""


def _chunks(sections: Iterable[Section]) -> Iterator[tuple[Section, int, Text]]:
    for section in sections:
        folded, exact = section.words
        step = CHUNK if len(folded) > LONGEST_SECTION else max(len(folded), 1)
        for start in range(0, max(len(folded), 1), step):
            yield section, start, Text(folded[start : start + step], exact[start : start + step])


def _location(section: Section, word: int) -> bytes:
    first = word // WORDS_PER_OFFSET
    starts = list(section.starts[first : first + LONGEST_SECTION // WORDS_PER_OFFSET])
    place = [section.file, section.page, section.anchor, word, starts]
    return json.dumps(place, ensure_ascii=False, separators=(",", ":")).encode()


def _row(title: Text, head: list[tuple[Text, float]], body: Text, place: bytes) -> Row:
    weights: dict[str, float] = defaultdict(float)
    numbers: list[int] = token_ids(*title)
    for text, weight in ((title, TITLE), *head, (body, BODY)):
        for key in text.folded:
            weights[key] += weight
    title_end = len(numbers)
    for text, _ in head:
        numbers += [SEPARATOR, *token_ids(*text)]
    numbers += [SEPARATOR]
    body_start = len(numbers)
    numbers += token_ids(*body)
    length = len(title.folded) + len(body.folded) + sum(len(text.folded) for text, _ in head)
    return Row(dict(weights), length, np.array([title_end, body_start, *numbers], "<u4").tobytes(), place)


def rows(document: Document) -> Iterator[Row]:
    """Return the rows of a document; its first has everything said of it, all have its title, people and subjects."""
    shared = [
        (document.people, PEOPLE),
        (document.subjects, SUBJECT),
        (document.keywords, KEYWORD),
    ]
    first = [*shared, (document.collections, COLLECTION), (document.summary, SUMMARY)]
    pieces = _chunks(document.sections)
    for section, start, text in islice(pieces, 1):
        yield _row(document.titles, first, text, _location(section, start))
    if not document.sections:
        yield _row(document.titles, first, Text(), b"")
    for section, start, text in pieces:
        yield _row(document.titles, shared, text, _location(section, start))


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document as it is written: everything that can fail for its own sake is done before the index is touched."""

    id: str
    rows: list[Row]
    facets: list[bytes]
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
        NAMES: suggestion_lines(document),
    }
    return PreparedDocument(document.id, list(rows(document)), [term.encode() for term in terms], columns)
