"""What a player's page shows: where its sound or film is, its captions, what is said in it."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy.orm import Session

from oer.backends.extraction.media_types import Family
from oer.core.errors import OerError
from oer.files.queries import servable_blob
from oer.reading.captions import Cue, decode_captions, read_cues
from oer.reading.marking import Wanted, mark_html, mark_text, wanted_words
from oer.reading.moments import link_times, moment_of, timed_parts
from oer.reading.paragraphs import paragraphs
from oer.reading.queries import FileLine
from oer.reading.queries.media import Transcript, captions_for, recording_of, transcripts_for
from oer.reading.sanitising import Addresses, clean_html
from oer.web.context import engines

MOST_CAPTION_BYTES = 8 * 1024**2


@dataclass(frozen=True)
class Media:
    """A recording with its captions; `cues` are those of its first captions where no transcript is `said`."""

    captions: list[FileLine]
    cues: list[Cue]
    said: list[Transcript]

    @property
    def texts(self) -> list[str]:
        """What is said, as the page shows it."""
        return [*(each.text for each in self.said), *(cue.text for cue in self.cues)]


def media_page(session: Session, line: FileLine, lines: list[FileLine]) -> Media:
    """Return what goes with a recording."""
    captions = captions_for(line, lines)
    said = transcripts_for(session, line, lines)
    cues = [] if said or not captions else _cues(session, captions[0])
    return Media(captions, cues, said)


def said_html(said: Transcript, wanted: Wanted | None, address: Callable[[int], str]) -> Markup:
    """Return a transcript as it is shown: searched words marked, its times links to the address of each."""
    if said.html:
        shown = mark_html(clean_html(said.html, Addresses(page=lambda *_: "", member=lambda _: "")), wanted)
    else:
        shown = Markup("").join(Markup("<p>%s</p>") % mark_text(each, wanted) for each in paragraphs(said.text))
    return link_times(shown, address)


def moment_in(session: Session, line: FileLine, lines: list[FileLine], query: str) -> int | None:
    """Return when in its recording captions or a transcript say what is searched for, None where they do not tell."""
    recording = recording_of(line, lines)
    if recording is None:
        return None
    if line.family is Family.CAPTIONS:
        said = _cues(session, line)
    else:
        said = [part for each in transcripts_for(session, recording, lines) for part in timed_parts(each.text)]
        said = said or [cue for each in captions_for(recording, lines)[:1] for cue in _cues(session, each)]
    wanted = wanted_words(query, [each.text for each in said])
    return moment_of(said, wanted) if wanted else None


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
