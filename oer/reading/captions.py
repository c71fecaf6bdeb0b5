"""Captions (SubRip, WebVTT) and transcripts: their timestamps, and when something is said."""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from oer.reading.page_text import TAG_OR_ENTITY, WordMatcher, matching_words

MOST_CUES = 20_000
_TIMES = re.compile(
    r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})\s*-->\s*(?:(\d{1,4}):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
)
_TAG = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
_ENCODINGS = ("utf-8-sig", "utf-16", "cp1258")


@dataclass(frozen=True)
class Cue:
    """Words that are shown or said from `start` to `end`, both in seconds."""

    start: float
    end: float
    text: str


def decode_captions(content: bytes) -> str:
    """Return the text of a caption file, in whichever of the usual encodings of Vietnamese it was written."""
    for encoding in _ENCODINGS if not content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-16", *_ENCODINGS):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")


def read_cues(text: str) -> list[Cue]:
    """Return the cues of a SubRip or WebVTT text in their order; what cannot be understood is passed over."""
    return [cue for _, cue in zip(range(MOST_CUES), _cues(text), strict=False)]


def _cues(text: str) -> Iterator[Cue]:
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = block.strip("\n").split("\n")
        at = next((place for place, line in enumerate(lines[:3]) if "-->" in line), None)
        times = _TIMES.search(lines[at]) if at is not None else None
        if at is None or times is None:
            continue
        words = "\n".join(plain for line in lines[at + 1 :] if (plain := _plain(line)))
        start, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
        if words and end >= start:
            yield Cue(start, end, words)


def _plain(line: str) -> str:
    # Tags are dropped before entities are read: what was written as text stays text.
    return " ".join(html.unescape(_TAG.sub("", line)).split())


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths.ljust(3, "0")) / 1000


def write_vtt(cues: list[Cue]) -> str:
    """Return cues as a WebVTT file whose text is all text: nothing in it is read as markup."""
    blocks = [f"{_time(cue.start)} --> {_time(cue.end)}\n{_escaped(cue.text)}" for cue in cues]
    return "\n\n".join(["WEBVTT", *blocks]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    return (
        f"{thousandths // 3_600_000:02}:{thousandths // 60_000 % 60:02}"
        f":{thousandths // 1000 % 60:02}.{thousandths % 1000:03}"
    )


# When in a recording something is said: times in a transcript become links, searched words lead to their time.

_TIMESTAMP = re.compile(r"\[(?:(\d{1,2}):)?(\d{1,2}):([0-5]\d)\]")


def link_timestamps(html: Markup, address: Callable[[int], str]) -> Markup:
    """Return sanitised HTML in which each time, `[3:20]` or `[1:03:20]`, is a link that plays the recording there."""

    def link(found: re.Match[str]) -> str:
        seconds = _timestamp_seconds(found)
        shown = Markup('<a href="%s" data-time="%s" rel="nofollow">%s</a>')
        return shown % (address(seconds), seconds, found[0].strip("[]"))

    parts = TAG_OR_ENTITY.split(html)
    parts[::2] = [_TIMESTAMP.sub(link, text) for text in parts[::2]]
    return Markup("".join(parts))  # noqa: S704 (only links to our own page were added)


def timed_parts(text: str) -> list[Cue]:
    """Return the parts of a transcript that begin with a time; what stands before the first has none."""
    found = list(_TIMESTAMP.finditer(text))
    ends = [*(each.start() for each in found[1:]), len(text)]
    return [
        Cue(_timestamp_seconds(each), _timestamp_seconds(each), text[each.end() : end])
        for each, end in zip(found, ends, strict=False)
    ]


def timestamp_of(cues: Sequence[Cue], wanted: WordMatcher) -> int | None:
    """Return the second at which most of the wanted words are said, None where none is.

    A sentence runs over the end of a caption: each is looked at with the one that follows it.
    """
    said = [matching_words(cue.text, wanted) for cue in cues]
    together = [len(own | after) if own else 0 for own, after in zip(said, [*said[1:], set()], strict=False)]
    most = max(together, default=0)
    return int(cues[together.index(most)].start) if most else None


def _timestamp_seconds(found: re.Match[str]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
