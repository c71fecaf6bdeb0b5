"""Plain text, captions and comma-separated values."""

import csv
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from oer.backends.extraction.blocks import Block, SheetPages, add_sections, paragraph
from oer.backends.extraction.encodings import decode_text
from oer.backends.extraction.protocol import Damaged
from oer.backends.extraction.result import ExtractionResult, read_bytes

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_CUE = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}.*$", re.MULTILINE)
_MARKUP = re.compile(r"<[^>]{0,200}>|\{\\[^}]{0,100}\}")
_DELIMITERS = ",;\t|"


def read_text(path: Path, result: ExtractionResult) -> None:
    """Note a text as sections, its paragraphs parted by blank lines."""
    text = decode_text(read_bytes(path, result.limits)).replace("\r\n", "\n").replace("\r", "\n")
    blocks = (each.strip("\n") for each in re.split(r"\n\s*\n", text))
    add_sections((paragraph(each, escape(each).replace("\n", "<br>")) for each in blocks if each.strip()), result)


def read_captions(path: Path, result: ExtractionResult) -> None:
    """Note what is said, in SubRip or WebVTT, with its times. Raises Damaged where no time is given."""
    text = decode_text(read_bytes(path, result.limits)).replace("\r\n", "\n").replace("\r", "\n")
    cues = list(_cues(text))
    if not cues:
        raise Damaged(f"no cue in {len(text)} letters")
    result.facts.duration = cues[-1][1]
    add_sections([_said(begin, words) for begin, _, words in cues], result)


def _cues(text: str) -> Iterator[tuple[float, float, str]]:
    found = list(_CUE.finditer(text))
    for cue, following in zip(found, [*found[1:], None], strict=False):
        words = text[cue.end() : following.start() if following else len(text)]
        lines = [line.strip() for line in _MARKUP.sub("", words).strip().split("\n\n")[0].split("\n")]
        if any(lines):
            yield _seconds(cue.groups()[:4]), _seconds(cue.groups()[4:]), " ".join(filter(None, lines))


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{fraction}")


def _said(begin: float, words: str) -> Block:
    minutes, seconds = divmod(int(begin), 60)
    return paragraph(words, f"<time>{minutes:02}:{seconds:02}</time> {escape(words)}")


def read_csv(path: Path, result: ExtractionResult) -> None:
    """Note comma-separated values as a table; other usual signs between them are found out."""
    text = decode_text(read_bytes(path, result.limits))
    csv.field_size_limit(1_000_000)
    head = text[:10_000]
    try:
        delimiter = csv.Sniffer().sniff(head, _DELIMITERS).delimiter
    except csv.Error:
        delimiter = max(_DELIMITERS, key=head.count)
    try:
        SheetPages(result).sheet("", csv.reader(text.splitlines(), delimiter=delimiter))
    except csv.Error as error:
        raise Damaged(str(error)) from error
