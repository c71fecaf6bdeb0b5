"""A filled sheet taken in: what is right is saved, everything else is told at its cell and changes nothing."""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.clock import read_day
from oer.core.errors import Conflict, Invalid, OerError
from oer.core.i18n import N_
from oer.core.text import clean_line, clean_text
from oer.indicators.entry_sheets import (
    FIRST_ROW,
    NUMBERS,
    CellFault,
    TypedCell,
    TypedLine,
    read_sheet,
    saved_cells,
)
from oer.indicators.models.rounds import Observation, UnitReport
from oer.indicators.models.sets import Answer, Indicator
from oer.indicators.quantities import EXAMPLES, NOT_A_NUMBER, read_quantity, show_quantity
from oer.indicators.queries.entry import ReportLine, report_lines
from oer.indicators.services.entry import ChangedMeanwhile, Entry, require_editable, save_entry
from oer.vietnamese.marks import fold

CHANGED_MEANWHILE = N_(
    "This line was changed after the sheet was made; saved now: %(saved)s. To replace it, send the one that comes back."
)
NO_RESULT = N_(
    "The formula here has no stored result. Open the file in a spreadsheet program, save it, and send it again."
)
MADE_A_DAY = N_("The spreadsheet has made a date of what was typed. Format the cell as a number and type it again.")
NUMBER_AS_DAY = N_("“%(typed)s” is a number, not a date. Write it like 31/12/2026.")
YES_OR_NO = N_("Write yes or no.")
MARK_OR_NOTHING = N_("Write x if there is no value, else leave this empty.")
TOO_LONG = N_("At most %(most)s letters fit here; these are %(count)s.")
LONGEST = {"source": 300, "link": 500, "value": 300}
_YES = frozenset({"co", "yes", "y", "x", "1", "true", "dung"})
_NO = frozenset({"khong", "no", "n", "0", "false", "sai"})


@dataclass
class TakenIn:
    """What became of a sheet: codes of the lines that were saved, and what is wrong at which cell."""

    saved: list[str] = field(default_factory=list)
    same: int = 0
    left: int = 0
    faults: list[CellFault] = field(default_factory=list)
    unknown_rows: list[int] = field(default_factory=list)
    typed: dict[int, TypedLine] = field(default_factory=dict)
    lines: list[ReportLine] = field(default_factory=list)
    language: str = "vi"


class _WrongCells(Exception):
    """What is wrong in the cells of a row."""

    def __init__(self, faults: list[tuple[str, OerError]]) -> None:
        super().__init__()
        self.faults = faults


def take_in_sheet(session: Session, report: UnitReport, content: bytes, language: str, actor_id: int | None) -> TakenIn:
    """Save every line of a sheet that is right, and say what is wrong with the others, all of it at once.

    Sending a sheet again changes nothing. A row in which nothing is typed, or that is not in the sheet, leaves its line
    as it is. Raises Unprocessable for what is not the sheet of this report, Conflict if the report cannot be changed.
    """
    sheet = read_sheet(content, report, language)
    require_editable(session, report)
    found = TakenIn(language=sheet.language, lines=report_lines(session, report))
    lines = {line.indicator.id: line for line in found.lines}
    found.unknown_rows = [typed.row for number, typed in sheet.lines.items() if number not in lines]
    for number, line in lines.items():
        typed = sheet.lines.get(number)
        if typed is None or typed.is_empty:
            found.left += 1
            continue
        _take_line(session, report, line, typed, found, actor_id)
    _renumber(found)
    session.flush()
    if found.saved:
        where = {"round": report.round_id, "unit": report.unit.code}
        counts = {"saved": len(found.saved), "faults": len(found.faults)}
        record(session, actor_id, "report.sheet", "unit_report", report.id, **where, **counts)
    return found


def _take_line(
    session: Session, report: UnitReport, line: ReportLine, typed: TypedLine, found: TakenIn, actor_id: int | None
) -> None:
    before = line.observation.revision if line.observation else 0
    try:
        entry = _entry(typed, line.indicator, found.language)
        kept = save_entry(session, report, line.indicator, entry, revision=typed.revision, actor_id=actor_id)
    except _WrongCells as wrong:
        found.faults += [CellFault(line, name, typed.row, error.message, error.values) for name, error in wrong.faults]
        found.typed[line.indicator.id] = typed
    except ChangedMeanwhile as changed:
        saved = {"saved": _in_words(changed.observation, line.indicator, found.language)}
        found.faults.append(CellFault(line, "value", typed.row, CHANGED_MEANWHILE, saved))
        found.typed[line.indicator.id] = typed
    except (Invalid, Conflict) as error:
        found.faults.append(CellFault(line, _column(error.field), typed.row, error.message, error.values))
        found.typed[line.indicator.id] = typed
    else:
        if kept.revision == before:
            found.same += 1
        else:
            found.saved.append(line.indicator.code)


def _renumber(found: TakenIn) -> None:
    """Say the cells as they stand in the sheet that goes back, which has every line in its order."""
    rows = {line.indicator.id: row for row, line in enumerate(found.lines, FIRST_ROW)}
    found.faults = [
        CellFault(each.line, each.column, rows[each.line.indicator.id], each.message, each.values)
        for each in found.faults
    ]


def _column(name: str | None) -> str:
    if name in {"numerator", "denominator", "not_available", "reference_date", "source", "link"}:
        return str(name)
    return {"note": "note_vi", "note_vi": "note_vi", "note_en": "note_en"}.get(name or "", "value")


def _in_words(saved: Observation, indicator: Indicator, language: str) -> str:
    cells = saved_cells(ReportLine(indicator, saved, None, []), language)
    shown = [
        show_quantity(cell, language) if isinstance(cell, Decimal) else str(cell)
        for cell in cells.values()
        if cell is not None
    ]
    return "; ".join(shown)[:300] or "–"


def _entry(typed: TypedLine, indicator: Indicator, language: str) -> Entry:
    """Return a row as an entry. Raises _WrongCells with everything that is wrong in it."""
    wrong: list[tuple[str, OerError]] = []

    def read(name: str, reader: Any, *more: Any) -> Any:
        cell = typed.cells[name]
        try:
            if cell.is_unknown:
                raise Invalid(NO_RESULT)
            return reader(cell, *more)
        except Invalid as error:
            wrong.append((name, error))
            return None

    values: dict[str, Any] = {"text": ""}
    numeric = indicator.answer in {Answer.NUMBER, Answer.PERCENT}
    if numeric:
        scale = 100 if indicator.unit.startswith("%") else 1
        values |= {name: read(name, _number, language, scale if name == "value" else 1) for name in NUMBERS}
    else:
        values["text"] = read("value", _yes_or_no if indicator.answer is Answer.YES_NO else _text, "value") or ""
    values["not_available"] = bool(read("not_available", _is_marked))
    values["reference_date"] = read("reference_date", _day)
    values |= {name: read(name, _text, name) or "" for name in ("source", "link")}
    notes = {code: read(f"note_{code}", _note) for code in ("vi", "en")}
    values["note"] = {code: note for code, note in notes.items() if note}
    if wrong:
        raise _WrongCells(wrong)
    return Entry(**values)


def _number(cell: TypedCell, language: str, scale: int) -> Decimal | None:
    """Return a number: one of the spreadsheet's own, or a text as the sheet's language writes numbers."""
    value = cell.value
    if isinstance(value, date):
        raise Invalid(MADE_A_DAY)
    if isinstance(value, int | float) and not isinstance(value, bool):
        exact = Decimal(str(value)) * (scale if cell.is_percent else 1)
        if abs(exact) >= Decimal(10) ** 18:
            raise Invalid(NOT_A_NUMBER, typed=str(value)[:40], example=EXAMPLES[language])
        return exact.quantize(Decimal("0.000001"), ROUND_HALF_UP).normalize()
    return read_quantity(_plain(value), language)


def _plain(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def _text(cell: TypedCell, name: str) -> str:
    text = f"{cell.value:%d/%m/%Y}" if isinstance(cell.value, date) else clean_line(_plain(cell.value))
    if len(text) > LONGEST[name]:
        raise Invalid(TOO_LONG, most=LONGEST[name], count=len(text))
    return text


def _note(cell: TypedCell) -> str:
    return clean_text(_plain(cell.value))


def _yes_or_no(cell: TypedCell, _name: str) -> str:
    word = fold(clean_line(_plain(cell.value)).casefold())
    if word and word not in _YES | _NO:
        raise Invalid(YES_OR_NO)
    return "" if not word else "yes" if word in _YES else "no"


def _is_marked(cell: TypedCell) -> bool:
    word = fold(clean_line(_plain(cell.value)).casefold())
    if word and word not in _YES | _NO:
        raise Invalid(MARK_OR_NOTHING)
    return word in _YES


def _day(cell: TypedCell) -> date | None:
    value = cell.value
    if value is None or isinstance(value, date):
        return value
    if isinstance(value, int | float):
        raise Invalid(NUMBER_AS_DAY, typed=_plain(value)[:40])
    text = clean_line(str(value))
    return read_day(text) if text else None
