"""What extraction returns, the limits it works under, and the errors that end it."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

MIB = 1024**2


class State(StrEnum):
    """How an extraction ended. Pages and facts found before the end are kept, whatever the state."""

    OK = "ok"
    NO_TEXT = "no_text"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    LIMIT = "limit"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"


@dataclass(frozen=True)
class Limits:
    """What extracting one file may cost. `cpu_seconds` and `memory_bytes` apply to each process."""

    memory_bytes: int = 1024 * MIB
    cpu_seconds: int = 20
    wall_seconds: float = 120.0
    processes: int = 5
    """How many processes may read one PDF in turn, each from where the last one ran out of CPU time."""
    output_bytes: int = 64 * MIB
    written_bytes: int = 256 * MIB
    pages: int = 5000
    text_characters: int = 10_000_000
    html_characters: int = 30_000_000
    member_bytes: int = 256 * MIB
    """The largest member of a ZIP-based document that is read."""
    image_pixels: int = 80_000_000
    sheet_rows: int = 5000
    ocr_pages: int = 300
    ocr_wall_seconds: float = 1800.0


@dataclass(frozen=True)
class Page:
    """A page, slide, sheet, chapter or section. Numbers count from 1.

    `label` is the document's own name for it. `html` is its structure, if the format has any: headings, lists, tables,
    links, pictures as `<img src="member:NAME">` (a member of the file, which is a ZIP) and links between pages as
    `<a href="page:NUMBER#ID">`. It comes straight from the file: sanitise it before showing it.
    """

    number: int
    label: str
    text: str
    html: str = ""


@dataclass(frozen=True)
class OutlineEntry:
    """An entry of the table of contents; `level` counts from 1, `anchor` is the id on the page that it leads to."""

    title: str
    level: int
    page: int
    anchor: str = ""


@dataclass(frozen=True)
class Member:
    """A file in an archive."""

    name: str
    size: int


@dataclass
class Facts:
    """Metadata found in a file. `language` is guessed from the text, `duration` is in seconds.

    `width` and `height` are in pixels, for a PDF in points of its first page. `recognised` means that the text comes
    from OCR and may contain errors. The names are stored with each rendition: renaming one needs a migration.
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
        """Return the facts that are known, as JSON values."""
        values = asdict(self)
        for entry in values["outline"]:
            if not entry["anchor"]:
                del entry["anchor"]
        return {name: value for name, value in values.items() if value not in (None, "", [], False)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Facts":
        """Return the facts from what `as_json` returned."""
        lists: dict[str, Any] = {
            "outline": [OutlineEntry(**each) for each in values.get("outline", ())],
            "members": [Member(**each) for each in values.get("members", ())],
        }
        return cls(**{**values, **lists})


@dataclass
class Extraction:
    """Everything extracted from a file. `cover` is a WebP picture; `detail` is for the log, not for readers."""

    state: State
    pages: list[Page] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    cover: bytes | None = None
    detail: str = ""


class ExtractionError(Exception):
    """Extraction ends early, in the class's `state`."""

    state = State.FAILED


class Encrypted(ExtractionError):
    """The file needs a password."""

    state = State.ENCRYPTED


class Damaged(ExtractionError):
    """The file is not valid."""

    state = State.DAMAGED


class LimitReached(ExtractionError):
    """The file needs more time, memory or space than the limits allow."""

    state = State.LIMIT


class Unsupported(ExtractionError):
    """No reader is available for this type."""

    state = State.UNSUPPORTED
