"""Reading a file in the browser: pages, slides, sheets, pictures, archives, players."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cachetools import LRUCache
from flask import redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from oer.backends.extraction.blocks import printed_paragraphs
from oer.backends.extraction.encodings import decode_text
from oer.backends.extraction.extracting import NotRendered
from oer.backends.extraction.formats.captions import Cue, parse_cues
from oer.backends.extraction.media_types import Family
from oer.core.errors import NotFound, OerError
from oer.core.i18n import N_
from oer.files.queries import servable_blob
from oer.learning.models import ReadingNote
from oer.learning.services.notes import notes_in
from oer.learning.services.shelf import has_history
from oer.reading.captions import link_timestamps, timed_parts, timestamp_of
from oer.reading.jobs import images_of
from oer.reading.page_images import WIDTHS, has_pictures
from oer.reading.page_text import (
    WordMatcher,
    highlight_html,
    highlight_text,
    with_anchors,
    with_hit,
    word_matcher,
)
from oer.reading.queries.files import FileLine
from oer.reading.queries.material import VisibleVersion, course_positions, recommendations
from oer.reading.queries.reader import (
    NO_PAGE,
    ReadPage,
    Transcript,
    captions_for,
    read_page,
    recording_of,
    text_versions_of,
    transcripts_for,
)
from oer.reading.quotes import mark_notes
from oer.reading.sanitising import ID_PREFIX, Addresses, clean_html
from oer.reading.views.blueprint import MATERIAL_VALIDATOR, blueprint, current_path, visible_file
from oer.usage.views import record_event
from oer.web.context import db, installation
from oer.web.identity import current_account, is_anonymous
from oer.web.languages import gettext
from oer.web.page_cache import cached_page, keep_out_of_cache, remember_for_hits

MOST_CAPTION_BYTES = 8 * 1024**2
# Parsing takes about 0.03 ms per cue, so the files that are asked for again are kept, within so many cues.
_MOST_KEPT_CUES = 50_000
_cues: LRUCache[str, tuple[Cue, ...]] = LRUCache(_MOST_KEPT_CUES, getsizeof=lambda cues: len(cues) + 1)
_cues_lock = Lock()


@dataclass(frozen=True)
class Media:
    """A recording with its captions and transcripts; `cues` are those of its first captions if it has no transcript."""

    captions: list[FileLine]
    cues: Sequence[Cue]
    transcripts: list[Transcript]

    @property
    def texts(self) -> list[str]:
        """What is said, as the page shows it."""
        return [*(each.text for each in self.transcripts), *(cue.text for cue in self.cues)]


def media_page(session: Session, line: FileLine, lines: list[FileLine]) -> Media:
    """Return a recording with what goes with it."""
    captions = captions_for(line, lines)
    transcripts = transcripts_for(session, line, lines)
    cues = [] if transcripts or not captions else _cues_if_readable(session, captions[0])
    return Media(captions, cues, transcripts)


def transcript_html(transcript: Transcript, matcher: WordMatcher | None, address: Callable[[int], str]) -> Markup:
    """Return a transcript as HTML: searched words highlighted, timestamps linked to `address` of each."""
    if transcript.html:
        html = clean_html(transcript.html, Addresses(page=lambda *_: "", member=lambda _: ""))
        shown = highlight_html(html, matcher)
    else:
        texts = printed_paragraphs(transcript.text)
        shown = Markup("").join(Markup("<p>%s</p>") % highlight_text(each, matcher) for each in texts)
    return link_timestamps(shown, address)


def timestamp_in(session: Session, line: FileLine, lines: list[FileLine], query: str) -> int | None:
    """Return the second of the recording at which captions or a transcript say what is searched for, or None."""
    recording = recording_of(line, lines)
    if recording is None:
        return None
    said: Sequence[Cue]
    if line.family is Family.CAPTIONS:
        said = _cues_if_readable(session, line)
    else:
        said = [part for each in transcripts_for(session, recording, lines) for part in timed_parts(each.text)]
        said = said or [cue for each in captions_for(recording, lines)[:1] for cue in _cues_if_readable(session, each)]
    matcher = word_matcher(query, [each.text for each in said])
    return timestamp_of(said, matcher) if matcher else None


def _cues_if_readable(session: Session, line: FileLine) -> Sequence[Cue]:
    try:
        return cues_of(session, line)
    except OerError:
        return ()  # the recording can be played without them


def cues_of(session: Session, line: FileLine) -> Sequence[Cue]:
    """Return the cues of a caption file, none if it is too large to be one. Raises Damaged, Gone."""
    storage = installation().storage
    blob = servable_blob(session, storage, line.shown.blob.sha256)
    if blob.size > MOST_CAPTION_BYTES:
        return ()
    with _cues_lock:
        known = _cues.get(blob.sha256)
    if known is None:
        known = tuple(parse_cues(decode_text(b"".join(storage.read(blob.sha256)))))
        with _cues_lock:
            _cues[blob.sha256] = known
    return known


_FURTHER = frozenset({"page", "t"})  # what links within a reader have in their addresses


def _is_further_page() -> bool:
    return not _FURTHER.isdisjoint(request.args)


MEMBERS_A_PAGE = 200


@dataclass(frozen=True)
class Reading:
    """What the address of a reader asks for: version and file, searched words."""

    visible: VisibleVersion
    line: FileLine
    lines: list[FileLine]
    query: str

    @property
    def current_path(self) -> str:
        """The path of this file in the published version, or of the material, if it is not in there any more."""
        return current_path(self.visible, self.line.number)

    def address(self, page: int | None = None, anchor: str = "", **changed: str | None) -> str:
        """Return the address of a page in this reader. What was chosen before is kept unless `changed`.

        From a further page the first one has its number too, so that turning back does not look like opening the file.
        """
        chosen: dict[str, Any] = {"q": self.query or None}
        return url_for(
            "reading.read",
            public_id=self.visible.material.public_id,
            number=self.line.number,
            page=page if page and (page > 1 or _is_further_page()) else None,
            version=self.visible.number,
            _anchor=anchor or None,
            **{**chosen, **changed},
        )


def _record_opening(public_id: str, number: int, kind: str = "", format: str = "") -> None:  # noqa: A002, ARG001
    """Record that a file was opened in a reader or a player, or that a further page of it was asked for."""
    is_further = _is_further_page()
    if kind == "player":  # it has an address of its own: leaving it for the page again takes no play away
        record_event("seek" if is_further else kind, public_id, format=format, url=request.path)
    elif kind:
        record_event("turn" if is_further else kind, public_id, format=format)


@blueprint.get("/materials/<public_id>/files/<int:number>/read")
@cached_page(MATERIAL_VALIDATOR, on_hit=_record_opening)
def read(public_id: str, number: int) -> str:
    """Show a file, or why it cannot be shown here and how to download it."""
    visible, line, lines = visible_file(public_id, number)
    reading = Reading(visible, line, lines, request.args.get("q", "").strip()[:256])
    if visible.is_earlier:
        keep_out_of_cache()  # the validator asks for the files of the published version
    if line.opens and not visible.preview:
        # A player's page is an investigation; the file is used once something is played.
        use = {"kind": "player" if line.is_played else "read", "format": line.format_code}
        remember_for_hits(**use)
        _record_opening(public_id, number, **use)
    if not line.opens:
        return _rendered("closed", reading)
    show: Callable[[Reading], str] = _SHOW_BY_FAMILY.get(line.family, _show_page) if line.family else _show_page
    return _show_page(reading) if line.is_drawn and line.pages > 1 else show(reading)


@blueprint.get("/materials/<public_id>/files/<int:number>/timestamp")
@blueprint.get("/materials/<public_id>/files/<int:number>/moment")  # its address in earlier versions
def timestamp(public_id: str, number: int) -> AnyResponse:
    """Redirect from words found in captions or a transcript to the recording, at the time when they are said."""
    visible, line, lines = visible_file(public_id, number)
    query = request.args.get("q", "").strip()[:256]
    recording, second = recording_of(line, lines), timestamp_in(db(), line, lines, query)
    reading = Reading(visible, recording or line, lines, query)
    return redirect(reading.address(anchor="player" if recording else "", t=str(second) if second else None))


def _asked_page() -> int | None:
    """Return the page number in the address, None if it has none. Raises NotFound if it is not a number."""
    text = request.args.get("page")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise NotFound(N_("The page number in the address is not a number."), code="no_page")
    return int(text)


def _rendered(template: str, reading: Reading, *, ends: bool = True, **shown: Any) -> str:
    """Render a reader. Where it `ends`, it says what comes next: in the courses of the material, and similar ones."""
    visible = reading.visible
    goes_on = ends and not visible.number
    return render_template(
        f"reading/{template}.html",
        reading=reading,
        record=visible.version.record,
        ends=ends,
        course_positions=course_positions(db(), visible.material) if goes_on else [],
        recommended=recommendations(db(), installation().search_index, visible.material) if goes_on else None,
        **shown,
    )


def _show_page(reading: Reading) -> str:
    page = read_page(db(), reading.line, _asked_page())
    of_this_page = [place for place, each in enumerate(page.contents) if each.page == page.number]
    can_have_image = has_pictures(reading.line.shown.blob.media_type)
    content = content_of(reading, page.text, page.html)
    marked = with_hit(content, reading.query, request.args.get("mark", type=int))
    anchored, anchors = with_anchors(marked, [page.contents[place].title for place in of_this_page])
    own = _own_notes(reading)
    content, there = mark_notes(anchored, own, page.number) if own else (anchored, set[int]())
    return _rendered(
        "pages",
        reading,
        ends=page.next is None,
        page=page,
        content=content,
        anchors={of_this_page[place]: anchor for place, anchor in anchors.items()}
        | {place: ID_PREFIX + each.anchor for place, each in enumerate(page.contents) if each.anchor},
        notes=own
        if own is None
        else [
            (each, each.id in there or not each.quote) for each in own if each.id in there or each.place == page.number
        ],
        can_have_image=can_have_image,
        has_image=can_have_image and not _is_given_up(reading, page.number),
    )


def _own_notes(reading: Reading) -> Sequence[ReadingNote] | None:
    """Return the notes in this file of whoever reads, None where none are kept: without an account or its consent."""
    account = None if is_anonymous() or reading.visible.number else current_account()
    if account is None or not has_history(db(), account.id):
        return None
    return notes_in(db(), account.id, reading.visible.material.id, reading.line.number)


def _is_given_up(reading: Reading, page: int) -> bool:
    """Whether it was tried in vain to draw a page."""
    try:
        images_of(installation()).find(reading.line.shown.blob.sha256, page, WIDTHS[0])
    except NotRendered:
        return True
    return False


def content_of(reading: Reading, text: str, html: str, address: Callable[[int, str], str] | None = None) -> Markup:
    """Return a page of a file as it is shown: sanitised, the words that were searched for marked.

    Links to other pages lead to `address` of page and anchor; by default to the reader's page.
    """
    matcher = word_matcher(reading.query, [text])
    if html:
        addresses = Addresses(
            page=address or reading.address,
            member=lambda name: url_for(
                "reading.picture",
                public_id=reading.visible.material.public_id,
                number=reading.line.number,
                name=name,
                version=reading.visible.number,
            ),
        )
        shown = highlight_html(clean_html(html, addresses), matcher)
        return _with_labelled_notes(shown) if reading.line.family is Family.SLIDES else shown
    return Markup("").join(
        Markup('<p class="lines">%s</p>\n') % highlight_text(each, matcher) for each in printed_paragraphs(text)
    )


def _with_labelled_notes(html: Markup) -> Markup:
    # Speaker notes are in an <aside>; slides have no other.
    return html.replace("<aside>", Markup('<aside><p class="hint">%s</p>') % gettext("Speaker notes"))


def _show_picture(reading: Reading) -> str:
    page = read_page(db(), reading.line, None)
    facts = reading.line.shown.rendition.facts if reading.line.shown.rendition else {}
    return _rendered(
        "picture",
        reading,
        facts=facts,
        content=content_of(reading, page.text, page.html),
        text_versions=text_versions_of(reading.line, reading.lines),
    )


def _show_media(reading: Reading) -> str:
    media = media_page(db(), reading.line, reading.lines)
    matcher, own = word_matcher(reading.query, media.texts), _own_notes(reading)

    def at_time(seconds: int) -> str:
        return reading.address(anchor="player", t=str(seconds))

    return _rendered(
        "media",
        reading,
        media=media,
        notes=None if own is None else [(each, True) for each in own],
        transcripts=[transcript_html(each, matcher, at_time) for each in media.transcripts],
        matcher=matcher,
        start=request.args.get("t", 0, type=int),
        highlight_text=highlight_text,
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
    return _rendered(
        "archive",
        reading,
        ends=number == total,
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
