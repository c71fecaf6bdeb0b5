"""What goes with sound and film: which captions and transcripts belong to which file, and what is said in them."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from oer.backends.extraction.media_types import Family
from oer.catalogue.models import CAPTIONS, TRANSCRIPT
from oer.files import queries as files
from oer.reading.queries.files import FileLine


@dataclass(frozen=True)
class Transcript:
    """What is said in a recording, as somebody wrote it down; `pages` hold text and unsanitised HTML."""

    line: FileLine
    texts: list[str]


def captions_for(line: FileLine, lines: list[FileLine]) -> list[FileLine]:
    """Return the captions of a recording: those named like it, or all there are where it is the only recording."""
    return _companions(line, lines, CAPTIONS, {Family.CAPTIONS})


def transcripts_for(session: Session, line: FileLine, lines: list[FileLine]) -> list[Transcript]:
    """Return the transcripts of a recording whose text is known."""
    found = []
    for each in _companions(line, lines, TRANSCRIPT, None):
        rendition = each.shown.rendition
        pages = files.pages(session, rendition.id) if rendition else []
        if pages:
            found.append(Transcript(each, [page.text for page in pages]))
    return found


def _companions(line: FileLine, lines: list[FileLine], role: str, families: set[Family] | None) -> list[FileLine]:
    found = [each for each in lines if each.role == role and (families is None or each.family in families)]
    if sum(each.is_played for each in lines) == 1:
        return found
    return [each for each in found if _stem(each.name) == _stem(line.name)]


def _stem(name: str) -> str:
    # bai-1.vi.vtt goes with bai-1.mp4
    return name.partition(".")[0].casefold()
