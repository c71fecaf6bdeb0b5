"""What extraction gives, and what it may take."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

MIB = 1024**2


class State(StrEnum):
    """How an extraction ended. Whatever it is, pages and facts that were found until then are there."""

    OK = "ok"
    NO_TEXT = "no_text"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    LIMIT = "limit"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"


@dataclass(frozen=True)
class Limits:
    """How much one file may cost. Times are in seconds; `cpu` and `memory` are those of each process."""

    memory_bytes: int = 1024 * MIB
    cpu: int = 20
    wall: float = 120.0
    turns: int = 5
    """How many processes one after the other may read a PDF, each beginning where the time of the last one ended."""
    output_bytes: int = 64 * MIB
    written_bytes: int = 256 * MIB
    pages: int = 5000
    text_letters: int = 10_000_000
    member_bytes: int = 256 * MIB
    """The most bytes of one part of a document that are read."""
    image_pixels: int = 80_000_000
    sheet_rows: int = 5000
    recognised_pages: int = 300
    recognition_wall: float = 1800.0


@dataclass(frozen=True)
class Page:
    """A page, slide, sheet, chapter or section. Numbers count from 1.

    `label` is what the document itself calls it. `html` is its structure, where its format has one: headings, lists,
    tables, links, pictures as `<img src="member:NAME">` (a member of the file, which is a ZIP) and links between pages
    as `<a href="page:NUMBER#ID">`. It comes from the file and is not sanitised: whoever shows it must do that.
    """

    number: int
    label: str
    text: str
    html: str = ""


@dataclass(frozen=True)
class OutlineEntry:
    """A line of the table of contents; `level` counts from 1."""

    title: str
    level: int
    page: int


@dataclass(frozen=True)
class Member:
    """A file in an archive."""

    name: str
    size: int


@dataclass
class Facts:
    """What a file says of itself or shows. `language` is guessed from the text. `duration` is in seconds.

    `width` and `height` are pixels, or for a PDF the points of its first page. `recognised` tells that text came from
    pictures of it and may hold slips.
    """

    title: str = ""
    creator: str = ""
    language: str = ""
    pages: int | None = None
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    outline: list[OutlineEntry] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    recognised: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the facts that there are, as JSON values."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", [], False)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Facts":
        """Return the facts that `as_json` gave."""
        lists: dict[str, Any] = {
            "outline": [OutlineEntry(**each) for each in values.get("outline", ())],
            "members": [Member(**each) for each in values.get("members", ())],
        }
        return cls(**{**values, **lists})


@dataclass
class Extraction:
    """What came out of a file. `cover` is a WebP picture; `detail` is for the log, never for readers."""

    state: State
    pages: list[Page] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    cover: bytes | None = None
    detail: str = ""


class ExtractionError(Exception):
    """The reading of a file ends early, in a named state."""

    state = State.FAILED


class Encrypted(ExtractionError):
    """It wants a password."""

    state = State.ENCRYPTED


class Damaged(ExtractionError):
    """It is not what it should be."""

    state = State.DAMAGED


class LimitReached(ExtractionError):
    """It wants more time, memory or room than a file may have."""

    state = State.LIMIT


class Unsupported(ExtractionError):
    """Nothing here reads it."""

    state = State.UNSUPPORTED
