"""XLSX: sheets as tables, their values as one would see them, row by row."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from oer.backends.extraction.findings import Findings
from oer.backends.extraction.languages import guess_language
from oer.backends.extraction.number_formats import built_in, format_number
from oer.backends.extraction.ooxml import Package, open_package, relation_id
from oer.backends.extraction.protocol import LimitReached
from oer.backends.extraction.sheets import MOST_COLUMNS, SheetNotes
from oer.backends.extraction.xml import Element, local_name, outermost

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_MOST_STRINGS = 1_000_000
_SAMPLE_STRINGS = 500


def read(path: Path, findings: Findings) -> None:
    """Note every visible sheet."""
    with open_package(path, findings) as package:
        package.note_properties(findings)
        workbook = _Workbook(package)
        notes = SheetNotes(findings)
        for name, part in workbook.sheets():
            notes.sheet(name, workbook.rows(part))


class _Workbook:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._part = package.main_part()
        self._root = package.parse(self._part)
        settings = self._root.find("{*}workbookPr")
        starts_1904 = settings is not None and settings.get("date1904") in {"1", "true"}
        # Day 60 of the other system is a 29 February 1900 that never was.
        self._epoch = datetime(1904, 1, 1) if starts_1904 else datetime(1899, 12, 30)
        self._strings = list(self._read_strings())
        self._language = guess_language("\n".join(self._strings[:_SAMPLE_STRINGS])) or "vi"
        self._formats = self._read_formats()

    def sheets(self) -> Iterator[tuple[str, str]]:
        relations = self._package.relations(self._part)
        for each in self._root.iterfind("{*}sheets/{*}sheet"):
            relation = relations.get(relation_id(each))
            if relation and relation.target in self._package and each.get("state", "visible") == "visible":
                yield each.get("name") or "", relation.target

    def rows(self, part: str) -> Iterator[list[str]]:
        with self._package.open(part) as stream:
            for row in outermost(stream, (f"{_MAIN}row", f"{_STRICT}row")):
                yield self._cells(row)

    def _cells(self, row: Element) -> list[str]:
        cells: list[str] = []
        for cell in row:
            place = _column(cell.get("r")) if cell.get("r") else len(cells)
            if place >= MOST_COLUMNS:
                break
            cells += [""] * (place - len(cells))
            cells.append(self._shown(cell))
        return cells

    def _shown(self, cell: Element) -> str:
        kind, value = cell.get("t", "n"), cell.findtext("{*}v") or ""
        if kind == "inlineStr":
            return "".join(each.text or "" for each in cell.iter("{*}t"))
        if kind == "s":
            return self._strings[int(value)] if value.isdecimal() and int(value) < len(self._strings) else ""
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        return self._number(value, cell.get("s")) if kind == "n" else value

    def _number(self, value: str, style: str | None) -> str:
        try:
            number = float(value)
        except ValueError:
            return value
        return format_number(number, self._formats.get(style or "0", ""), self._language, self._epoch)

    def _read_strings(self) -> Iterator[str]:
        part = self._package.related(self._part, "sharedStrings")
        if part is None:
            return
        with self._package.open(part) as stream:
            for count, entry in enumerate(outermost(stream, (f"{_MAIN}si", f"{_STRICT}si"))):
                if count >= _MOST_STRINGS:
                    raise LimitReached("more strings than are read")
                # Readings (rPh) are not part of the text.
                yield "".join(
                    each.text or ""
                    for each in entry.iter("{*}t")
                    if local_name(each.getparent()) != "rPh"  # type: ignore[arg-type]
                )

    def _read_formats(self) -> dict[str, str]:
        """Return the number format of each cell style, "" where it has none."""
        part = self._package.related(self._part, "styles")
        if part is None:
            return {}
        root = self._package.parse(part)
        written = {each.get("numFmtId"): each.get("formatCode") or "" for each in root.iterfind("{*}numFmts/{*}numFmt")}
        formats = {}
        for place, style in enumerate(root.iterfind("{*}cellXfs/{*}xf")):
            number = style.get("numFmtId") or "0"
            own = built_in(int(number) if number.isdecimal() else 0, self._language)
            formats[str(place)] = written.get(number, own)
        return formats


def _column(reference: str | None) -> int:
    """Return the place of a cell, from 0, that its reference ("AB12") names."""
    place = 0
    for letter in (reference or "").upper():
        if not "A" <= letter <= "Z":
            break
        place = place * 26 + ord(letter) - 64
    return max(0, place - 1)
