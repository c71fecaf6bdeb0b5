"""What a player's page shows: where its sound or film is, its captions, what is said in it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from oer.core.errors import OerError
from oer.files.queries import servable_blob
from oer.reading.captions import Cue, decode_captions, read_cues
from oer.reading.paragraphs import paragraphs
from oer.reading.queries import FileLine
from oer.reading.queries.media import captions_for, transcripts_for
from oer.web.context import engines

MOST_CAPTION_BYTES = 8 * 1024**2


@dataclass(frozen=True)
class Media:
    """A recording with its captions; `cues` are those of its first captions, `said` is a transcript without times."""

    captions: list[FileLine]
    cues: list[Cue]
    said: list[str]


def media_page(session: Session, line: FileLine, lines: list[FileLine]) -> Media:
    """Return what goes with a recording."""
    captions = captions_for(line, lines)
    said = [text for each in transcripts_for(session, line, lines) for page in each.texts for text in paragraphs(page)]
    cues = [] if said or not captions else _cues(session, captions[0])
    return Media(captions, cues, said)


def _cues(session: Session, line: FileLine) -> list[Cue]:
    try:
        return read_cues(caption_text(session, line))
    except OerError:
        return []  # the recording can be heard without them


def caption_text(session: Session, line: FileLine) -> str:
    """Return the text of a caption file, '' for one too large to be any. Raises Damaged, Gone."""
    storage = engines().storage
    blob = servable_blob(session, storage, line.shown.blob.sha256)
    if blob.size > MOST_CAPTION_BYTES:
        return ""
    return decode_captions(b"".join(storage.read(blob.sha256)))
