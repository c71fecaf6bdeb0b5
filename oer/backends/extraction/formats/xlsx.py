"""XLSX: sheets as tables, numbers shown as their cell's format says (ECMA-376 part 1, 18.8.30 and 18.8.31).

Separators and date order follow the document's language: Vietnamese 1.234,5 and 31/03/2026, English
1,234.5 and 2026-03-31.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from oer.backends.extraction.blocks import MOST_COLUMNS, SheetPages
from oer.backends.extraction.encodings import guess_language
from oer.backends.extraction.formats.ooxml import Package, open_package, relation_id
from oer.backends.extraction.markup import Element, iter_outermost, local_name
from oer.backends.extraction.protocol import LimitReached
from oer.backends.extraction.result import ExtractionResult

# Formats that need no definition. 14 and 22 are dates as the reader's locale writes them, see `built_in_format`.
_BUILT_IN = {
    **dict(zip((1, 2, 3, 4, 9, 10), ("0", "0.00", "#,##0", "#,##0.00", "0%", "0.00%"), strict=True)),
    **dict(zip((15, 16, 17), ("d-mmm-yy", "d-mmm", "mmm-yy"), strict=True)),
    **dict(zip((18, 19, 20, 21), ("h:mm AM/PM", "h:mm:ss AM/PM", "h:mm", "h:mm:ss"), strict=True)),
    **dict(zip((45, 46, 47), ("mm:ss", "[h]:mm:ss", "mm:ss"), strict=True)),
    **dict.fromkeys((37, 38), "#,##0;(#,##0)"),
    **dict.fromkeys((39, 40), "#,##0.00;(#,##0.00)"),
}
_OWN_DATE, _OWN_DATE_AND_TIME = 14, 22
_LATEST_DAY = 2_958_466  # the last day of 9999
_MOST_DIGITS = 10**15
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_DAYS_VI = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)" | \\(?P<escaped>.) | _(?P<blank>.) | \*(?P<filling>.)
    | \[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\] | \[(?P<elapsed>h+|m+|s+)\] | \[[^\]]*\]
    | (?P<half>AM/PM|A/P) | (?P<general>general|@) | (?P<date>y+|m+|d+|h+|s+)(?:\.0+)?
    | (?P<digits>[0\#?][0\#?,]*(?:\.[0\#?]*)?|\.[0\#?]+) | (?P<power>E[+-]) | (?P<end>;) | (?P<other>.)
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def built_in_format(number: int, language: str) -> str:
    """Return the built-in format with a number for a document in a language, "" for General."""
    own_date = "yyyy-mm-dd" if language == "en" else "dd/mm/yyyy"
    if number in {_OWN_DATE, _OWN_DATE_AND_TIME}:
        return own_date if number == _OWN_DATE else f"{own_date} hh:mm"
    return _BUILT_IN.get(number, "")


def format_number(number: float, code: str, language: str, epoch: datetime) -> str:
    """Return a number as a format shows it. Formats that we do not support (fractions, exponents) count as General."""
    tokens = _section(_sections(code), number)
    kinds = {token.kind for token in tokens}
    if kinds & {"date", "elapsed"}:
        # Counted in seconds: the last half second of 9999 is rounded into a year that there is none of.
        in_range = 0 <= number < _LATEST_DAY and timedelta(seconds=round(number * 86_400)) <= datetime.max - epoch
        return _as_date(number, tokens, language, epoch) if in_range else _general(number, language)
    if "digits" not in kinds and kinds and kinds <= {"literal"}:
        return "".join(token.text for token in tokens)
    fraction = any(token.kind == "literal" and token.text == "/" for token in tokens)
    if "digits" not in kinds or kinds & {"general", "power"} or fraction or abs(number) >= _MOST_DIGITS:
        return _general(number, language)
    # A second section formats negative numbers and brings its own sign.
    negative = number < 0 and len(_sections(code)) == 1
    return ("-" if negative else "") + _as_number(abs(number), tokens, language).strip()


def _section(sections: tuple[tuple[_Token, ...], ...], number: float) -> tuple[_Token, ...]:
    place = 1 if number < 0 else 2 if number == 0 else 0
    return sections[place] if place < len(sections) and (sections[place] or place) else sections[0]


@cache
def _sections(code: str) -> tuple[tuple[_Token, ...], ...]:
    sections: list[list[_Token]] = [[]]
    for token in _tokens(code[:255]):
        if token.kind == "end":
            sections.append([])
        else:
            sections[-1].append(token)
    return tuple(map(tuple, sections[:3]))


def _tokens(code: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(code):
        kind, text = found.lastgroup, found[found.lastgroup] if found.lastgroup else ""
        if kind in {"quoted", "escaped", "currency", "other"}:
            yield _Token("literal", text)
        elif kind in {"blank", "filling"}:
            yield _Token("literal", " " if kind == "blank" else "")
        elif kind:
            yield _Token(kind, text)


def _general(number: float, language: str) -> str:
    return _signs(f"{number:.15g}", language)


def _signs(text: str, language: str) -> str:
    return text if language == "en" else text.translate({ord("."): ",", ord(","): "."})


def _as_number(number: float, tokens: tuple[_Token, ...], language: str) -> str:
    value = Decimal(repr(number))
    value *= 100 ** sum(token.kind == "literal" and token.text == "%" for token in tokens)
    parts, shown = [], False
    for token in tokens:
        if token.kind == "digits" and not shown:
            parts.append(_signs(_digits(value, token.text), language))
            shown = True
        elif token.kind == "literal":
            parts.append(token.text)
    return "".join(parts)


def _digits(value: Decimal, pattern: str) -> str:
    whole, _, places = pattern.partition(".")
    # Trailing commas divide by a thousand; commas between digits group thousands.
    value = value.scaleb(-3 * (len(whole) - len(whole.rstrip(","))))
    exact = value.quantize(Decimal(1).scaleb(-len(places)), ROUND_HALF_UP)
    grouped = "," if "," in whole.rstrip(",") else ""
    text = f"{exact:{grouped}.{len(places)}f}"
    least = len(places.rstrip("#?"))
    while len(places) > least and text.endswith("0"):
        text, places = text[:-1], places[:-1]
    before, dot, after = text.rstrip(".").partition(".")
    if before == "0" and "0" not in whole and after:
        before = ""
    return before.zfill(whole.count("0")) + dot + after


def _as_date(number: float, tokens: tuple[_Token, ...], language: str, epoch: datetime) -> str:
    moment = epoch + timedelta(seconds=round(number * 86_400))
    halves = any(token.kind == "half" for token in tokens)
    parts, last = [], ""
    for place, token in enumerate(tokens):
        if token.kind == "date":
            following = next((each.text for each in tokens[place + 1 :] if each.kind == "date"), "")
            is_minute = token.text[0] in "mM" and (last.lower() == "h" or following[:1].lower() == "s")
            parts.append(f"{moment.minute:0{min(len(token.text), 2)}}" if is_minute else "")
            parts[-1] = parts[-1] or _part(moment, token.text.lower(), language, halves=halves)
        elif token.kind == "elapsed":
            whole = round(number * 86_400) // {"h": 3600, "m": 60, "s": 1}[token.text[0].lower()]
            parts.append(f"{whole:0{len(token.text)}}")
        elif token.kind == "half":
            parts.append(_half(moment, language))
        elif token.kind == "literal":
            parts.append(token.text)
        last = token.text[:1] if token.kind in {"date", "elapsed"} else last
    return "".join(parts).strip()


def _half(moment: datetime, language: str) -> str:
    morning, afternoon = ("AM", "PM") if language == "en" else ("SA", "CH")
    return morning if moment.hour < 12 else afternoon


def _part(moment: datetime, letters: str, language: str, *, halves: bool) -> str:
    kind, two = letters[0], min(len(letters), 2)
    if kind == "y":
        return f"{moment.year:04}" if len(letters) > 2 else f"{moment.year % 100:02}"
    if kind in "md" and len(letters) > 2:
        return _name(moment, letters, language)
    hour = (moment.hour - 1) % 12 + 1 if halves else moment.hour
    return f"{ {'m': moment.month, 'd': moment.day, 'h': hour, 's': moment.second}[kind]:0{two}}"


def _name(moment: datetime, letters: str, language: str) -> str:
    if language == "en":
        name = _MONTHS[moment.month - 1] if letters[0] == "m" else _DAYS[moment.weekday()]
        return name[:3] if len(letters) == 3 else name
    return f"tháng {moment.month}" if letters[0] == "m" else _DAYS_VI[moment.weekday()]


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_MOST_STRINGS = 1_000_000
_SAMPLE_STRINGS = 500


def read(path: Path, result: ExtractionResult) -> None:
    """Add every visible sheet."""
    with open_package(path, result) as package:
        package.read_properties(result)
        workbook = _Workbook(package)
        notes = SheetPages(result)
        for name, part in workbook.sheets():
            notes.sheet(name, workbook.rows(part))


class _Workbook:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._part = package.main_part()
        self._root = package.parse(self._part)
        settings = self._root.find("{*}workbookPr")
        starts_1904 = settings is not None and settings.get("date1904") in {"1", "true"}
        # Day 60 of the 1900 system is 29 February 1900, which never existed; so we count from two days earlier.
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
            for row in iter_outermost(stream, (f"{_MAIN}row", f"{_STRICT}row")):
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
            for count, entry in enumerate(iter_outermost(stream, (f"{_MAIN}si", f"{_STRICT}si"))):
                if count >= _MOST_STRINGS:
                    raise LimitReached("more strings than are read")
                # Phonetic readings (rPh) are not part of the text.
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
            own = built_in_format(int(number) if number.isdecimal() else 0, self._language)
            formats[str(place)] = written.get(number, own)
        return formats


def _column(reference: str | None) -> int:
    """Return the column of a cell, from 0, by its reference ("AB12")."""
    place = 0
    for letter in (reference or "").upper():
        if not "A" <= letter <= "Z":
            break
        place = place * 26 + ord(letter) - 64
    return max(0, place - 1)
