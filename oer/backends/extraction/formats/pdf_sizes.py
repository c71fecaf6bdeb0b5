"""Headings of a PDF without tags, by the size of its letters, where that is plain.

Most letters of a text are of one size. A line in clearly larger letters is a heading, as long as such lines are few and
short: a poster, a title page or slides are left as they are.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from html import escape
from typing import Any

from pypdfium2 import raw

from oer.backends.extraction.blocks import Block, blocks_to_html, heading, paragraph, printed_paragraphs

_LARGER = 1.15
_MOST_OF_PAGE = 0.3
_LEAST_OF_TEXT = 0.5
_LONGEST = 250
_MOST_LINES = 4
_LEVELS = 3
_SAMPLED_PAGES = 12
_LEADERS = re.compile(r"\.(?:\s*\.){3}|…")  # dots that lead to a page number in a table of contents
_MOST_CHARACTERS = 30_000


@dataclass(frozen=True)
class Sizes:
    """The size of a file's text, and those of its headings, the largest first; all in half points."""

    text: int
    headings: Sequence[int]


@dataclass
class _Line:
    text: str = ""
    size: int | None = None
    """In half points; None where its letters are of several sizes, or it has none."""


def sizes_of(document: Any) -> Sizes | None:
    """Return the sizes of letters in a file, from some of its pages; None if none is that of most letters."""
    letters: Counter[int] = Counter()
    count, step = 0, max(1, len(document) // _SAMPLED_PAGES)
    for number in range(0, len(document), step):
        with closing(document[number]) as page:
            for line in _lines(page):
                count += len(line.text)
                if line.size is not None:
                    letters[line.size] += len(line.text)
    if not letters:
        return None
    # Not by `most_common`: it imports a module only then, and a confined reader finds none.
    text = max(letters, key=lambda size: letters[size])
    if letters[text] < _LEAST_OF_TEXT * count:
        return None
    return Sizes(text, sorted((size for size in letters if _is_larger(size, text)), reverse=True)[:_LEVELS])


def sized_html(page: Any, sizes: Sizes, readable: Callable[[str], str]) -> str:
    """Return a page with its headings; "" where it has none or they are not plain.

    `readable` gives the text of some lines as it is shown elsewhere.
    """
    blocks: list[Block] = []
    for level, lines in _groups(_lines(page), sizes):
        text = readable("\n".join(line.text for line in lines))
        if not level:
            blocks += [paragraph(each, escape(each).replace("\n", "<br>")) for each in printed_paragraphs(text)]
            continue
        text = " ".join(text.split())
        if len(lines) > _MOST_LINES or len(text) > _LONGEST:
            return ""
        blocks.append(heading(text, level))
    in_headings = sum(len(block.text) for block in blocks if block.level)
    is_plain = 0 < in_headings <= _MOST_OF_PAGE * sum(len(block.text) for block in blocks)
    return blocks_to_html(blocks) if is_plain else ""


def _groups(lines: Sequence[_Line], sizes: Sizes) -> list[tuple[int, list[_Line]]]:
    """Return lines that belong together: those of a heading with its level, those between headings with 0."""
    groups: list[tuple[int, list[_Line]]] = []
    for line in lines:
        level = _level(line, sizes)
        if groups and groups[-1][0] == level:
            groups[-1][1].append(line)
        else:
            groups.append((level, [line]))
    return groups


def _level(line: _Line, sizes: Sizes) -> int:
    if line.size is None or not _is_larger(line.size, sizes.text):
        return 0
    if _LEADERS.search(line.text) or not any(map(str.isalpha, line.text)):
        return 0
    return next((level for level, size in enumerate(sizes.headings, 1) if line.size >= size), len(sizes.headings) or 1)


def _is_larger(size: int, text: int) -> bool:
    return size >= _LARGER * text and size >= text + 2


def _lines(page: Any) -> list[_Line]:
    """Return the lines of a page, each with the size of its first, middle and last letter if that is one."""
    with closing(page.get_textpage()) as text_page:
        lines, places = [_Line()], list[int]()
        for place in range(min(text_page.count_chars(), _MOST_CHARACTERS)):
            code = raw.FPDFText_GetUnicode(text_page, place)
            if code == ord("\n"):
                lines[-1].size = _size(text_page, places)
                lines.append(_Line())
                places = []
            elif code != ord("\r") and (0 < code < 0xD800 or 0xDFFF < code < 0x110000):
                lines[-1].text += chr(code)
                places += [] if chr(code).isspace() else [place]
        lines[-1].size = _size(text_page, places)
    return lines


def _size(text_page: Any, places: Sequence[int]) -> int | None:
    if not places:
        return None
    found = {_size_at(text_page, place) for place in (places[0], places[len(places) // 2], places[-1])}
    return found.pop() if len(found) == 1 else None


def _size_at(text_page: Any, place: int) -> int:
    """Return the size of a letter as it is drawn: that of its font, by the matrix that it is drawn with."""
    matrix, scale = raw.FS_MATRIX(), 1.0
    if raw.FPDFText_GetMatrix(text_page, place, matrix):
        scale = math.hypot(matrix.b, matrix.d)
    return round(2 * scale * float(raw.FPDFText_GetFontSize(text_page, place)))
