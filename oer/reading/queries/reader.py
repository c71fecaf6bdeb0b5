"""What a reader or player shows: a page of a file, its table of contents, captions and transcripts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from oer.backends.extraction.media_types import Family
from oer.catalogue.models import FileRole
from oer.catalogue.queries.files import RenditionRow
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.files import queries as files
from oer.reading.page_text import heading_id
from oer.reading.queries.files import FileLine
from oer.reading.sanitising import ID_PREFIX

NO_PAGE = N_("This file has %(pages)s pages. The page you asked for does not exist.")
MOST_CONTENTS = 500


@dataclass(frozen=True)
class ContentsLine:
    """An entry of the table of contents; `level` counts from 1, `anchor` is an id in the file, "" if there is none."""

    title: str
    level: int
    page: int
    anchor: str = ""


def ids_of(contents: Sequence[ContentsLine]) -> list[str]:
    """Return the id that each entry has in the reader's page: its own, else one by its place among those of the page.

    `with_anchors` gives headings the same ids; where one of them has another, the link still leads to the page.
    """
    on_page = Counter[int]()
    found = []
    for each in contents:
        on_page[each.page] += 1
        found.append(ID_PREFIX + each.anchor if each.anchor else heading_id(on_page[each.page]))
    return found


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


def contents_of(session: Session, line: FileLine) -> list[ContentsLine]:
    """Return the table of contents of a file; empty if it has none, or has not been read yet."""
    return _contents(session, line, line.shown.rendition) if line.shown.rendition else []


def _contents(session: Session, line: FileLine, rendition: RenditionRow) -> list[ContentsLine]:
    outline = rendition.facts.get("outline", [])
    if not outline and line.family is not Family.PDF and line.pages > 1:
        labels = files.page_labels(session, rendition.id)
        outline = [{"title": label, "level": 1, "page": number} for number, label in labels if label]
    return [
        ContentsLine(each["title"], int(each["level"]), int(each["page"]), each.get("anchor", ""))
        for each in outline[:MOST_CONTENTS]
    ]


@dataclass(frozen=True)
class Transcript:
    """A transcript of a recording; `html` is not sanitised, and "" for plain text."""

    line: FileLine
    text: str
    html: str


def recording_of(line: FileLine, lines: list[FileLine]) -> FileLine | None:
    """Return the recording that captions or a transcript belong to, None if it is not clear."""
    played = [each for each in lines if each.is_played and each.role == FileRole.CONTENT]
    if len(played) != 1:
        played = [each for each in played if _stem(each.name) == _stem(line.name)]
    return played[0] if len(played) == 1 and line.role in {FileRole.CAPTIONS, FileRole.TRANSCRIPT} else None


def captions_for(line: FileLine, lines: list[FileLine]) -> list[FileLine]:
    """Return the captions of a recording: those named like it, or all if it is the only recording."""
    return _companions(line, lines, FileRole.CAPTIONS, {Family.CAPTIONS})


def transcripts_for(session: Session, line: FileLine, lines: list[FileLine]) -> list[Transcript]:
    """Return the transcripts of a recording whose text has been extracted."""
    found = []
    for each in _companions(line, lines, FileRole.TRANSCRIPT, None):
        rendition = each.shown.rendition
        pages = files.pages(session, rendition.id) if rendition else []
        if pages:
            text, html = "\n\n".join(page.text for page in pages), "".join(page.html for page in pages)
            found.append(Transcript(each, text, html))
    return found


def text_versions_of(picture: FileLine, lines: list[FileLine]) -> list[FileLine]:
    """Return the transcripts that say what a picture shows: those named like it, or all if there is nothing else."""
    written = [each for each in lines if each.role == FileRole.TRANSCRIPT]
    if sum(each.role == FileRole.CONTENT for each in lines) == 1:
        return written
    return [each for each in written if _stem(each.name) == _stem(picture.name)]


def _companions(line: FileLine, lines: list[FileLine], role: str, families: set[Family] | None) -> list[FileLine]:
    found = [each for each in lines if each.role == role and (families is None or each.family in families)]
    if sum(each.is_played for each in lines) == 1:
        return found
    return [each for each in found if _stem(each.name) == _stem(line.name)]


def _stem(name: str) -> str:
    # bai-1.vi.vtt goes with bai-1.mp4
    return name.partition(".")[0].casefold()
