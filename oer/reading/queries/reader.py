"""A page of a file as it is read: its text or structure, where it is in the whole, the table of contents."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from oer.backends.extraction.media_types import Family
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.files import queries as files
from oer.files.models import Rendition
from oer.reading.queries.files import FileLine

NO_PAGE = N_("This file has %(pages)s pages; the page asked for is not among them.")
MOST_CONTENTS = 500


@dataclass(frozen=True)
class ContentsLine:
    """A line of the table of contents; `level` counts from 1."""

    title: str
    level: int
    page: int


@dataclass(frozen=True)
class ReadPage:
    """One page, slide, sheet, chapter or section of a file, out of `total`; `html` is not sanitised."""

    number: int
    total: int
    label: str
    text: str
    html: str
    contents: list[ContentsLine]
    recognised: bool

    @property
    def previous(self) -> int | None:
        """The number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The number of the page after."""
        return self.number + 1 if self.number < self.total else None


def read_page(session: Session, line: FileLine, number: int | None) -> ReadPage:
    """Return a page of a file that opens; None asks for the first. Raises NotFound for a number out of range."""
    number = 1 if number is None else number
    if not 1 <= number <= max(1, line.pages):
        raise NotFound(NO_PAGE, code="no_page", pages=max(1, line.pages))
    rendition = line.shown.rendition
    found = files.page(session, rendition.id, number) if rendition else None
    return ReadPage(
        number,
        max(1, line.pages),
        found.label if found else "",
        found.text if found else "",
        found.html if found else "",
        _contents(session, line, rendition) if rendition else [],
        bool(rendition and rendition.facts.get("recognised")),
    )


def _contents(session: Session, line: FileLine, rendition: Rendition) -> list[ContentsLine]:
    outline = rendition.facts.get("outline", [])
    if not outline and line.family is not Family.PDF and line.pages > 1:
        labels = files.page_labels(session, rendition.id)
        outline = [{"title": label, "level": 1, "page": number} for number, label in labels if label]
    return [ContentsLine(each["title"], int(each["level"]), int(each["page"])) for each in outline[:MOST_CONTENTS]]
