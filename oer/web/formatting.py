"""Template filters that write numbers, sizes, dates, durations, formats and excerpts in the reader's language."""

import re
from datetime import date, datetime
from typing import Any

from flask import Flask

from oer.core.clock import city_time
from oer.core.durations import Duration, playing_time
from oer.core.i18n import N_, NC_, format_number, format_size
from oer.web.context import language
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
    "spreadsheet": NC_("file format", "Table"),
    "image": N_("Picture"),
    "audio": N_("Audio"),
    "web": "Web",
    "link": N_("Link"),
}
_ANY_FORMAT = N_("File")


def number(value: float | None, places: int = 0) -> str:
    """Return a number with the separators of the language: 1.204,5 in Vietnamese, 1,204.5 in English; "" for None."""
    return "" if value is None else format_number(value, language(), places)


def size(count: int | None) -> str:
    """Return a number of bytes for people: 1,5 MB in Vietnamese, 1.5 MB in English; "" for None."""
    return "" if count is None else format_size(count, language())


def day(when: date | None) -> str:
    """Return a day, or the day of a timestamp in the city: 01/03/2026, in English 1 Mar 2026; "" for None."""
    return _date_text(when, vi="%d/%m/%Y", en="%-d %b %Y")


def moment(when: date | None) -> str:
    """Return a timestamp in the city's time, to the minute; "" for None."""
    return _date_text(when, vi="%H:%M %d/%m/%Y", en="%-d %b %Y, %H:%M")


def _date_text(when: date | None, **formats: str) -> str:
    if when is None:
        return ""
    shown = city_time(when) if isinstance(when, datetime) else when
    return shown.strftime(formats[language()])


def _part(number: int, words: tuple[str, str]) -> str:
    return gettext(words[0] if number == 1 else words[1], number=number)


def duration(text: str | None) -> str:
    """Return an ISO 8601 duration in words, `PT1H30M` as "1 hour 30 minutes"; what is none is returned as it is."""
    found = Duration.parse(text)
    if found is None:
        return text or ""
    return " ".join(_part(number, words) for number, words in zip(found.parts, _PARTS, strict=True) if number)


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


def opening(text: str, most: int) -> tuple[str, str]:
    """Return a text in two: its beginning, as `excerpt` cuts it but of the first paragraph alone, and what follows."""
    first, _, others = text.strip().partition("\n")
    begin = excerpt(first, most)
    rest = first[len(begin.removesuffix("…")) :].strip() if begin != first else ""
    if rest and begin.endswith("…"):
        rest = f"…{rest}"
    return begin, f"{rest}\n{others}".strip()


def init_formatting(app: Flask) -> None:
    """Teach the templates to say how long something takes, and in what it comes."""
    app.jinja_env.filters.update(
        day=day,
        excerpt=excerpt,
        duration=duration,
        format_label=format_label,
        minutes_in_words=minutes_in_words,
        moment=moment,
        number=number,
        opening=opening,
        playing_time=playing_time,
        partial_date=partial_date,
        size=size,
    )
