"""Searching within one file, and citing a place of it: by page, chapter, slide or time."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup

from oer.backends.extraction.formats.captions import Cue
from oer.backends.extraction.media_types import Family
from oer.core.durations import playing_time
from oer.core.errors import NotFound
from oer.core.i18n import LANGUAGES, N_, in_language, translate
from oer.core.links import Links
from oer.files import queries as files
from oer.files.models import RenditionPage
from oer.reading.captions import timed_parts
from oer.reading.citation import citation
from oer.reading.page_text import (
    WordMatcher,
    has_all,
    highlight_text,
    matchers_of_each,
    sentences_with,
    split_sentences,
    word_matcher,
)
from oer.reading.queries.reader import read_page
from oer.reading.views.blueprint import NO_FILE, blueprint, visible_file
from oer.reading.views.readers import Reading, content_of, media_page
from oer.usage.views import record_event
from oer.vietnamese.marks import fold, usual_letters
from oer.web.context import db, settings
from oer.web.request_validation import MAX_ROW_ID

MOST_HITS = 50
LONGEST_QUERY = 100
_NOT_SEARCHED = {Family.ARCHIVE, Family.IMAGE}


@dataclass(frozen=True)
class Hit:
    """A sentence of a file that has what is looked for: on a page, or at a second of a recording; and its address."""

    sentence: Markup
    page: int | None
    second: int | None
    address: str


@dataclass(frozen=True)
class Found:
    """The hits within a file, in order. `next_page` is where to look on if there were more than are shown."""

    hits: Sequence[Hit]
    next_page: int | None = None
    is_exact: bool = True


@blueprint.get("/materials/<public_id>/files/<int:number>/find")
def find(public_id: str, number: int) -> str:
    """Show where words stand in a file; with marks if they were typed, else, or if none is so, without."""
    visible, line, lines = visible_file(public_id, number)
    if not line.opens or line.family in _NOT_SEARCHED:
        raise NotFound(NO_FILE)
    reading = Reading(visible, line, lines, request.args.get("q", "").strip()[:LONGEST_QUERY])
    first = min(max(1, request.args.get("page", 1, type=int)), MAX_ROW_ID)
    return render_template(
        "reading/found.html",
        reading=reading,
        record=visible.version.record,
        found=_found(reading, first) if reading.query else None,
        is_aside=True,
    )


def _found(reading: Reading, first: int) -> Found:
    search = _in_recording if reading.line.is_played else _in_pages
    found = search(reading, first, matchers_of_each(reading.query, is_exact=True))
    without_marks = fold(usual_letters(reading.query))
    if found.hits or without_marks == reading.query.lower():
        return found
    again = replace(reading, query=without_marks)
    return replace(search(again, first, matchers_of_each(without_marks, is_exact=False)), is_exact=False)


def _in_pages(reading: Reading, first: int, wanted: Sequence[WordMatcher]) -> Found:
    rendition = reading.line.shown.rendition
    if rendition is None or not wanted:
        return Found([])
    texts = files.page_texts(db(), rendition.id, first)
    likely = [number for number, text in texts if has_all(unicodedata.normalize("NFC", text), wanted)]
    hits = list[Hit]()
    for place, page in enumerate(files.pages_among(db(), rendition.id, likely[:MOST_HITS])):
        hits += _on_page(reading, page, wanted)
        if len(hits) >= MOST_HITS:
            return Found(hits, likely[place + 1] if place + 1 < len(likely) else None)
    return Found(hits, likely[MOST_HITS] if len(likely) > MOST_HITS else None)


def _on_page(reading: Reading, page: RenditionPage, wanted: Sequence[WordMatcher]) -> Iterator[Hit]:
    content = content_of(reading, page.text, page.html)
    matcher = word_matcher(reading.query)
    for each in sentences_with(content, wanted):
        address = url_for(
            "reading.read",
            public_id=reading.visible.material.public_id,
            number=reading.line.number,
            page=page.number,
            q=reading.query,
            mark=each.mark,
            version=reading.visible.number,
            _anchor="hit",
        )
        yield Hit(highlight_text(each.text, matcher), page.number, None, address)


def _in_recording(reading: Reading, _first: int, wanted: Sequence[WordMatcher]) -> Found:
    media = media_page(db(), reading.line, reading.lines)
    matcher = word_matcher(reading.query)
    hits = list[Hit]()
    for text, second in _said(media.cues, [each.text for each in media.transcripts]):
        if wanted and has_all(text, wanted):
            at = None if second is None else str(second)
            address = reading.address(anchor="player" if at else "transcript", t=at)
            hits.append(Hit(highlight_text(" ".join(text.split()), matcher), None, second, address))
    return Found(hits[:MOST_HITS])


def _said(cues: Sequence[Cue], transcripts: Sequence[str]) -> Iterator[tuple[str, int | None]]:
    """Yield the sentences of transcripts, or captions as they are, each with its second if that is known."""
    for transcript in transcripts:
        timed = [(part.text, int(part.start)) for part in timed_parts(transcript)]
        parts: Sequence[tuple[str, int | None]] = timed or [(transcript, None)]
        yield from ((sentence, second) for text, second in parts for sentence in split_sentences(text))
    yield from ((cue.text, int(cue.start)) for cue in cues)


_PLACES = {
    Family.PDF: N_("page %(number)s"),
    Family.SLIDES: N_("slide %(number)s"),
    Family.SHEET: N_("sheet %(number)s"),
}
_PART = N_("part %(number)s")
_AT = N_("from %(time)s on")


@blueprint.get("/materials/<public_id>/files/<int:number>/cite")
def cite(public_id: str, number: int) -> str:
    """Show how to cite a page or a time of a file, in both languages."""
    visible, line, lines = visible_file(public_id, number)
    if not line.opens:
        raise NotFound(NO_FILE)
    reading = Reading(visible, line, lines, "")
    record, query, words = visible.version.record, dict[str, str](), dict.fromkeys(LANGUAGES, "")
    second, asked = request.args.get("t", type=int), request.args.get("page", type=int)
    if line.is_played and second is not None and 0 < second < 10**7:
        query = {"t": str(second)}
        words = {code: translate(code, _AT, time=playing_time(second)) for code in LANGUAGES}
    elif line.pages > 1:
        page = read_page(db(), line, asked)
        said = _PLACES.get(line.family, _PART) if line.family else _PART
        label = f" ({page.label})" if page.label else ""
        query = {"page": str(page.number)}
        words = {code: translate(code, said, number=page.number) + label for code in LANGUAGES}
    if visible.number:
        query["version"] = str(visible.number)
    path, links = f"/materials/{visible.material.public_id}/files/{number}/read", Links(settings().base_url)
    if not visible.preview:
        record_event("cite", public_id)
    return render_template(
        "reading/cite.html",
        reading=reading,
        record=record,
        is_aside=True,
        back=url_for("reading.read", public_id=visible.material.public_id, number=number, **dict[str, Any](query)),
        citations={
            code: citation(
                visible.material, record, links.page(path, code, **query), code, _within(reading, code, words[code])
            )
            for code in LANGUAGES
        },
    )


def _within(reading: Reading, code: str, place: str) -> str:
    """Return the place within the material: the file's title, if it has one of its own, and the page or time."""
    title = in_language(reading.line.title, code)
    own = "" if title == in_language(reading.visible.version.record.get("title"), code) else title
    return ", ".join(each for each in (own, place) if each)
