"""What a text is made of: sentences and lines, and which of them answer nothing.

A text has a line for each paragraph, heading or item of a document; one that is `printed`, of a PDF or a recognised
picture, has one for each line on the paper, and sentences run over many. Whether such a line runs on into the next is
told from how long it is and how they begin and end.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a passage is."""

    SENTENCE = "sentence"
    QUESTION = "question"
    LINE = "line"
    """A heading, an item of a list, a label: words, but no sentence."""
    CONTENTS = "contents"
    """An entry of a table of contents."""
    LICENCE = "licence"
    """By which licence the text may be used, and who has the rights."""
    NUMBERS = "numbers"
    """A row of a table of figures, or what is to be filled in."""

    @property
    def says_something(self) -> bool:
        """Whether reading it alone tells anybody anything."""
        return self in (Kind.SENTENCE, Kind.QUESTION, Kind.LINE)


class Passage(NamedTuple):
    """A sentence or a line of a text: where it begins and ends."""

    start: int
    end: int


# A printed line is hardly longer; a paragraph of a document is one line, however long.
_LONGEST_PRINTED_LINE, _SHORTEST_FULL_LINE = 140, 50
_ENDS_SENTENCE = re.compile(r"[.!?…:;][\"”’»)\]]*$")
# Possessive, and begun only where a run of points begins: of whatever a page is made, it is read through once.
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"”’»)\]]*+(\s++)(?=\S)")
# Points that end no sentence: of abbreviations, initials and numbers ("TP. Hồ Chí Minh", "Th.S. Lê", "3. Đổ đất").
_NO_END = re.compile(
    r"(?:^|[\s(\[“\"/.])(?:[^\W\d_]|\d{1,3}|tp|ts|ths|pgs|gs|bs|ks|cn|tr|vd|stt|đc|tx|tt|nxb|mr|mrs|ms|dr|st|no|vol|fig"
    r"|e\.g|i\.e|vs)\.$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:[-–—•▪◦●○■□✓➢*+]|\(?\d{1,3}[.)]|\(?[a-zđ][.)]|\[\d{1,2}:\d\d\])\s", re.IGNORECASE)


def passages(text: str, start: int, end: int, *, printed: bool) -> list[Passage]:
    """Return the sentences and lines of a text between two positions, the first of which begins a line or sentence."""
    return [part for line in _lines(text, start, end, printed) for part in _sentences(text, line)]


def begin_of_passage(text: str, position: int, *, printed: bool, most: int) -> int:
    """Return where the passage around a position begins, no more than so many characters before it."""
    floor = max(0, position - most)
    line = text.rfind("\n", floor, position) + 1 or (floor if floor == 0 else text.find(" ", floor, position) + 1)
    ends = [found.end() for found in _SENTENCE_END.finditer(text, line, position) if _is_end(text, found)]
    if ends:
        return ends[-1]
    # The line may go on with a sentence that began on the one before.
    before = text.rfind("\n", floor, max(line - 1, 0)) + 1
    if printed and line > max(before, floor) and _runs_on(text[before : line - 1], text[line : line + 40]):
        return begin_of_passage(text, line - 1, printed=True, most=most - (position - line))
    return line


def _lines(text: str, start: int, end: int, printed: bool) -> Iterator[Passage]:
    """Return the lines, printed ones that run on joined."""
    begin = at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        if stop == end or not printed or not _runs_on(text[at:stop], text[stop + 1 : stop + 41]):
            yield from _trimmed(text, begin, stop)
            begin = stop + 1
        at = stop + 1


def _runs_on(line: str, after: str) -> bool:
    """Tell whether a printed line goes on in the next one."""
    line, after = line.strip(), after.strip(" ")
    if not line or not after or after[0] == "\n" or "\t" in line or _BULLET.match(after):
        return False
    if after[0].islower() and line[-1] not in ".!?":
        return len(line) <= _LONGEST_PRINTED_LINE
    is_full = _SHORTEST_FULL_LINE <= len(line) <= _LONGEST_PRINTED_LINE
    return is_full and not _ENDS_SENTENCE.search(line) and not _ENTRY.match(line)


def _sentences(text: str, line: Passage) -> Iterator[Passage]:
    begin = line.start
    for found in _SENTENCE_END.finditer(text, line.start, line.end):
        if _is_end(text, found):
            yield from _trimmed(text, begin, found.start(1))
            begin = found.end()
    yield from _trimmed(text, begin, line.end)


def _is_end(text: str, found: re.Match[str]) -> bool:
    return not text[found.end()].islower() and not _NO_END.search(text[max(0, found.start(1) - 8) : found.start(1)])


def _trimmed(text: str, start: int, end: int) -> Iterator[Passage]:
    whole = text[start:end]
    start += len(whole) - len(whole.lstrip())
    if start < end:
        yield Passage(start, start + len(whole.strip()))


# What a passage is

_LICENCE = re.compile(
    r"creative ?commons|\bcc[ -](?:by|0)\b|©|\(c\) ?\d{4}|giấy phép.{0,40}(?:sao chép|mở|gfdl|gpl|mit\b)"
    r"|bản quyền (?:thuộc|©)|giữ bản quyền|all rights reserved|licensed under|copyright|\b(?:isbn|issn)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d")
_PART_WITH_DIGIT = re.compile(r"(?<!\S)[^\d\s]*+\d")
_SIGNS = re.compile(r"(?<!\S)(?:[^\w\s]|_)++(?!\S)")
_BLANK_TO_FILL = re.compile(r"\.{4,}|…{2,}|_{4,}")
# A line of a table of contents: a title, then the page.
_ENTRY = re.compile(r"[^\n]{3,120}?(?:[ \t]|\.{3,}|…)\d{1,4}$")
_LEADER = re.compile(r"(?:\.{4,}|…{2,}|(?:\. ){3,})\s*\d{1,4}\s*$")
_SAYS_CONTENTS = re.compile(
    r"[ \t#]*(?:mục lục|nội dung(?: chính)?|trong (?:sách|bài|tài liệu) này|(?:table of )?contents)[ \t:]*",
    re.IGNORECASE,
)
_CONTENTS = re.compile(rf"(?:^|\n){_SAYS_CONTENTS.pattern}\n", re.IGNORECASE)
_SAID_ABOVE_CONTENTS = ("mục lục", "nội dung", "contents", "trong ")
_NUMBERED_TITLE = re.compile(
    r"(?:bài|chương|phần|mục|buổi|tiết|chapter|unit|lesson|part|section) [\divx]{1,5}\b|\d{1,2}(?:\.\d{1,2})+\.? ",
    re.IGNORECASE,
)
_CONTENTS_REACH = 3000
# More of a passage or of the lines beside it changes nothing, and would take long on pages that are one line.
_LOOKED_AT = 600
_LONGEST_TITLE = 110


def kind_of(text: str, passage: Passage) -> Kind:
    """Return what a passage is."""
    words = text[passage.start : min(passage.end, passage.start + _LOOKED_AT)]
    if _LICENCE.search(words):
        return Kind.LICENCE
    if _is_entry_of_contents(text, passage, words):
        return Kind.CONTENTS
    if _is_row_of_numbers(words):
        return Kind.NUMBERS
    if words.rstrip('"”’»)').endswith("?"):
        return Kind.QUESTION
    return Kind.LINE if is_line(words) else Kind.SENTENCE


def is_line(words: str) -> bool:
    """Tell whether words are a heading or an item, and no sentence: short, without the point of one."""
    return "\t" in words or (len(words) <= _LONGEST_TITLE and not _ENDS_SENTENCE.search(words))


def _is_row_of_numbers(words: str) -> bool:
    if len(_NUMBER.findall(words)) >= 3:  # few passages have: looking at each word of the others took a tenth of a page
        with_digits, signs = len(_PART_WITH_DIGIT.findall(words)), len(_SIGNS.findall(words))
        if with_digits >= 3 and 2 * (with_digits + signs) >= len(words.split()):
            return True
    return bool(_BLANK_TO_FILL.search(words)) and len(_BLANK_TO_FILL.sub("", words)) < len(words) / 2


def _is_entry_of_contents(text: str, passage: Passage, words: str) -> bool:
    if _LEADER.search(words) or _SAYS_CONTENTS.fullmatch(words):
        return True
    if len(words) > _LONGEST_TITLE or (_ENDS_SENTENCE.search(words) and not _NUMBERED_TITLE.match(words)):
        return False
    before, own, after = _three_lines(text, passage)
    if _ENTRY.match(own) and (_ENTRY.match(before) or _ENTRY.match(after)):
        return True
    is_listed = _is_sibling(own, before) or _is_sibling(own, after)
    return is_line(own) and (is_listed or _stands_under_contents(text, passage.start))


def _is_sibling(title: str, other: str) -> bool:
    """Tell whether a line is another title of the same level: "Bài 2" of "Bài 1", "1.2" of "1.1"."""
    own, its = _NUMBERED_TITLE.match(title), _NUMBERED_TITLE.match(other)
    if not (own and its and is_line(other)):
        return False
    first, second = own[0].split(maxsplit=1)[0].lower(), its[0].split(maxsplit=1)[0].lower()
    return first == second or (first[0].isdigit() and second[0].isdigit())


def _three_lines(text: str, passage: Passage) -> tuple[str, str, str]:
    """Return the line that a passage is on, with the ones before and after."""
    first = max(0, passage.start - _LOOKED_AT)
    begin = text.rfind("\n", first, passage.start) + 1 or first
    before = text[first : max(begin - 1, 0)].rpartition("\n")[2]
    own, _, rest = text[begin : passage.end + _LOOKED_AT].partition("\n")
    return before.strip(), own.strip(), rest.partition("\n")[0].strip()


def _stands_under_contents(text: str, position: int) -> bool:
    """Tell whether only titles stand between a heading that says "contents" and this position."""
    floor = max(0, position - _CONTENTS_REACH)
    above = text[floor:position].lower()
    if not any(each in above for each in _SAID_ABOVE_CONTENTS):
        return False
    headings = list(_CONTENTS.finditer(text, floor, position))
    if not headings:
        return False
    begin = headings[-1].end()
    titles = [*text[begin:position].split("\n")[:-1], text[position : position + _LONGEST_TITLE].partition("\n")[0]]
    # The first title comes again where its chapter begins: there the contents are over.
    return all(map(is_line, titles)) and len(set(titles)) == len(titles)
