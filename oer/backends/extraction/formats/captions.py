"""Captions: SubRip and WebVTT, read by webvtt-py.

Real caption files break both formats: commas and dots are mixed, hours or numbers are missing, text holds arrows. So
timing lines are put into the form of WebVTT first, and every file is read as WebVTT.
"""

import html
import re
from dataclasses import dataclass
from pathlib import Path

import webvtt

from oer.backends.extraction.blocks import Block, add_sections, paragraph
from oer.backends.extraction.encodings import decode_text
from oer.backends.extraction.protocol import Damaged, LimitReached
from oer.backends.extraction.result import ExtractionResult, read_bytes

MOST_CUES = 20_000
_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):([0-5]?\d)[.,](\d{1,3})\d*"
_TIMINGS = re.compile(rf"{_TIME}\s*-->\s*{_TIME}")
_TAG = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")


@dataclass(frozen=True)
class Cue:
    """Words that are said from `start` to `end`, both in seconds."""

    start: float
    end: float
    text: str


def read(path: Path, result: ExtractionResult) -> None:
    """Add what is said, with timestamps. Raises Damaged if there is no cue, LimitReached if there are too many."""
    text = decode_text(read_bytes(path, result.limits))
    cues = parse_cues(text)
    if not cues:
        raise Damaged(f"no cue in {len(text)} characters")
    result.facts.duration = cues[-1].end
    add_sections(map(_block, cues), result)
    if len(cues) == MOST_CUES:
        raise LimitReached(f"more than {MOST_CUES} cues")


def _block(cue: Cue) -> Block:
    minutes, seconds = divmod(int(cue.start), 60)
    words = " ".join(cue.text.split())
    return paragraph(words, f"<time>{minutes:02}:{seconds:02}</time> {html.escape(words)}")


def parse_cues(text: str) -> list[Cue]:
    """Return the first `MOST_CUES` cues of a SubRip or WebVTT text, as plain text. What is malformed is skipped."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    normalised, count = ["WEBVTT", ""], 0
    for line in lines:
        written = _timing_line(line) if "-->" in line else line if line.strip(" \t") else ""
        count += "-->" in written
        if count > MOST_CUES:
            break
        normalised.append(written)
    captions = webvtt.from_string("\n".join(normalised)).captions
    cues = (Cue(_seconds(each.start_time), _seconds(each.end_time), _plain(each.lines)) for each in captions)
    return [cue for cue in cues if cue.text and cue.end >= cue.start]


def _timing_line(line: str) -> str:
    """Return a line with an arrow as WebVTT writes timings; if it is text, the arrow is escaped."""
    found = _TIMINGS.search(line)
    if found is None:
        return line.replace("-->", "--&gt;")
    return f"{_timestamp(*found.groups()[:4])} --> {_timestamp(*found.groups()[4:])}"


def _timestamp(hours: str | None, minutes: str, seconds: str, fraction: str) -> str:
    # Minutes beyond 59 become hours: some programs never write hours.
    total = int(hours or 0) * 60 + int(minutes)
    return f"{total // 60:02}:{total % 60:02}:{seconds:0>2}.{fraction:0<3}"


def _seconds(time: webvtt.models.Timestamp) -> float:
    return time.hours * 3600 + time.minutes * 60 + time.seconds + time.milliseconds / 1000


def _plain(lines: list[str]) -> str:
    # Tags are removed before entities are decoded, so that escaped text stays text.
    plain = (" ".join(html.unescape(_TAG.sub("", line)).split()) for line in lines)
    return "\n".join(filter(None, plain))
