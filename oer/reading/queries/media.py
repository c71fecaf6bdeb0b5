"""What goes with sound and film: which captions and transcripts belong to which file, and what is said in them."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from oer.backends.extraction.media_types import Family
from oer.catalogue.models import CAPTIONS, CONTENT, TRANSCRIPT
from oer.files import queries as files
from oer.reading.queries.files import FileLine


@dataclass(frozen=True)
class Transcript:
    """What is said in a recording, as somebody wrote it down; `html` is not sanitised, and "" for plain texts."""

    line: FileLine
    text: str
    html: str


def recording_of(line: FileLine, lines: list[FileLine]) -> FileLine | None:
    """Return the recording that captions or a transcript belong to, None if that cannot be told."""
    played = [each for each in lines if each.is_played and each.role == CONTENT]
    if len(played) != 1:
        played = [each for each in played if _stem(each.name) == _stem(line.name)]
    return played[0] if len(played) == 1 and line.role in {CAPTIONS, TRANSCRIPT} else None


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
            text, html = "\n\n".join(page.text for page in pages), "".join(page.html for page in pages)
            found.append(Transcript(each, text, html))
    return found


def _companions(line: FileLine, lines: list[FileLine], role: str, families: set[Family] | None) -> list[FileLine]:
    found = [each for each in lines if each.role == role and (families is None or each.family in families)]
    if sum(each.is_played for each in lines) == 1:
        return found
    return [each for each in found if _stem(each.name) == _stem(line.name)]


def _stem(name: str) -> str:
    # bai-1.vi.vtt goes with bai-1.mp4
    return name.partition(".")[0].casefold()
