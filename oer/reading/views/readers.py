"""Reading a file in the browser: pages, slides, sheets, pictures, archives, players."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from oer.backends.extraction.media_types import Family
from oer.core.errors import NotFound, OerError
from oer.core.i18n import N_
from oer.files.queries import servable_blob
from oer.reading.captions import Cue, decode_captions, link_timestamps, read_cues, timed_parts, timestamp_of
from oer.reading.page_images import has_pictures
from oer.reading.page_text import WordMatcher, highlight_html, highlight_text, paragraphs, with_anchors, word_matcher
from oer.reading.queries.files import FileLine
from oer.reading.queries.material import VisibleVersion
from oer.reading.queries.reader import (
    NO_PAGE,
    ReadPage,
    Transcript,
    captions_for,
    read_page,
    recording_of,
    transcripts_for,
)
from oer.reading.sanitising import Addresses, clean_html
from oer.reading.views.blueprint import MATERIAL_VALIDATOR, blueprint, visible_file
from oer.usage.views import record_event
from oer.web.context import db, installation
from oer.web.languages import gettext
from oer.web.page_cache import cached_page, remember_for_hits

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


def transcript_html(said: Transcript, wanted: WordMatcher | None, address: Callable[[int], str]) -> Markup:
    """Return a transcript as it is shown: searched words marked, its times links to the address of each."""
    if said.html:
        shown = highlight_html(clean_html(said.html, Addresses(page=lambda *_: "", member=lambda _: "")), wanted)
    else:
        shown = Markup("").join(Markup("<p>%s</p>") % highlight_text(each, wanted) for each in paragraphs(said.text))
    return link_timestamps(shown, address)


def timestamp_in(session: Session, line: FileLine, lines: list[FileLine], query: str) -> int | None:
    """Return when in its recording captions or a transcript say what is searched for, None where they do not tell."""
    recording = recording_of(line, lines)
    if recording is None:
        return None
    if line.family is Family.CAPTIONS:
        said = _cues(session, line)
    else:
        said = [part for each in transcripts_for(session, recording, lines) for part in timed_parts(each.text)]
        said = said or [cue for each in captions_for(recording, lines)[:1] for cue in _cues(session, each)]
    wanted = word_matcher(query, [each.text for each in said])
    return timestamp_of(said, wanted) if wanted else None


def _cues(session: Session, line: FileLine) -> list[Cue]:
    try:
        return read_cues(caption_text(session, line))
    except OerError:
        return []  # the recording can be heard without them


def caption_text(session: Session, line: FileLine) -> str:
    """Return the text of a caption file, '' for one too large to be any. Raises Damaged, Gone."""
    storage = installation().storage
    blob = servable_blob(session, storage, line.shown.blob.sha256)
    if blob.size > MOST_CAPTION_BYTES:
        return ""
    return decode_captions(b"".join(storage.read(blob.sha256)))


# Reading, hearing and seeing a file in place: each page of it has an address of its own.

TEXT_SIZES = ("s", "m", "l", "xl")
MEMBERS_A_PAGE = 200


@dataclass(frozen=True)
class Reading:
    """What the address of a reader says: which file of what, where in it, searched words, size of the text."""

    seen: VisibleVersion
    line: FileLine
    lines: list[FileLine]
    query: str
    text_size: str

    def address(self, page: int | None = None, anchor: str = "", **changed: str | None) -> str:
        """Return the address of a page of this reader, with what was chosen before unless it is changed."""
        chosen: dict[str, Any] = {"q": self.query or None, "text": self.text_size if self.text_size != "m" else None}
        return url_for(
            "reading.read",
            public_id=self.seen.material.public_id,
            position=self.line.position,
            page=page if page and page > 1 else None,
            version=self.seen.number,
            _anchor=anchor or None,
            **{**chosen, **changed},
        )


def _note_opening(public_id: str, position: int, kind: str = "", format: str = "") -> None:  # noqa: A002, ARG001
    """Note that a reader was opened, which is one request; turning its pages, coming from the same reader, is none."""
    if kind and urlsplit(request.referrer or "").path != request.script_root + request.path:
        record_event(kind, public_id, format=format)


@blueprint.get("/materials/<public_id>/files/<int:position>/read")
@cached_page(MATERIAL_VALIDATOR, on_hit=_note_opening)
def read(public_id: str, position: int) -> str:
    """Show a file, or say why it cannot be shown here and how to get it."""
    seen, line, lines = visible_file(public_id, position)
    text_size = request.args.get("text", "m")
    reading = Reading(
        seen, line, lines, request.args.get("q", "").strip()[:256], text_size if text_size in TEXT_SIZES else "m"
    )
    if line.opens and not seen.preview:
        # A player is only used once something is played: its page is a look at the material.
        use = {"kind": "view" if line.is_played else "read", "format": line.format_code}
        remember_for_hits(**use)
        _note_opening(public_id, position, **use)
    if not line.opens:
        return render_template("reading/closed.html", reading=reading, record=seen.version.record)
    show: Callable[[Reading], str] = _SHOW_BY_FAMILY.get(line.family, _show_page) if line.family else _show_page
    return show(reading)


@blueprint.get("/materials/<public_id>/files/<int:position>/moment")
def moment(public_id: str, position: int) -> AnyResponse:
    """Lead from words that captions or a transcript hold to the recording, at the time when they are said."""
    seen, line, lines = visible_file(public_id, position)
    query = request.args.get("q", "").strip()[:256]
    recording, second = recording_of(line, lines), timestamp_in(db(), line, lines, query)
    reading = Reading(seen, recording or line, lines, query, "m")
    return redirect(reading.address(anchor="player" if recording else "", t=str(second) if second else None))


def _asked_page() -> int | None:
    """Return the page that the address asks for, None if it asks for none. Raises NotFound for what is no number."""
    text = request.args.get("page")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise NotFound(N_("The address asks for a page by something that is no number."), code="no_page")
    return int(text)


def _show_page(reading: Reading) -> str:
    page = read_page(db(), reading.line, _asked_page())
    of_this_page = [place for place, each in enumerate(page.contents) if each.page == page.number]
    content, anchors = with_anchors(_content(reading, page), [page.contents[place].title for place in of_this_page])
    return render_template(
        "reading/pages.html",
        reading=reading,
        record=reading.seen.version.record,
        page=page,
        content=content,
        anchors={of_this_page[place]: anchor for place, anchor in anchors.items()},
        has_image=has_pictures(reading.line.shown.blob.media_type),
    )


def _content(reading: Reading, page: ReadPage) -> Markup:
    wanted = word_matcher(reading.query, [page.text])
    if page.html:
        addresses = Addresses(
            page=reading.address,
            member=lambda name: url_for(
                "reading.picture",
                public_id=reading.seen.material.public_id,
                position=reading.line.position,
                name=name,
                version=reading.seen.number,
            ),
        )
        html = highlight_html(clean_html(page.html, addresses), wanted)
        return _with_notes_named(html) if reading.line.family is Family.SLIDES else html
    return Markup("").join(
        Markup('<p class="lines">%s</p>\n') % highlight_text(text, wanted) for text in paragraphs(page.text)
    )


def _with_notes_named(html: Markup) -> Markup:
    # What is said to a slide stands in an <aside>; there is no other among slides.
    return html.replace("<aside>", Markup('<aside><p class="hint">%s</p>') % gettext("Notes to this slide"))


def _show_picture(reading: Reading) -> str:
    page = read_page(db(), reading.line, None)
    facts = reading.line.shown.rendition.facts if reading.line.shown.rendition else {}
    return render_template(
        "reading/picture.html",
        reading=reading,
        record=reading.seen.version.record,
        facts=facts,
        content=_content(reading, page),
    )


def _show_media(reading: Reading) -> str:
    media = media_page(db(), reading.line, reading.lines)
    wanted = word_matcher(reading.query, media.texts)

    def at_time(seconds: int) -> str:
        return reading.address(anchor="player", t=str(seconds))

    return render_template(
        "reading/media.html",
        reading=reading,
        record=reading.seen.version.record,
        media=media,
        said=[transcript_html(each, wanted, at_time) for each in media.said],
        wanted=wanted,
        start=request.args.get("t", 0, type=int),
        mark_text=highlight_text,
    )


def _show_archive(reading: Reading) -> str:
    rendition = reading.line.shown.rendition
    members = rendition.facts.get("members", []) if rendition else []
    total = max(1, -(-len(members) // MEMBERS_A_PAGE))
    asked = _asked_page()
    number = 1 if asked is None else asked
    if not 1 <= number <= total:
        raise NotFound(NO_PAGE, code="no_page", pages=total)
    first = (number - 1) * MEMBERS_A_PAGE
    page = ReadPage(number, total, "", "", "", [], recognised=False)
    return render_template(
        "reading/archive.html",
        reading=reading,
        record=reading.seen.version.record,
        page=page,
        count=len(members),
        members=list(enumerate(members[first : first + MEMBERS_A_PAGE], first)),
    )


_SHOW_BY_FAMILY: dict[Family, Callable[[Reading], str]] = {
    Family.IMAGE: _show_picture,
    Family.AUDIO: _show_media,
    Family.VIDEO: _show_media,
    Family.ARCHIVE: _show_archive,
}
