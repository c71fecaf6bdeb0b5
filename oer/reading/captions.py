"""Captions as WebVTT for players, and timestamps in transcripts: when something is said."""

import re
from collections.abc import Callable, Sequence

from markupsafe import Markup

from oer.backends.extraction.formats.captions import Cue
from oer.reading.page_text import TAG_OR_ENTITY, WordMatcher, matching_words

_TIMESTAMP = re.compile(r"\[(?:(\d{1,2}):)?(\d{1,2}):([0-5]\d)\]")


def write_vtt(cues: Sequence[Cue]) -> str:
    """Return cues as a WebVTT file. Their text is escaped: nothing in it is read as markup."""
    blocks = [f"{_vtt_time(cue.start)} --> {_vtt_time(cue.end)}\n{_escaped(cue.text)}" for cue in cues]
    return "\n\n".join(["WEBVTT", *blocks]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _vtt_time(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    return (
        f"{thousandths // 3_600_000:02}:{thousandths // 60_000 % 60:02}"
        f":{thousandths // 1000 % 60:02}.{thousandths % 1000:03}"
    )


def link_timestamps(html: Markup, address: Callable[[int], str]) -> Markup:
    """Turn each timestamp in sanitised HTML, `[3:20]` or `[1:03:20]`, into a link that plays the recording there."""

    def link(found: re.Match[str]) -> str:
        seconds = _timestamp_seconds(found)
        shown = Markup('<a href="%s" data-time="%s" rel="nofollow">%s</a>')
        return shown % (address(seconds), seconds, found[0].strip("[]"))

    parts = TAG_OR_ENTITY.split(html)
    parts[::2] = [_TIMESTAMP.sub(link, text) for text in parts[::2]]
    return Markup("".join(parts))  # noqa: S704 (only links to our own page were added)


def timed_parts(text: str) -> list[Cue]:
    """Return the parts of a transcript by their timestamps; text before the first one is left out."""
    found = list(_TIMESTAMP.finditer(text))
    ends = [*(each.start() for each in found[1:]), len(text)]
    return [
        Cue(_timestamp_seconds(each), _timestamp_seconds(each), text[each.end() : end])
        for each, end in zip(found, ends, strict=False)
    ]


def timestamp_of(cues: Sequence[Cue], matcher: WordMatcher) -> int | None:
    """Return the second at which most matching words are said, None if none is.

    Sentences run over the end of a cue, so each cue is counted together with the next one.
    """
    said = [matching_words(cue.text, matcher) for cue in cues]
    together = [len(own | after) if own else 0 for own, after in zip(said, [*said[1:], set()], strict=False)]
    most = max(together, default=0)
    return int(cues[together.index(most)].start) if most else None


def _timestamp_seconds(found: re.Match[str]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
