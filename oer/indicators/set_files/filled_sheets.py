"""Sheets that people fill in by hand: a set of their own, and values of earlier years. Every fault is told at its cell.

A sheet is known by the keys in a hidden row, never by where its columns stand. Nothing is saved of a file with a fault.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from oer.core.clock import read_day, today
from oer.core.errors import Invalid, Unprocessable
from oer.core.i18n import N_, in_language, translate
from oer.core.spreadsheets import UnreadableWorkbook, read_xlsx
from oer.core.text import clean_line, clean_text
from oer.indicators.models.sets import Indicator
from oer.indicators.quantities import read_quantity
from oer.indicators.set_files.documents import LineDocument, SetDocument, TargetDocument
from oer.vietnamese.marks import fold

NOT_READ = N_("This is not a CSV or XLSX table: %(why)s.")
NO_CODES = N_("The first row with headings needs a column “code”, and a column for each year, such as 2024.")
EMPTY_CELL = N_("Cell %(cell)s: this is needed.")
WRONG_CODE = N_("Cell %(cell)s: a code has 1 to 40 letters, digits, dots and hyphens, without blanks.")
TWICE = N_("Cell %(cell)s: the code “%(typed)s” appears twice.")
NO_NUMBER = N_("Cell %(cell)s: “%(typed)s” is not a number.")
NO_DAY = N_("Cell %(cell)s: “%(typed)s” is not a date. Write it like 31/12/2026.")
NO_ANSWER = N_("Cell %(cell)s: write number, percent, yes/no or text.")
NO_LEVEL = N_("Cell %(cell)s: write ward or city.")
NO_YEAR = N_("Cell %(cell)s: a year is between 2000 and 2100.")
NO_LINES = N_("The sheet has no line.")
NOT_IN_SET = N_("Cell %(cell)s: the set has no indicator “%(typed)s”.")
TOO_MANY_FAULTS = N_("There are more faults; these are the first %(most)s.")
OWN_SET = "oer-own-set"
MOST_ROWS, MOST_FAULTS = 2000, 50
FIRST_YEAR, LAST_YEAR = 2000, 2100
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,39}")
ABOUT = {
    "code": N_("Code of the set (letters, digits, hyphens)"),
    "name_vi": N_("Name in Vietnamese"),
    "name_en": N_("Name in English"),
    "level": N_("Reported by (ward or city)"),
    "valid_from": N_("In force from"),
    "valid_to": N_("In force until"),
}
COLUMNS = {
    "code": N_("Code"),
    "wording_vi": N_("Wording in Vietnamese"),
    "wording_en": N_("Wording in English"),
    "answer": N_("Answer (number, percent, yes/no, text)"),
    "unit": N_("Unit of measurement"),
    "group_code": N_("Code of its group"),
    "group_vi": N_("Name of its group"),
    "source": N_("Source of the wording"),
    "target_year": N_("Year of the target"),
    "target": N_("Target"),
}
_ANSWERS = {
    "number": "number", "so": "number", "percent": "percent", "ty le": "percent", "%": "percent", "yes/no": "yes_no",
    "co/khong": "yes_no", "text": "text", "chu": "text",
}  # fmt: skip
_LEVELS = {"ward": "commune", "phuong": "commune", "xa": "commune", "city": "province", "thanh pho": "province"}
_ABOUT_ROW, _KEYS_ROW, _KEYS_COLUMN = 2, 9, 20
_GREY = PatternFill("solid", fgColor="EEEEEE")
Faults = list[Unprocessable]


def _fault(faults: Faults, cell: str, message: str, typed: Any = "") -> None:
    if len(faults) < MOST_FAULTS:
        faults.append(Unprocessable(message, cell=cell, typed=str(typed)[:60]))
    elif len(faults) == MOST_FAULTS:
        faults.append(Unprocessable(TOO_MANY_FAULTS, most=MOST_FAULTS))


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else clean_line(str(value))


def write_own_set(language: str) -> bytes:
    """Return the empty sheet of a set of one's own, with one line as an example to be replaced."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(OWN_SET)
    for row, (key, label) in enumerate(ABOUT.items(), _ABOUT_ROW):
        sheet.cell(row, 1, translate(language, label)).fill = _GREY
        sheet.cell(row, _KEYS_COLUMN, key)
    sheet.column_dimensions[get_column_letter(_KEYS_COLUMN)].hidden = True
    for column, (key, label) in enumerate(COLUMNS.items(), 1):
        sheet.cell(_KEYS_ROW, column, key)
        head = sheet.cell(_KEYS_ROW + 1, column, translate(language, label))
        head.font, head.fill, head.alignment = Font(bold=True), _GREY, Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(column)].width = 40 if key.startswith("wording") else 20
    sheet.row_dimensions[_KEYS_ROW].hidden = True
    sheet.freeze_panes = f"A{_KEYS_ROW + 2}"
    return _saved(book)


def _saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def is_own_set(content: bytes) -> bool:
    """Whether a file is a filled sheet of a set of one's own."""
    try:
        return OWN_SET in read_xlsx(content, most_rows=1, most_columns=1)
    except UnreadableWorkbook:
        return False


def read_own_set(content: bytes, language: str) -> tuple[SetDocument | None, Faults]:
    """Return the set that a filled sheet describes, or everything that is wrong in it, cell by cell."""
    faults: Faults = []
    rows = read_xlsx(content, most_rows=MOST_ROWS, most_columns=_KEYS_COLUMN)[OWN_SET]
    about, cells = {}, {}
    for number, row in enumerate(rows[: _KEYS_ROW - 1], 1):
        key = _text(row[_KEYS_COLUMN - 1]) if len(row) >= _KEYS_COLUMN else ""
        if key in ABOUT:
            about[key], cells[key] = row[1], f"B{number}"
    for key in ("code", "name_vi"):
        if not _text(about.get(key)):
            _fault(faults, cells.get(key, "B2"), EMPTY_CELL)
    code = _text(about.get("code"))
    if code and not _CODE.fullmatch(code):
        _fault(faults, cells["code"], WRONG_CODE)
    level = _LEVELS.get(fold(_text(about.get("level")).casefold()) or "ward", "")
    if not level:
        _fault(faults, cells["level"], NO_LEVEL)
    days = {name: _day(about.get(name), cells.get(name, "B6"), faults) for name in ("valid_from", "valid_to")}
    keys = [_text(each) for each in rows[_KEYS_ROW - 1]] if len(rows) >= _KEYS_ROW else []
    lines = _own_lines(rows, keys, language, faults)
    if not lines and not faults:
        faults.append(Unprocessable(NO_LINES))
    if faults:
        return None, faults
    texts = {"vi": _text(about["name_vi"]), "en": _text(about.get("name_en"))}
    name = {tongue: text for tongue, text in texts.items() if text}
    # Without a group of its own a line is in that of its set.
    lines = [each if each.group_code else replace(each, group_code=code, group=each.group or name) for each in lines]
    since, until = days["valid_from"], days["valid_to"]
    made = SetDocument(code=code, name=name, level=level, in_force="yes", lines=lines, valid_from=since, valid_to=until)
    return made, []


def _own_lines(rows: Sequence[Sequence[Any]], keys: Sequence[str], language: str, faults: Faults) -> list[LineDocument]:
    places = {key: keys.index(key) for key in COLUMNS if key in keys}
    found: list[LineDocument] = []
    known: set[str] = set()
    for number, row in enumerate(rows[_KEYS_ROW + 1 :], _KEYS_ROW + 2):
        values = {key: row[place] for key, place in places.items() if place < len(row)}
        if not any(_text(value) for value in values.values()):
            continue
        cells = {key: f"{get_column_letter(place + 1)}{number}" for key, place in places.items()}
        before = len(faults)
        line = _own_line(values, cells, language, faults)
        if line.code in known:
            _fault(faults, cells["code"], TWICE, line.code)
        if line.code:
            known.add(line.code)
        if len(faults) == before:
            found.append(line)
    return found


def _own_line(values: Mapping[str, Any], cells: Mapping[str, str], language: str, faults: Faults) -> LineDocument:
    code = _text(values.get("code"))
    if not _CODE.fullmatch(code):
        _fault(faults, cells.get("code", "A"), WRONG_CODE if code else EMPTY_CELL)
    wordings = {tongue: clean_text(str(values.get(f"wording_{tongue}") or "")) for tongue in ("vi", "en")}
    if not wordings["vi"]:
        _fault(faults, cells.get("wording_vi", "B"), EMPTY_CELL)
    answer = _ANSWERS.get(fold(_text(values.get("answer")).casefold().replace(" / ", "/")) or "number", "")
    if not answer:
        _fault(faults, cells["answer"], NO_ANSWER)
    group = _text(values.get("group_vi"))
    return LineDocument(
        code=code,
        wording={tongue: text for tongue, text in wordings.items() if text},
        answer=answer or "number",
        unit=_text(values.get("unit"))[:60] or ("%" if answer == "percent" else ""),
        group_code=_text(values.get("group_code"))[:40],
        group={"vi": group} if group else {},
        verification={"vi": "PROPOSAL"},
        source=_text(values.get("source")),
        targets=_targets(values, cells, language, faults),
    )


def _targets(
    values: Mapping[str, Any], cells: Mapping[str, str], language: str, faults: Faults
) -> list[TargetDocument]:
    typed, year = values.get("target"), _text(values.get("target_year"))
    if not _text(typed):
        return []
    if not (year.isdecimal() and FIRST_YEAR <= int(year) <= LAST_YEAR):
        _fault(faults, cells.get("target_year", "I"), NO_YEAR)
        return []
    value = _number(typed, cells["target"], language, faults)
    return [TargetDocument(year=int(year), value=value)] if value is not None else []


def _day(value: Any, cell: str, faults: Faults) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if not _text(value):
        return None
    try:
        return read_day(_text(value))
    except Invalid:
        _fault(faults, cell, NO_DAY, value)
        return None


def _number(value: Any, cell: str, language: str, faults: Faults) -> Decimal | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**15:
        return round(Decimal(str(value)), 6).normalize()
    try:
        found = read_quantity(_text(value), language)
    except Invalid:
        found = None
    if found is None or isinstance(value, datetime):
        _fault(faults, cell, NO_NUMBER, value)
        return None
    return found


# Values of earlier years: a row for each indicator, a column for each year.


@dataclass(frozen=True)
class YearValue:
    """A value of an indicator in a year."""

    code: str
    year: int
    value: Decimal


def write_years(lines: Iterable[Indicator], language: str) -> bytes:
    """Return the empty sheet for values of the last ten years."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet: Worksheet = book.create_sheet("oer-years")
    years = range(today().year - 10, today().year)
    sheet.append(["code", translate(language, COLUMNS["wording_vi"]), *years])
    for each in lines:
        sheet.append([each.code, in_language(each.wording, language)])
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), _GREY
    for row in sheet.iter_rows(min_row=2, max_col=2):
        for cell in row:
            cell.data_type = "s"
    sheet.column_dimensions["B"].width = 60
    sheet.freeze_panes = "C2"
    return _saved(book)


def read_years(content: bytes, known: Iterable[str], language: str) -> tuple[list[YearValue], Faults]:
    """Return the values of a CSV or XLSX sheet, or everything that is wrong, cell by cell; empty cells say nothing.

    `known` are the codes of the set. Raises Unprocessable for what is no such table.
    """
    rows = _table(content)
    header = [_text(each).casefold() for each in (rows[0] if rows else ())]
    years = {
        place: int(text)
        for place, text in enumerate(header)
        if len(text) == 4 and text.isdecimal() and FIRST_YEAR <= int(text) <= today().year
    }
    at = next((header.index(each) for each in ("code", "mã", "ma") if each in header), None)
    if at is None or not years:
        raise Unprocessable(NO_CODES)
    faults: Faults = []
    found: dict[tuple[str, int], YearValue] = {}
    codes, seen = set(known), set()
    for number, row in enumerate(rows[1:], 2):
        code = _text(row[at]) if at < len(row) else ""
        filled = [place for place in years if place < len(row) and _text(row[place])]
        if not filled:
            continue
        cell = f"{get_column_letter(at + 1)}{number}"
        if code not in codes or code in seen:
            _fault(faults, cell, TWICE if code in seen else NOT_IN_SET if code else EMPTY_CELL, code)
            continue
        seen.add(code)
        for place in filled:
            value = _number(row[place], f"{get_column_letter(place + 1)}{number}", language, faults)
            if value is not None:
                found[code, years[place]] = YearValue(code, years[place], value)
    return list(found.values()), faults


def _table(content: bytes) -> Sequence[Sequence[Any]]:
    if content.startswith(b"PK\x03\x04"):
        try:
            return next(iter(read_xlsx(content, most_rows=MOST_ROWS, most_columns=120).values()), [])
        except UnreadableWorkbook as error:
            raise Unprocessable(NOT_READ, why=str(error)) from None
    try:
        text = content.decode("utf-8-sig")
        first = text.partition("\n")[0]
        return list(csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count), strict=True))[:MOST_ROWS]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unprocessable(NOT_READ, why=str(error)[:100]) from None
