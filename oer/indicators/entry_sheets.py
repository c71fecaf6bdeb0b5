"""A unit's report as a workbook: its lines with what was said before, cells to fill, faults beside what is wrong.

What is fixed is locked, and each row has its indicator's id and the revision that it was made from: rows are known by
these, never by where they stand. Nothing is remembered of a sheet that was sent; one with faults is written anew from
what was typed, so that whatever else was in the file is gone.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from oer.core.errors import Unprocessable
from oer.core.i18n import N_, in_language, translate
from oer.core.spreadsheets import UnreadableWorkbook, read_xlsx
from oer.indicators.models.rounds import UnitReport
from oer.indicators.models.sets import Answer, Target
from oer.indicators.quantities import show_figure
from oer.indicators.queries.entry import ReportLine

NOT_A_SHEET = N_("This is not a sheet of a report: %(why)s. Download the sheet, fill it in and send that file.")
NO_ABOUT = N_("it does not say what it is for")
OTHER_VERSION = N_("This sheet was made by another version of this site. Download it again and copy your values over.")
OTHER_REPORT = N_("This is the sheet of another report: %(found)s. Here belongs that of %(wanted)s.")
VERSION = "1"
LINES, ABOUT = "oer-lines", "oer-about"
FIRST_ROW = 6
MOST_LINES = 500
MOST_DIGITS = 15  # a spreadsheet keeps no more of a number; longer ones are written as texts
TYPED = (
    "value", "numerator", "denominator", "not_available", "reference_date", "source", "link", "note_vi", "note_en",
)  # fmt: skip
NUMBERS = ("value", "numerator", "denominator")
SHOWN = ("code", "wording", "unit", "previous", "target")
FAULTS, ID, REVISION = "faults", "id", "revision"
COLUMNS = (*SHOWN, *TYPED, FAULTS, ID, REVISION)
LETTERS = {name: get_column_letter(number) for number, name in enumerate(COLUMNS, 1)}
HEADINGS = {
    "code": N_("Code"),
    "wording": N_("Indicator"),
    "unit": N_("Unit of measurement"),
    "previous": N_("Last time"),
    "target": N_("Target"),
    "value": N_("Value or answer"),
    "numerator": N_("Numerator"),
    "denominator": N_("Denominator"),
    "not_available": N_("No value (x)"),
    "reference_date": N_("Reference date"),
    "source": N_("Source"),
    "link": N_("Link to the evidence"),
    "note_vi": N_("Note in Vietnamese (will be public)"),
    "note_en": N_("Note in English (will be public)"),
    FAULTS: N_("To be corrected"),
}
WIDTHS = dict(zip(COLUMNS, (9, 46, 14, 14, 12, 16, 14, 14, 9, 13, 26, 26, 34, 34, 44), strict=False))
HOW = N_(
    "Fill in the white cells and send the file back on the page of the report. A share is computed from numerator and "
    "denominator. Leave a row empty to leave its line as it is. Notes are published with the values: name no person."
)
YES_NO = {"yes": N_("Yes"), "no": N_("No")}
_GREY, _WRONG = PatternFill("solid", fgColor="EEEEEE"), PatternFill("solid", fgColor="F8CFC8")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_FREE = Protection(locked=False)


@dataclass(frozen=True)
class TypedCell:
    """What stands in a cell: its value, whether it is shown as a percentage, whether a formula gave no value."""

    value: Any
    is_percent: bool = False
    is_unknown: bool = False


@dataclass(frozen=True)
class TypedLine:
    """A row of a sheet that came back: the indicator's id, the revision it was made from, what was typed."""

    row: int
    indicator_id: int
    revision: int
    cells: Mapping[str, TypedCell]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed, so that the line stays as it is."""
        return all(cell.value in (None, "") and not cell.is_unknown for cell in self.cells.values())


@dataclass(frozen=True)
class CellFault:
    """What is wrong in a cell: a message key and its values."""

    line: ReportLine
    column: str
    row: int
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        """The cell's address, as spreadsheets say it."""
        return f"{LETTERS[self.column]}{self.row}"


def name_of(report: UnitReport, language: str) -> str:
    """Return what a sheet is of, for people: unit and round."""
    return f"{in_language(report.unit.name, language)}, {in_language(report.round.title, language)}"


def write_sheet(
    report: UnitReport,
    lines: Sequence[ReportLine],
    targets: Mapping[int, Target],
    language: str,
    typed: Mapping[int, TypedLine] | None = None,
    faults: Sequence[CellFault] = (),
) -> bytes:
    """Return the workbook of a report; with `typed` what was typed stands in it, and `faults` beside it."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(LINES)
    _write_head(sheet, report, language)
    choices = _add_choices(sheet, language)
    for row, line in enumerate(lines, FIRST_ROW):
        theirs = (typed or {}).get(line.indicator.id)
        _write_line(sheet, row, line, targets.get(line.indicator.id), language, theirs)
        if line.indicator.answer is Answer.YES_NO:
            choices.add(f"{LETTERS['value']}{row}")
        _mark(sheet, row, [each for each in faults if each.line.indicator.id == line.indicator.id], language)
    _finish(book, sheet, report, language)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _add_choices(sheet: Worksheet, language: str) -> DataValidation:
    words = ",".join(translate(language, word) for word in YES_NO.values())
    choices = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
    sheet.add_data_validation(choices)
    return choices


def _write_head(sheet: Worksheet, report: UnitReport, language: str) -> None:
    period = report.round.period
    _put(sheet, 1, "code", name_of(report, language)).font = Font(bold=True, size=14)
    _put(sheet, 2, "code", f"{period.start:%d/%m/%Y} – {period.end:%d/%m/%Y}")
    _put(sheet, 3, "code", translate(language, HOW)).alignment = _WRAPPED
    sheet.merge_cells(start_row=3, end_row=3, start_column=1, end_column=len(SHOWN) + len(TYPED))
    sheet.row_dimensions[3].height = 34
    for name, heading in HEADINGS.items():
        cell = _put(sheet, FIRST_ROW - 1, name, translate(language, heading))
        cell.font, cell.alignment, cell.fill = Font(bold=True), _WRAPPED, _GREY


def _put(sheet: Worksheet, row: int, name: str, value: Any) -> Any:
    cell = sheet[f"{LETTERS[name]}{row}"]
    if isinstance(value, Decimal) and len(value.as_tuple().digits) > MOST_DIGITS:
        value = f"{value:f}"
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # "=1+1" is a text here, whoever typed it
    elif isinstance(value, date):
        cell.number_format = "dd/mm/yyyy"
    return cell


def _write_line(
    sheet: Worksheet, row: int, line: ReportLine, target: Target | None, language: str, typed: TypedLine | None
) -> None:
    of = line.indicator
    wording = of.label if language == "en" and of.label else of.wording
    shown = (
        of.code,
        in_language(wording, language),
        translate(language, of.unit) if of.unit else "",
        _answer(line, language),
        _target_text(target, language),
    )
    for name, text in zip(SHOWN, shown, strict=True):
        cell = _put(sheet, row, name, text)
        cell.alignment, cell.fill = _WRAPPED, _GREY
    values = {name: cell.value for name, cell in typed.cells.items()} if typed else saved_cells(line, language)
    for name in TYPED:
        cell = _put(sheet, row, name, values.get(name))
        cell.alignment, cell.protection = _WRAPPED, _FREE
        if typed and typed.cells[name].is_percent:
            cell.number_format = "0.00%"
    found = line.observation
    _put(sheet, row, ID, of.id)
    _put(sheet, row, REVISION, found.revision if found else 0)


def _target_text(target: Target | None, language: str) -> str:
    if target is None:
        return ""
    return f"{target.year}: {target.text if target.value is None else show_figure(target.value, language)}"


def _answer(line: ReportLine, language: str) -> str:
    before = line.previous
    if before is None or before.not_available:
        return ""
    if line.indicator.answer is Answer.YES_NO and before.text in YES_NO:
        return translate(language, YES_NO[before.text])
    return before.text or show_figure(before.value, language)


def saved_cells(line: ReportLine, language: str) -> dict[str, Any]:
    """Return what is saved of a line, by the column in which it stands."""
    found = line.observation
    if found is None:
        return {}
    numeric = line.indicator.answer in {Answer.NUMBER, Answer.PERCENT}
    answer = translate(language, YES_NO[found.text]) if found.text in YES_NO and not numeric else found.text
    if line.indicator.answer is Answer.TEXT:
        answer = found.text
    return {
        "value": found.value if numeric else answer or None,
        "numerator": found.numerator,
        "denominator": found.denominator,
        "not_available": "x" if found.not_available else None,
        "reference_date": found.reference_date,
        "source": found.source or None,
        "link": found.link or None,
        "note_vi": found.note.get("vi"),
        "note_en": found.note.get("en"),
    }


def _mark(sheet: Worksheet, row: int, faults: Sequence[CellFault], language: str) -> None:
    texts = [translate(language, fault.message, **fault.values) for fault in faults]
    _put(sheet, row, FAULTS, "\n".join(texts) or None).alignment = _WRAPPED
    for fault, text in zip(faults, texts, strict=True):
        cell = sheet[f"{LETTERS[fault.column]}{row}"]
        cell.fill = _WRONG
        cell.comment = Comment(text, "")


def _finish(book: Workbook, sheet: Worksheet, report: UnitReport, language: str) -> None:
    for name, width in WIDTHS.items():
        sheet.column_dimensions[LETTERS[name]].width = width
    for name in (ID, REVISION):
        sheet.column_dimensions[LETTERS[name]].hidden = True
    sheet.freeze_panes = f"{LETTERS['unit']}{FIRST_ROW}"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False  # False: may be done
    about = book.create_sheet(ABOUT)
    about.sheet_state = "hidden"
    for pair in (
        ("version", VERSION), ("round", str(report.round_id)), ("unit", report.unit.code), ("language", language),
        ("of", name_of(report, language)),
    ):  # fmt: skip
        about.append(pair)
    book.security = WorkbookProtection(lockStructure=True)
    book.properties.title = name_of(report, language)
    book.properties.creator = ""


# A sheet that came back.


@dataclass(frozen=True)
class TypedSheet:
    """A sheet that came back: what it says of itself, and its rows by the id of their indicator."""

    language: str
    lines: Mapping[int, TypedLine]


def read_sheet(content: bytes, report: UnitReport, language: str) -> TypedSheet:
    """Return what was typed in the sheet of a report.

    Raises Unprocessable for what is no such sheet, or that of another round, unit or version.
    """
    try:
        most, columns = FIRST_ROW + MOST_LINES, len(COLUMNS)
        values = read_xlsx(content, most_rows=most, most_columns=columns, values_only=False)
        formulas = read_xlsx(content, most_rows=most, most_columns=columns, values_only=False, computed=False)
    except UnreadableWorkbook as error:
        raise Unprocessable(NOT_A_SHEET, code="not_a_sheet", why=str(error)) from None
    if LINES not in values or ABOUT not in values:
        raise Unprocessable(NOT_A_SHEET, code="not_a_sheet", why=translate(language, NO_ABOUT))
    about = {str(row[0].value): str(row[1].value) for row in values[ABOUT] if row[0].value}
    if about.get("version") != VERSION:
        raise Unprocessable(OTHER_VERSION, code="other_version")
    if (about.get("round"), about.get("unit")) != (str(report.round_id), report.unit.code):
        names = {"found": about.get("of", "")[:200], "wanted": name_of(report, language)}
        raise Unprocessable(OTHER_REPORT, code="other_report", **names)
    lines: dict[int, TypedLine] = {}
    for number, (row, formula) in enumerate(zip(values[LINES], formulas[LINES], strict=False), 1):
        line = _read_line(number, row, formula) if number >= FIRST_ROW else None
        if line is not None:
            lines.setdefault(line.indicator_id, line)
    return TypedSheet(about.get("language", language), lines)


def _read_line(number: int, row: Sequence[Any], formulas: Sequence[Any]) -> TypedLine | None:
    """Return what a row says; None for one without an id, which is no line."""
    at = {name: place for place, name in enumerate(COLUMNS)}
    known, revision = _whole(row[at[ID]].value), _whole(row[at[REVISION]].value)
    if known is None:
        return None
    cells = {name: _cell(row[at[name]], formulas[at[name]]) for name in TYPED}
    return TypedLine(number, known, revision or 0, cells)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1 or not 0 < value < 2**31:
        return None
    return int(value)


def _cell(found: Any, formula: Any) -> TypedCell:
    value = found.value
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, float) and not isfinite(value):
        value = str(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_percent = is_number and "%" in str(getattr(found, "number_format", "") or "")
    is_unknown = getattr(formula, "data_type", "") == "f" and value is None
    return TypedCell(value, is_percent, is_unknown)
