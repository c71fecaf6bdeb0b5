"""What goes into a search index: plain values, texts already analysed into keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from oer.vietnamese.keys import TextKeys

WORDS_PER_OFFSET = 50
"""A section gives the offset of every 50th of its words."""

NO_TEXT = TextKeys()


@dataclass(frozen=True, slots=True)
class Section:
    """A page, chapter, slide or caption of one file: what a hit can point to. An index never sees the text itself."""

    file: int
    """Position of the file in its material."""
    words: TextKeys
    """Its text in keys."""
    page: int | None = None
    """Page, slide or sheet number from 1, or the second that a caption begins at; None where there are none."""
    anchor: str = ""
    """Fragment of the reader's address ("page=12", "chapter-3", "t=200"); empty for the beginning."""
    offsets: Sequence[int] = ()
    """Where its words 0, 50, 100 ... begin, in characters of its NFC form; may be left out."""


@dataclass(frozen=True, slots=True)
class SuggestionEntry:
    """Something that is suggested while typing: a title, a person, a subject."""

    kind: str
    """What it names: "title", "person", "subject", "keyword"."""
    text: str
    """As it is shown."""
    folded: str
    """Its folded keys joined by single spaces: what the beginning of a word is compared with."""
    code: str = ""
    """What its own page is addressed by, if it has one: a subject's code, say."""
    spelled: str = ""
    """Its exact keys joined by single spaces, as many as in `folded`; may be left out where nothing has marks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One published material as the index stores it. Putting an id again replaces it whole."""

    id: str
    """Public id; at most 64 characters."""
    revision: str = ""
    """What the caller recorded of the state that this was built from; returned by `SearchIndex.contents`."""
    titles: TextKeys = NO_TEXT
    """Titles in all languages, one after the other."""
    people: TextKeys = NO_TEXT
    """Names of contributors and of the unit."""
    subjects: TextKeys = NO_TEXT
    """Labels of subjects in all languages, their parents' too."""
    keywords: TextKeys = NO_TEXT
    """Keywords."""
    places: TextKeys = NO_TEXT
    """Names of the place that it is about, former ones too."""
    collections: TextKeys = NO_TEXT
    """Titles of the collections that it is in."""
    summary: TextKeys = NO_TEXT
    """Summaries in all languages."""
    sections: Sequence[Section] = ()
    """Full text of the files, in order; may be empty."""
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Facet name -> codes: {"subject": ["061", "0613"], "level": [...], "year": ["2026"]}; parents are listed too.
    Names are plain words; codes are any text without control characters, up to 200 characters."""
    newest: int = 0
    """When it was last published, in seconds since 1970: the order of "newest"."""
    title_key: str = ""
    """Collation key of its title: the order of "title"."""
    suggestions: Sequence[SuggestionEntry] = ()
    """What it adds to the suggestions."""
