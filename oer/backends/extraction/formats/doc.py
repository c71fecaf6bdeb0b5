"""DOC: Word 97 to 2003 by its pieces of text (MS-DOC), with headings, lists and tables; Word 6 and 95 as plain text."""

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from oer.backends.extraction.blocks import Block, add_sections, heading, list_item, paragraph, table
from oer.backends.extraction.formats.compound import CompoundFile, open_compound_file
from oer.backends.extraction.formats.doc_structures import PIECES_AT, DocStructures, Looks, text_pieces
from oer.backends.extraction.formats.docx_lists import Item
from oer.backends.extraction.legacy_letters import from_font
from oer.backends.extraction.protocol import Damaged, Encrypted
from oer.backends.extraction.result import ExtractionResult

_MAIN = "WordDocument"
_WORD_97 = 0xC1
_ENCRYPTED, _OTHER_TABLE, _FAST_SAVED = 0x0100, 0x0200, 0x0004
_TITLE = 62
_PARAGRAPH_END, _CELL_END = "\r", "\x07"
_ENDS = re.compile("[\r\x07\x0c]")
# A field is \x13 instructions \x14 result \x15; what it shows is its result.
_FIELD = re.compile("\x13[^\x13\x14\x15]*(?:\x14([^\x13\x15]*))?\x15")
# The optional hyphen is the letter ư in TCVN3, so it stays until letters are converted.
_SIGNS = str.maketrans({"\x0b": "\n", "\x1e": "-", "\x1f": "\xad", "\x0e": "\n", "\xa0": " ", "\t": " "})
_LEAST_HEADER = 0x1AA
_WORD_6_PIECES = 0x160


def read(path: Path, result: ExtractionResult) -> None:
    """Add the text as sections, text boxes and notes behind it. Raises Encrypted, Damaged."""
    with open_compound_file(path) as file:
        main = file.read(_MAIN)
        if len(main) < 0x60:
            raise Damaged(f"a header of {len(main)} bytes")
        version, flags = struct.unpack_from("<H", main, 2)[0], struct.unpack_from("<H", main, 10)[0]
        if flags & _ENCRYPTED:
            raise Encrypted(path.name)
        add_sections(_blocks(file, main, flags) if version >= _WORD_97 else _word_6_blocks(main, flags), result)
        file.read_properties(result)  # after the text: a heading says more than what a template left there


def _word_6_blocks(main: bytes, flags: int) -> Iterable[Block]:
    """Return the paragraphs of a Word 6 or 95 file: its letters lie in one row, unless it was saved fast."""
    try:
        if flags & _FAST_SAVED:
            start, length = struct.unpack_from("<II", main, _WORD_6_PIECES)
            return _plain_blocks(text for text, _, _ in text_pieces(main, main[start : start + length], word_6=True))
        start, end = struct.unpack_from("<II", main, 0x18)
    except struct.error as error:
        raise Damaged(str(error)) from error
    return _plain_blocks([main[start:end].decode("cp1252", "replace")])


def _plain_blocks(pieces: Iterable[str]) -> list[Block]:
    try:
        text = "".join(pieces)
    except struct.error as error:
        raise Damaged(str(error)) from error
    shown = (_shown(each) for each in _ENDS.split(text))
    return [paragraph(each, escape(each).replace("\n", "<br>")) for each in shown if each]


def _blocks(file: CompoundFile, main: bytes, flags: int) -> list[Block]:
    if len(main) < _LEAST_HEADER:
        raise Damaged(f"a header of {len(main)} bytes")
    table = file.read("1Table" if flags & _OTHER_TABLE else "0Table")
    try:
        structures = DocStructures(main, table)
        text, notes, headers, macros, comments, endnotes, boxes = structures.lengths()
        wanted = ((text, True), (notes, True), (headers, False), (macros, False), (comments, False), (endnotes, True))
        whole = list(_Paragraphs(structures, (*wanted, (boxes, True))))
        return list(_Builder(structures).blocks(whole))
    except (struct.error, IndexError):  # of a damaged file the words without their looks
        start, length = struct.unpack_from("<II", main, PIECES_AT)
        return _plain_blocks(text for text, _, _ in text_pieces(main, table[start : start + length]))


@dataclass
class _Paragraph:
    text: str
    end: str
    looks: Looks


class _Paragraphs:
    """The paragraphs of the parts of a document that are wanted, one after the other."""

    def __init__(self, structures: DocStructures, parts: Iterable[tuple[int, bool]]) -> None:
        self._structures = structures
        self._parts = [(max(0, length), wanted) for length, wanted in parts]

    def __iter__(self) -> Iterator[_Paragraph]:
        left, text = list(self._parts), list[str]()
        for piece, start, width in self._structures.pieces():
            done = 0
            for found in _ENDS.finditer(piece):
                looks = self._structures.paragraph_at(start + width * found.start())
                text.append(self._converted(piece[done : found.start()], start + width * done, width, looks))
                if _take(left, found.end() - done):
                    yield _Paragraph("".join(text), found[0], looks)
                text, done = [], found.end()
            looks = self._structures.paragraph_at(start + width * done)
            text.append(self._converted(piece[done:], start + width * done, width, looks))
            if not _take(left, len(piece) - done):
                text = []
        if "".join(text).strip():
            yield _Paragraph("".join(text), _PARAGRAPH_END, Looks())

    def _converted(self, text: str, start: int, width: int, paragraph: Looks) -> str:
        """Return letters as their fonts show them, without hidden ones."""
        runs: list[tuple[str, str]] = []
        for first, last, looks in self._structures.stretches(start, start + width * len(text)):
            letters = text[(first - start) // width : (last - start) // width].replace("\x1f", "\xad")
            font = self._structures.font_name(looks, paragraph)
            if looks.hidden or not letters:
                continue
            if runs and runs[-1][0] == font:
                runs[-1] = (font, runs[-1][1] + letters)
            else:
                runs.append((font, letters))
        return "".join(from_font(letters, font) for font, letters in runs)


def _take(left: list[tuple[int, bool]], count: int) -> bool:
    """Take so many letters off the parts that are left; return whether the first of them is wanted."""
    while left and left[0][0] <= 0:
        left.pop(0)
    wanted = left[0][1] if left else False
    while count and left:
        length, is_wanted = left[0]
        left[0] = (length - min(length, count), is_wanted)
        count -= min(length, count)
        if left[0][0] <= 0:
            left.pop(0)
    return wanted


def _shown(text: str) -> str:
    while (shorter := _FIELD.sub(lambda field: field[1] or "", text)) != text:
        text = shorter
    text = re.sub("[\x13\x14\x15\x01-\x06\x08\x10-\x1d]", "", text.translate(_SIGNS))
    return re.sub(" +", " ", text).strip()


class _Builder:
    """Makes blocks of paragraphs; cells of a table are gathered until its last row has ended."""

    def __init__(self, structures: DocStructures) -> None:
        self._structures = structures
        self._lists = structures.lists()
        self._rows: list[list[str]] = []
        self._cells: list[str] = []
        self._cell: list[str] = []

    def blocks(self, paragraphs: Iterable[_Paragraph]) -> Iterator[Block]:
        for each in paragraphs:
            text = _shown(each.text)
            if each.looks.in_table or each.end == _CELL_END:
                self._add_to_table(each, text)
                continue
            yield from self._table()
            if text:
                yield self._block(each.looks, text)
        yield from self._table()

    def _add_to_table(self, each: _Paragraph, text: str) -> None:
        if each.looks.ends_row:
            self._rows.append(self._cells)
            self._cells, self._cell = [], []
            return
        if text:
            item = self._item(each.looks)
            self._cell.append(_with_label(item, text) if item else text)
        if each.end == _CELL_END:
            self._cells.append("\n".join(self._cell))
            self._cell = []

    def _table(self) -> Iterator[Block]:
        if self._cells or self._cell:
            self._rows.append([*self._cells, "\n".join(self._cell)])
        rows, self._rows, self._cells, self._cell = self._rows, [], [], []
        if any(cell for row in rows for cell in row):
            yield table(rows)

    def _block(self, looks: Looks, text: str) -> Block:
        html = escape(text).replace("\n", "<br>")
        style = self._structures.styles.get(looks.style)
        built_in = style.built_in if style else 0
        level = 1 if built_in == _TITLE else built_in if 1 <= built_in <= 9 else looks.outline + 1
        item = self._item(looks)
        if level <= 9 and len(text) < 300:
            shown = f"{item.label or item.usual_label} {text}" if item and item.kind else text
            return heading(shown.replace("\n", " "), level)
        if item is None:
            return paragraph(text, html)
        if item.label:
            return paragraph(f"{item.label} {text}", f"{escape(item.label)} {html}")
        return list_item(text, html, depth=item.depth, kind=item.kind, value=item.value)

    def _item(self, looks: Looks) -> Item | None:
        if not looks.list_number or str(looks.list_number) not in self._lists.levels:
            return None
        return self._lists.next_item(str(looks.list_number), looks.list_depth)


def _with_label(item: Item, text: str) -> str:
    return f"{item.label or item.usual_label if item.kind else '•'} {text}"
