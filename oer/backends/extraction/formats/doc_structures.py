"""The structures of a Word 97 to 2003 file that its text needs (MS-DOC): pieces, paragraphs, fonts, styles, lists."""

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from oer.backends.extraction.formats.docx_lists import Level, Lists
from oer.backends.extraction.protocol import Damaged

_PAIRS = 154  # where FibRgFcLcb begins
_STYLES, _CHARACTERS, _PARAGRAPHS, _FONTS, _PIECES, _LIST_FORMATS, _LIST_USES = 1, 12, 13, 15, 33, 73, 74
PIECES_AT = _PAIRS + 8 * _PIECES
"""Where the header says where in the table stream the pieces are."""
_PAGE = 512
_MOST_STYLES = 4096
_NO_LIST = 0
# MS-OSHARED 2.2.1.3: how numbers are written.
_LIST_KINDS = {1: "I", 2: "i", 3: "A", 4: "a", 23: "", 255: None}
_FONT, _STYLE = {0x4A4F, 0x4A50, 0x4A51}, {0x4600}
_IN_TABLE, _ROW_END, _LIST, _LIST_LEVEL, _OUTLINE_LEVEL = 0x2416, 0x2417, 0x460B, 0x260A, 0x2640
_DELETED, _HIDDEN = 0x0800, 0x083C


@dataclass(frozen=True)
class Looks:
    """What a paragraph or a stretch of letters is; None where nothing is said of it."""

    style: int = 0
    font: int | None = None
    in_table: bool = False
    ends_row: bool = False
    list_number: int = _NO_LIST
    list_depth: int = 0
    outline: int = 9
    hidden: bool = False


@dataclass
class Style:
    """A paragraph style: which built-in one it is (1 to 9 are headings, 62 is the title), and its looks."""

    built_in: int = 0
    looks: Looks = field(default_factory=Looks)


class DocStructures:
    """The tables of a document: `main` is its text stream, `table` the one that the header names."""

    def __init__(self, main: bytes, table: bytes) -> None:
        self._main, self._table = main, table
        self.fonts = self._read_fonts()
        self.styles = self._read_styles()
        self._characters = _Stretches(self._pages(_CHARACTERS, self._character_page))
        self._paragraphs = _Stretches(self._pages(_PARAGRAPHS, self._paragraph_page))

    def _part(self, index: int) -> bytes:
        start, length = struct.unpack_from("<II", self._main, _PAIRS + 8 * index)
        return self._table[start : start + length]

    def lengths(self) -> tuple[int, ...]:
        """Return the numbers of characters: text, footnotes, headers, macros, comments, endnotes, text boxes."""
        return tuple(struct.unpack_from("<7i", self._main, 0x4C))

    def pieces(self) -> Iterator[tuple[str, int, int]]:
        """Yield the text as `text_pieces` does."""
        return text_pieces(self._main, self._part(_PIECES))

    def paragraph_at(self, place: int) -> Looks:
        """Return what the paragraph is that has a letter at a place in the file."""
        looks = self._paragraphs.at(place)
        style = self.styles.get(looks.style)
        if style is None:
            return looks
        if looks.list_number == _NO_LIST:
            looks = replace(looks, list_number=style.looks.list_number, list_depth=style.looks.list_depth)
        return looks if looks.outline < 9 else replace(looks, outline=style.looks.outline)

    def stretches(self, start: int, end: int) -> Iterator[tuple[int, int, Looks]]:
        """Yield the stretches of equal letters between two places in the file."""
        return self._characters.between(start, end)

    def font_name(self, looks: Looks, paragraph: Looks) -> str:
        """Return the font of letters, "" if it is not known."""
        style = self.styles.get(paragraph.style, Style())
        number = looks.font if looks.font is not None else style.looks.font
        return self.fonts[number] if number is not None and number < len(self.fonts) else ""

    def _pages(
        self, index: int, read: Callable[[bytes], Iterator[tuple[int, int, Looks]]]
    ) -> Iterator[tuple[int, int, Looks]]:
        table = self._part(index)
        count = max(0, (len(table) - 4) // 8)
        for number in range(count):
            page = struct.unpack_from("<I", table, 4 * (count + 1) + 4 * number)[0] & 0x3FFFFF
            content = self._main[page * _PAGE : (page + 1) * _PAGE]
            if len(content) == _PAGE:
                yield from read(content)

    def _character_page(self, page: bytes) -> Iterator[tuple[int, int, Looks]]:
        count = page[-1]
        places = struct.unpack_from(f"<{count + 1}I", page)
        for number in range(count):
            offset = 2 * page[4 * (count + 1) + number]
            length = page[offset] if offset else 0
            yield places[number], places[number + 1], _changed(Looks(), page[offset + 1 : offset + 1 + length])

    def _paragraph_page(self, page: bytes) -> Iterator[tuple[int, int, Looks]]:
        count = page[-1]
        places = struct.unpack_from(f"<{count + 1}I", page)
        for number in range(count):
            offset, looks = 2 * page[4 * (count + 1) + 13 * number], Looks()
            if offset:
                length = 2 * page[offset] - 1
                if length < 0:
                    offset, length = offset + 1, 2 * page[offset + 1]
                looks = _paragraph_looks(page[offset + 1 : offset + 1 + length])
            yield places[number], places[number + 1], looks

    def _read_fonts(self) -> list[str]:
        content, names, place = self._part(_FONTS), list[str](), 4
        while place < len(content):
            length = content[place] + 1
            names.append(content[place + 40 : place + length].decode("utf-16-le", "replace").partition("\0")[0])
            place += length
        return names

    def _read_styles(self) -> dict[int, Style]:
        content = self._part(_STYLES)
        if len(content) < 20:
            return {}
        header = struct.unpack_from("<H", content)[0]
        base = struct.unpack_from("<H", content, 4)[0]
        standard = struct.unpack_from("<H", content, 14)[0]
        styles, based_on, place = dict[int, Style](), dict[int, int](), 2 + header
        for number in range(_MOST_STYLES):
            if place + 2 > len(content):
                break
            length = struct.unpack_from("<H", content, place)[0]
            entry = content[place + 2 : place + 2 + length]
            place += 2 + length + length % 2
            if len(entry) >= base >= 10 and entry[2] & 0xF == 1:
                styles[number], based_on[number] = _style(entry, base), struct.unpack_from("<H", entry, 2)[0] >> 4
        for number, style in styles.items():
            style.looks = replace(style.looks, font=_inherited_font(number, styles, based_on, standard))
        return styles

    def lists(self) -> Lists:
        """Return the lists by the number that paragraphs name."""
        lists, formats = Lists(), dict(_list_formats(self._part(_LIST_FORMATS), self._table, self._main))
        uses = self._part(_LIST_USES)
        count = struct.unpack_from("<I", uses)[0] if len(uses) >= 4 else 0
        for number in range(min(count, (len(uses) - 4) // 16)):
            of = struct.unpack_from("<I", uses, 4 + 16 * number)[0]
            lists.roots[str(number + 1)], lists.levels[str(number + 1)] = str(of), formats.get(of, {})
        return lists


def text_pieces(main: bytes, table: bytes, *, word_6: bool = False) -> Iterator[tuple[str, int, int]]:
    """Yield the text piece by piece, with the place of its first letter in the file and the width of a letter.

    `table` is the table of pieces (Clx, MS-DOC 2.9.38). In Word 6 and 95 every letter is one byte. Raises Damaged.
    """
    place = 0
    while table[place : place + 1] == b"\x01":  # changes that were saved fast
        place += 3 + struct.unpack_from("<H", table, place + 1)[0]
    if table[place : place + 1] != b"\x02":
        raise Damaged(f"{len(table)} bytes without pieces of text")
    table = table[place + 5 :]
    count = (len(table) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", table)
    for number in range(count):
        offset = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * number + 2)[0]
        length = ends[number + 1] - ends[number]
        if not 0 <= length <= len(main):
            raise Damaged(f"a piece of text of {length} letters")
        start = offset & 0x3FFFFFFF
        if word_6 or offset & 0x40000000:
            start = start if word_6 else start // 2
            yield main[start : start + length].decode("cp1252", "replace"), start, 1
        else:
            yield main[start : start + 2 * length].decode("utf-16-le", "replace"), start, 2


class _Stretches:
    """Looks by place in the file."""

    def __init__(self, found: Iterator[tuple[int, int, Looks]]) -> None:
        self._all = sorted(found, key=lambda each: each[0])
        self._starts = [start for start, _, _ in self._all]

    def at(self, place: int) -> Looks:
        found = bisect_right(self._starts, place) - 1
        return self._all[found][2] if found >= 0 and place < self._all[found][1] else Looks()

    def between(self, start: int, end: int) -> Iterator[tuple[int, int, Looks]]:
        number = max(0, bisect_right(self._starts, start) - 1)
        while start < end:
            first, last, looks = self._all[number] if number < len(self._all) else (end, end, Looks())
            if start < first:
                yield start, min(first, end), Looks()
                start = first
            elif start < last:
                yield start, min(last, end), looks
                start = last
            number += start >= last


def _style(entry: bytes, base: int) -> Style:
    name = struct.unpack_from("<H", entry, base)[0] if len(entry) >= base + 2 else 0
    place, looks = base + 2 + 2 * name + 2, Looks()
    for of_paragraph in (True, False):
        if place + 2 > len(entry):
            break
        length = struct.unpack_from("<H", entry, place)[0]
        content = entry[place + 2 : place + 2 + length]
        looks = _changed(looks, content[2:] if of_paragraph else content)
        place += 2 + length + length % 2
    return Style(struct.unpack_from("<H", entry)[0] & 0xFFF, looks)


def _inherited_font(number: int, styles: dict[int, Style], based_on: dict[int, int], standard: int) -> int:
    for _ in range(12):
        style = styles.get(number)
        if style is None:
            break
        if style.looks.font is not None:
            return style.looks.font
        number = based_on[number]
    return standard


def _paragraph_looks(content: bytes) -> Looks:
    if len(content) < 2:
        return Looks()
    return _changed(Looks(style=struct.unpack_from("<H", content)[0]), content[2:])


def _changed(looks: Looks, changes: bytes) -> Looks:
    """Return looks after a list of changes (Prl, MS-DOC 2.6)."""
    said: dict[str, int | bool] = {}
    for code, value in _changes(changes):
        if code in _FONT:
            # Where scripts differ the first is that of Latin letters.
            said.setdefault("font", value)
        elif code == _IN_TABLE:
            said["in_table"] = bool(value)
        elif code == _ROW_END:
            said["ends_row"] = bool(value)
        elif code == _LIST:
            said["list_number"] = value if value < 0xF801 else _NO_LIST
        elif code == _LIST_LEVEL:
            said["list_depth"] = min(value, 8)
        elif code == _OUTLINE_LEVEL:
            said["outline"] = value
        elif code in _STYLE:
            said["style"] = value
        elif code in {_DELETED, _HIDDEN}:
            said["hidden"] = value == 1
    return replace(looks, **said) if said else looks  # type: ignore[arg-type]


def _changes(content: bytes) -> Iterator[tuple[int, int]]:
    place = 0
    while place + 2 <= len(content):
        code = struct.unpack_from("<H", content, place)[0]
        size = (1, 1, 2, 4, 2, 2, -1, 3)[code >> 13]
        place += 2
        if size < 0:
            if code in {0xD608, 0xD606}:  # tables say their length in two bytes
                size = 1 + (struct.unpack_from("<H", content, place)[0] if place + 2 <= len(content) else 0)
            else:
                size = 1 + (content[place] if place < len(content) else 0)
        yield code, int.from_bytes(content[place : place + min(size, 4)], "little")
        place += size


def _list_formats(content: bytes, table: bytes, main: bytes) -> Iterator[tuple[int, dict[int, Level]]]:
    """Yield each list with its levels, which lie behind the lists themselves (MS-DOC 2.9.131, 2.9.150)."""
    if len(content) < 2:
        return
    start = struct.unpack_from("<I", main, _PAIRS + 8 * _LIST_FORMATS)[0]
    count = struct.unpack_from("<H", content)[0]
    place = start + 2 + 28 * count
    for number in range(min(count, (len(content) - 2) // 28)):
        entry = content[2 + 28 * number : 30 + 28 * number]
        levels: dict[int, Level] = {}
        for depth in range(1 if entry[26] & 1 else 9):
            if place + 30 > len(table):
                break
            first, kind = struct.unpack_from("<iB", table, place)
            place += 28 + table[place + 24] + table[place + 25]
            length = struct.unpack_from("<H", table, place)[0] if place + 2 <= len(table) else 0
            written = table[place + 2 : place + 2 + 2 * length].decode("utf-16-le", "replace")
            place += 2 + 2 * length
            label = "".join(f"%{ord(each) + 1}" if ord(each) < 9 else each for each in written)
            levels[depth] = Level(_LIST_KINDS.get(kind, "1"), first, label)
        yield struct.unpack_from("<I", entry)[0], levels
