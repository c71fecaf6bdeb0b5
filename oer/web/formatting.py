"""Template filters that write durations, dates, formats and excerpts in the reader's language."""

import re
from dataclasses import astuple
from typing import Any

from flask import Flask

from oer.core.durations import Duration, playing_time
from oer.core.i18n import N_
from oer.web.languages import gettext

_SENTENCE_END = re.compile(r"[.!?](?=\s)")
_PARTS = (
    (N_("%(number)s week"), N_("%(number)s weeks")),
    (N_("%(number)s year"), N_("%(number)s years")),
    (N_("%(number)s month"), N_("%(number)s months")),
    (N_("%(number)s day"), N_("%(number)s days")),
    (N_("%(number)s hour"), N_("%(number)s hours")),
    (N_("%(number)s minute"), N_("%(number)s minutes")),
    (N_("%(number)s second"), N_("%(number)s seconds")),
)

_FORMATS = {
    "pdf": "PDF",
    "ebook": "EPUB",
    "archive": "ZIP",
    "video": "Video",
    "document": N_("Text"),
    "text": N_("Text"),
    "presentation": N_("Slides"),
    "spreadsheet": N_("Table"),
    "image": N_("Picture"),
    "audio": N_("Audio"),
    "web": "Web",
    "link": N_("Link"),
}
_ANY_FORMAT = N_("File")


def _part(number: int, words: tuple[str, str]) -> str:
    return gettext(words[0] if number == 1 else words[1], number=number)


def duration(text: str | None) -> str:
    """Return an ISO 8601 duration in words, `PT1H30M` as "1 hour 30 minutes"; what is none is returned as it is."""
    found = Duration.parse(text)
    if found is None:
        return text or ""
    return " ".join(_part(number, words) for number, words in zip(astuple(found), _PARTS, strict=True) if number)


def minutes_in_words(minutes: float | None) -> str:
    """Return a number of minutes in words, to the quarter of an hour where it is long: it is what a course takes."""
    if not minutes:
        return ""
    whole = round(minutes) if minutes < 60 else round(minutes / 15) * 15
    hours, rest = divmod(whole, 60)
    return " ".join(_part(number, _PARTS[place]) for number, place in ((hours, 4), (rest, 5)) if number)


def partial_date(text: Any) -> str:
    """Return `2026`, `2026-03` or `2026-03-01` as people write it here: 2026, 3/2026, 1/3/2026."""
    return "/".join(part.lstrip("0") for part in reversed(str(text or "").split("-")))


def format_label(code: str) -> str:
    """Return the short word for a format that cards use, by its code in the vocabulary."""
    return gettext(_FORMATS.get(code, _ANY_FORMAT))


def excerpt(text: str, most: int) -> str:
    """Return the beginning of a text in about `most` characters: whole sentences, else whole words and "…"."""
    if len(text) <= most:
        return text
    cut = text[: most + 1]
    sentences = [found.end() for found in _SENTENCE_END.finditer(cut) if found.end() >= most / 2]
    if sentences:
        return cut[: sentences[-1]]
    return cut[: max(cut.rfind(" "), 0) or most].rstrip(" ,;:.–-") + "…"


def init_formatting(app: Flask) -> None:
    """Teach the templates to say how long something takes, and in what it comes."""
    app.jinja_env.filters.update(
        beginning=excerpt,
        duration=duration,
        format_word=format_label,
        minutes_in_words=minutes_in_words,
        playing_time=playing_time,
        partial_day=partial_date,
    )
