"""PPT and PPS: PowerPoint 97 to 2003, slide by slide (MS-PPT): texts by place on the slide, then speaker's notes."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from oer.backends.extraction.blocks import Block, add_slide, heading, list_item, paragraph
from oer.backends.extraction.encodings import share_of_marked_syllables
from oer.backends.extraction.formats.compound import open_compound_file
from oer.backends.extraction.legacy_letters import from_tcvn3, from_vni
from oer.backends.extraction.protocol import Damaged, Encrypted
from oer.backends.extraction.result import ExtractionResult

_DOCUMENT, _SLIDE, _NOTES, _SLIDE_ATOM, _SLIDE_SHOW, _ENVIRONMENT = 1000, 1006, 1008, 1007, 1017, 1010
_LIST, _PERSIST, _HEADER, _CHARACTERS, _BYTES, _REFERENCE = 4080, 1011, 3999, 4000, 4008, 3998
_FONT, _EDIT, _DIRECTORY, _PLACEHOLDER = 4023, 4085, 6002, 3011
_TEXT_BOX, _SHAPE = 0xF00D, 0xF004
_ENCRYPTED_TOKEN = 0xF3D1C4DF
_TITLES, _BODIES, _OF_NOTES = {0, 6}, {1, 5, 7, 8}, 2
_OTHER = 4
_SLIDES, _NOTES_LIST = 0, 2
_HIDDEN = 0x0004
_DATE_FOOTER_NUMBER = {7, 8, 9, 10}
_MOST_DEPTH, _MOST_EDITS = 32, 1000
_MASTER_TEXT = "Click to edit Master"
_SIGNS = str.maketrans({"\x0b": "\n", "\xa0": " ", "\t": " "})


@dataclass(frozen=True)
class _Record:
    """A record: `instance` tells records of one kind apart, `start` and `end` are the places of its content."""

    kind: int
    instance: int
    start: int
    end: int
    is_container: bool


@dataclass
class _Text:
    kind: int
    text: str


@dataclass
class _Listed:
    """A slide or a notes page as the document lists it, with the texts of its outline."""

    persist: int
    identifier: int
    texts: list[_Text] = field(default_factory=list)


def read(path: Path, result: ExtractionResult) -> None:
    """Add every slide that is not hidden. Raises Encrypted, Damaged."""
    with open_compound_file(path) as file:
        user, content = file.read("Current User"), file.read("PowerPoint Document")
        try:
            if struct.unpack_from("<I", user, 12)[0] == _ENCRYPTED_TOKEN:
                raise Encrypted(path.name)
            slides = list(_Presentation(content, struct.unpack_from("<I", user, 16)[0]).slides())
        except (struct.error, IndexError) as error:
            raise Damaged(str(error)) from error
        result.facts.pages = len(slides)
        for number, (texts, notes) in enumerate(slides, 1):
            add_slide(result, number, list(_blocks(texts)), notes)
        file.read_properties(result)


class _Presentation:
    def __init__(self, content: bytes, last_edit: int) -> None:
        self._content = content
        self._places = self._read_places(last_edit)
        document = next((each for each in map(self._at, self._places.values()) if each.kind == _DOCUMENT), None)
        if document is None:
            raise Damaged(f"no document among {len(self._places)} objects")
        self._lists: dict[int, list[_Listed]] = {}
        self._fonts: list[str] = []
        for each in self._records(document):
            if each.kind == _LIST:
                self._lists.setdefault(each.instance, []).extend(self._listed(each))
            elif each.kind == _ENVIRONMENT:
                self._fonts = [self._font(found) for found in self._all(each) if found.kind == _FONT]

    def slides(self) -> Iterator[tuple[list[_Text], list[str]]]:
        """Yield texts and notes of every slide that is not hidden."""
        notes = {each.identifier: each for each in self._lists.get(_NOTES_LIST, ())}
        for listed in self._lists.get(_SLIDES, ()):
            if listed.persist not in self._places:
                continue
            slide = self._at(self._places[listed.persist])
            about = list(self._records(slide)) if slide.kind == _SLIDE else []
            if any(each.kind == _SLIDE_SHOW and self._number(each, 10, "<H") & _HIDDEN for each in about):
                continue
            number = next((self._number(each, 16) for each in about if each.kind == _SLIDE_ATOM), 0)
            texts = self._texts(slide, listed.texts)
            yield texts, self._notes(notes[number]) if number in notes else []

    def _notes(self, listed: _Listed) -> list[str]:
        if listed.persist not in self._places:
            return []
        texts = self._texts(self._at(self._places[listed.persist]), listed.texts)
        lines = [line for each in texts if each.kind == _OF_NOTES for line in _lines(each.text)]
        return [line for line in lines if not line.startswith(_MASTER_TEXT)]

    def _texts(self, slide: _Record, outline: list[_Text]) -> list[_Text]:
        """Return the texts of a slide in the order of its shapes; those that only the outline has come last."""
        found, used = list[_Text](), set[int]()
        for shape in self._all(slide, into_shapes=False):
            if shape.kind != _SHAPE:
                continue
            parts = list(self._all(shape))
            if any(
                each.kind == _PLACEHOLDER and self._content[each.start + 4] in _DATE_FOOTER_NUMBER for each in parts
            ):
                continue
            for box in (each for each in parts if each.kind == _TEXT_BOX):
                for text, number in self._of_box(box, outline):
                    found.append(text)
                    used.add(number)
        return found + [each for number, each in enumerate(outline) if number not in used]

    def _of_box(self, box: _Record, outline: list[_Text]) -> Iterator[tuple[_Text, int]]:
        kind = _OTHER
        for each in self._records(box):
            if each.kind == _HEADER:
                kind = self._number(each)
            elif each.kind in {_CHARACTERS, _BYTES}:
                yield _Text(kind, self._decoded(each)), -1
            elif each.kind == _REFERENCE:
                number = self._number(each)
                if number < len(outline):
                    yield outline[number], number

    def _listed(self, record: _Record) -> Iterator[_Listed]:
        listed: _Listed | None = None
        for each in self._records(record):
            if each.kind == _PERSIST:
                if listed:
                    yield listed
                listed = _Listed(self._number(each), self._number(each, 12))
            elif listed and each.kind == _HEADER:
                listed.texts.append(_Text(self._number(each), ""))
            elif listed and listed.texts and each.kind in {_CHARACTERS, _BYTES}:
                listed.texts[-1].text = self._decoded(each)
        if listed:
            yield listed

    def _decoded(self, record: _Record) -> str:
        content = self._content[record.start : record.end]
        text = content.decode("utf-16-le" if record.kind == _CHARACTERS else "latin-1", "replace")
        return _converted(text, self._fonts)

    def _font(self, record: _Record) -> str:
        return self._content[record.start : record.start + 64].decode("utf-16-le", "replace").partition("\0")[0]

    def _number(self, record: _Record, offset: int = 0, form: str = "<I") -> int:
        number: int = struct.unpack_from(form, self._content, record.start + offset)[0]
        return number

    def _read_places(self, edit: int) -> dict[int, int]:
        """Return where each object is that has a number: what was saved last counts (MS-PPT 2.1.2)."""
        places: dict[int, int] = {}
        for _ in range(_MOST_EDITS):
            record = self._at(edit)
            if record.kind != _EDIT:
                raise Damaged(f"no edit at {edit}")
            directory = self._at(self._number(record, 12))
            self._add_places(directory, places)
            earlier = self._number(record, 8)
            if not earlier or earlier >= edit:
                break
            edit = earlier
        return places

    def _add_places(self, directory: _Record, places: dict[int, int]) -> None:
        place = directory.start
        while directory.kind == _DIRECTORY and place + 4 <= directory.end:
            head = struct.unpack_from("<I", self._content, place)[0]
            first, count = head & 0xFFFFF, head >> 20
            for number, offset in enumerate(struct.unpack_from(f"<{count}I", self._content, place + 4)):
                places.setdefault(first + number, offset)
            place += 4 + 4 * count

    def _at(self, place: int) -> _Record:
        version, kind, length = struct.unpack_from("<HHI", self._content, place)
        end = min(place + 8 + length, len(self._content))
        return _Record(kind, version >> 4, place + 8, end, version & 0xF == 0xF)

    def _records(self, parent: _Record) -> Iterator[_Record]:
        place = parent.start
        while place + 8 <= parent.end:
            record = self._at(place)
            yield record
            place = record.end

    def _all(self, parent: _Record, depth: int = 0, *, into_shapes: bool = True) -> Iterator[_Record]:
        """Yield records within a record, however deep."""
        for each in self._records(parent):
            yield each
            is_open = each.is_container and (into_shapes or each.kind != _SHAPE)
            if is_open and depth < _MOST_DEPTH:
                yield from self._all(each, depth + 1, into_shapes=into_shapes)


def _converted(text: str, fonts: list[str]) -> str:
    """Convert a text of before Unicode: which of the fonts it is set in is not asked, so its looks decide."""
    candidates = [text]
    if any(font.startswith(".Vn") for font in fonts):
        candidates.append(from_tcvn3(text))
    if any(font.upper().startswith("VNI") for font in fonts):
        candidates.append(from_vni(text))
    return max(candidates, key=share_of_marked_syllables)


def _lines(text: str) -> list[str]:
    shown = (
        "".join(each for each in line.translate(_SIGNS) if each >= " " or each == "\n") for line in text.split("\r")
    )
    return [line.strip() for line in shown if line.strip()]


def _blocks(texts: list[_Text]) -> Iterator[Block]:
    # The title is read first, wherever it is.
    for each in sorted(texts, key=lambda text: text.kind not in _TITLES):
        lines = _lines(each.text)
        if each.kind in _TITLES and lines:
            yield heading(" ".join(" ".join(lines).split()), 2)
            continue
        for line in lines:
            yield list_item(line) if each.kind in _BODIES and len(lines) > 1 else paragraph(line)
