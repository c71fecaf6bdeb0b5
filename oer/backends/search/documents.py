"""What goes into a search index: plain values, text already analysed into keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

WORDS_PER_OFFSET = 50
"""How many words apart the words are whose first characters a section tells."""


class Text(NamedTuple):
    """A text as the keys of its words in reading order: two lists of one length.

    `folded` finds a word however its marks were typed, `exact` tells its spellings apart; equal exact keys always
    have equal folded keys. An index never sees the text itself.
    """

    folded: Sequence[str] = ()
    exact: Sequence[str] = ()


NO_TEXT = Text()


@dataclass(frozen=True, slots=True)
class Section:
    """A page, chapter, slide or cue of one file: what a hit can point to."""

    file: int
    """Position of the file in its material."""
    words: Text
    """Its text in keys."""
    page: int | None = None
    """Page, slide or sheet number from 1, or the second that a cue begins at; None where there are none."""
    anchor: str = ""
    """Fragment of the reader's address ("page=12", "chapter-3", "t=200"); empty for the beginning."""
    starts: Sequence[int] = ()
    """The characters that its words 0, 50, 100 ... begin with in NFC; may be left out."""


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
    """What a page of it is addressed by, if not by the material: a subject's code, say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One published material as the index keeps it. Putting an id again replaces it whole."""

    id: str
    """Public id; at most 64 characters."""
    revision: str = ""
    """What the caller recorded of the state that this was built from; given back by `SearchIndex.contents`."""
    titles: Text = NO_TEXT
    """Titles in all languages, one after the other."""
    people: Text = NO_TEXT
    """Names of contributors and of the unit."""
    subjects: Text = NO_TEXT
    """Labels of subjects in all languages, their parents' too."""
    keywords: Text = NO_TEXT
    """Keywords."""
    collections: Text = NO_TEXT
    """Titles of the collections that it is in."""
    summary: Text = NO_TEXT
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
    names: Sequence[SuggestionEntry] = ()
    """What it lets be suggested."""
