"""A report filled in as a spreadsheet: what is right is saved, what is wrong is told at its cell."""

import base64
import io
import re
import time
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy.orm import Session

from oer.core.errors import Conflict, Unprocessable
from oer.core.spreadsheets import UnreadableWorkbook, read_xlsx
from oer.indicators.entry_sheets import ABOUT, FIRST_ROW, LETTERS, LINES, write_sheet
from oer.indicators.models.rounds import Observation, ReportState, UnitReport
from oer.indicators.queries.entry import report_lines
from oer.indicators.services.entry import Entry, save_entry
from oer.indicators.services.entry_sheets import TakenIn, take_in_sheet
from tests.indicators.factories import lines, make_reporter, make_round, report_of, ward
from tests.indicators.visiting import Visitor, visit

CODES = ("387.1", "387.2", "1.1.1.a", "24.1.1")


@pytest.fixture
def report(city: Session) -> UnitReport:
    made = report_of(city, make_round(city, indicators=lines(city, *CODES)))
    city.commit()
    return made


def sheet_of(session: Session, report: UnitReport, language: str = "vi") -> bytes:
    return write_sheet(report, report_lines(session, report), {}, language)


def row_of(sheet: Any, code: str) -> int:
    return next(row for row in range(FIRST_ROW, sheet.max_row + 1) if sheet[f"A{row}"].value == code)


def filled(content: bytes, cells: dict[tuple[str, str], Any], also: Callable[[Any], None] | None = None) -> bytes:
    """The sheet with (code, column) filled in, as a spreadsheet program would save it."""
    book = load_workbook(io.BytesIO(content))
    sheet = book[LINES]
    for (code, name), value in cells.items():
        sheet[f"{LETTERS[name]}{row_of(sheet, code)}"].value = value
    if also:
        also(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def taken(session: Session, report: UnitReport, content: bytes) -> TakenIn:
    return take_in_sheet(session, report, content, "vi", None)


def stored(session: Session, report: UnitReport, code: str) -> Observation | None:
    session.expire_all()
    query = sa.select(Observation).where(Observation.report_id == report.id)
    return session.scalar(query.where(Observation.indicator.has(code=code)))


def faults(outcome: TakenIn) -> dict[tuple[str, str], str]:
    return {(each.line.indicator.code, each.column): each.message % each.values for each in outcome.faults}


def test_numbers_days_and_notes_are_read_as_vietnamese_write_them(city: Session, report: UnitReport) -> None:
    content = filled(
        sheet_of(city, report),
        {
            ("387.1", "numerator"): "1.234,5", ("387.1", "denominator"): "2.469", ("387.1", "source"): "BC số 5",
            ("387.1", "reference_date"): "30/06/2026", ("387.1", "note_vi"): "Theo báo cáo",
            ("1.1.1.a", "value"): 98.5, ("1.1.1.a", "reference_date"): date(2026, 6, 30),
            ("24.1.1", "not_available"): "x", ("24.1.1", "note_vi"): "Chưa điều tra",
        },
    )  # fmt: skip
    outcome = taken(city, report, content)
    assert not outcome.faults
    assert sorted(outcome.saved) == ["1.1.1.a", "24.1.1", "387.1"]
    assert outcome.left == 1
    first = stored(city, report, "387.1")
    assert first is not None
    assert (first.numerator, first.denominator, first.value) == (Decimal("1234.5"), 2469, 50)
    assert (first.reference_date, first.source, first.note) == (date(2026, 6, 30), "BC số 5", {"vi": "Theo báo cáo"})
    second, third = stored(city, report, "1.1.1.a"), stored(city, report, "24.1.1")
    assert second is not None
    assert third is not None
    assert (second.value, second.reference_date) == (Decimal("98.5"), date(2026, 6, 30))
    assert third.not_available


def test_what_is_right_is_saved_and_every_fault_is_told_at_its_cell(city: Session, report: UnitReport) -> None:
    content = filled(
        sheet_of(city, report),
        {
            ("387.1", "numerator"): "khoảng 70", ("387.1", "denominator"): 0, ("387.1", "reference_date"): "hôm qua",
            ("387.2", "value"): 70, ("387.2", "link"): "ftp://x", ("1.1.1.a", "value"): 55,
            ("24.1.1", "source"): "x" * 301, ("24.1.1", "value"): date(2026, 5, 1),
        },
    )  # fmt: skip
    outcome = taken(city, report, content)
    assert outcome.saved == ["1.1.1.a"]
    told = faults(outcome)
    assert set(told) == {
        ("387.1", "numerator"), ("387.1", "reference_date"), ("387.2", "link"), ("24.1.1", "source"),
        ("24.1.1", "value"),
    }  # fmt: skip
    assert "khoảng 70" in told["387.1", "numerator"]
    assert stored(city, report, "387.1") is None
    assert stored(city, report, "1.1.1.a") is not None


def test_the_sheet_comes_back_with_the_cells_marked_and_what_was_typed(city: Session, report: UnitReport) -> None:
    content = filled(sheet_of(city, report), {("387.1", "value"): "nhiều", ("387.1", "source"): "BC số 5"})
    outcome = taken(city, report, content)
    again = write_sheet(report, report_lines(city, report), {}, "vi", outcome.typed, outcome.faults)
    sheet = load_workbook(io.BytesIO(again))[LINES]
    row = row_of(sheet, "387.1")
    assert outcome.faults[0].cell == f"F{row}"
    assert sheet[f"F{row}"].value == "nhiều"
    assert "không phải là số" in sheet[f"F{row}"].comment.text
    assert "không phải là số" in sheet[f"{LETTERS['faults']}{row}"].value
    assert sheet[f"{LETTERS['source']}{row}"].value == "BC số 5"
    assert taken(city, report, filled(again, {("387.1", "value"): "70"})).saved == ["387.1"]


def test_sending_it_again_changes_nothing(city: Session, report: UnitReport) -> None:
    content = filled(sheet_of(city, report), {("387.1", "numerator"): 1, ("387.1", "denominator"): 3})
    assert taken(city, report, content).saved == ["387.1"]
    outcome = taken(city, report, content)
    assert (outcome.saved, outcome.same, outcome.faults) == ([], 1, [])
    found = stored(city, report, "387.1")
    assert found is not None
    assert found.revision == 1


def test_a_sheet_as_it_was_downloaded_changes_nothing(city: Session, report: UnitReport) -> None:
    entries = {
        "387.1": Entry(numerator=Decimal(1), denominator=Decimal(3), source="=1+1", note={"vi": "a\nb", "en": "c"}),
        "1.1.1.a": Entry(value=Decimal("123456789012345678"), reference_date=date(2026, 1, 2), note={"vi": "Đúng"}),
        "24.1.1": Entry(not_available=True, note={"vi": "Chưa có"}),
    }
    for code, entry in entries.items():
        save_entry(city, report, lines(city, code)[0], entry, revision=0, actor_id=None)
    city.commit()
    outcome = taken(city, report, sheet_of(city, report))
    assert (outcome.saved, outcome.same, outcome.left, outcome.faults) == ([], 3, 1, [])


def test_what_was_changed_meanwhile_is_not_overwritten_and_can_be_replaced_knowingly(
    city: Session, report: UnitReport
) -> None:
    content = sheet_of(city, report)
    save_entry(city, report, lines(city, "387.1")[0], Entry(value=Decimal(41)), revision=0, actor_id=None)
    outcome = taken(city, report, filled(content, {("387.1", "value"): 70, ("387.2", "value"): 50}))
    assert outcome.saved == ["387.2"]
    assert "41" in faults(outcome)["387.1", "value"]
    found = stored(city, report, "387.1")
    assert found is not None
    assert found.value == 41
    again = write_sheet(report, report_lines(city, report), {}, "vi", outcome.typed, outcome.faults)
    assert taken(city, report, again).saved == ["387.1"]
    found = stored(city, report, "387.1")
    assert found is not None
    assert found.value == 70


def test_formulas_are_read_as_what_they_gave_and_without_a_result_they_are_told(
    city: Session, report: UnitReport
) -> None:
    content = filled(sheet_of(city, report), {("387.1", "value"): "=7*10", ("387.2", "value"): 20})
    outcome = taken(city, report, content)  # openpyxl stores no results: as if no program had computed them
    assert outcome.saved == ["387.2"]
    assert set(faults(outcome)) == {("387.1", "value")}
    with_result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(with_result, "w") as new:
        for part in old.infolist():
            text = old.read(part).replace(b"<f>7*10</f><v></v>", b"<f>7*10</f><v>70</v>")
            new.writestr(part.filename, text.replace(b"<f>7*10</f><v />", b"<f>7*10</f><v>70</v>"))
    assert taken(city, report, with_result.getvalue()).saved == ["387.1"]
    found = stored(city, report, "387.1")
    assert found is not None
    assert found.value == 70


def test_a_percentage_is_taken_as_it_is_shown(city: Session, report: UnitReport) -> None:
    def as_percentage(sheet: Any) -> None:
        sheet[f"F{row_of(sheet, '387.1')}"].number_format = "0%"

    assert taken(city, report, filled(sheet_of(city, report), {("387.1", "value"): 0.75}, as_percentage)).saved
    found = stored(city, report, "387.1")
    assert found is not None
    assert found.value == 75


def test_rows_are_known_by_what_they_are_of_and_not_by_where_they_stand(city: Session, report: UnitReport) -> None:
    def first_row_gone(sheet: Any) -> None:
        sheet.delete_rows(row_of(sheet, "387.1"))

    content = filled(sheet_of(city, report), {("387.2", "value"): 22, ("1.1.1.a", "value"): 11}, first_row_gone)
    outcome = taken(city, report, content)
    found = {code: kept.value for code in CODES if (kept := stored(city, report, code))}
    assert (outcome.faults, outcome.left) == ([], 2)
    assert found == {"387.2": 22, "1.1.1.a": 11}


def test_a_sheet_of_another_round_ward_or_version_is_refused_with_a_sentence(city: Session, report: UnitReport) -> None:
    other = report_of(city, report.round, "25807")
    with pytest.raises(Unprocessable, match="sheet of another report: Xã Thanh An"):
        taken(city, report, sheet_of(city, other))
    later = report_of(city, make_round(city, indicators=lines(city, "387.1"), title="Đợt sau"))
    with pytest.raises(Unprocessable, match="Đợt sau"):
        taken(city, report, sheet_of(city, later))
    book = load_workbook(io.BytesIO(sheet_of(city, report)))
    book[ABOUT]["B1"].value = "0"
    buffer = io.BytesIO()
    book.save(buffer)
    with pytest.raises(Unprocessable, match="another version"):
        taken(city, report, buffer.getvalue())


def test_rows_of_lines_that_are_not_asked_are_left_out(city: Session, report: UnitReport) -> None:
    stranger = lines(city, "677.1")[0]

    def another_line(sheet: Any) -> None:
        sheet[f"{LETTERS['id']}{FIRST_ROW}"].value = stranger.id
        sheet[f"F{FIRST_ROW}"].value = 99

    outcome = taken(city, report, filled(sheet_of(city, report), {}, another_line))
    assert outcome.unknown_rows == [FIRST_ROW]
    assert not outcome.saved
    assert stored(city, report, "677.1") is None


def test_a_submitted_report_takes_in_no_sheet(city: Session, report: UnitReport) -> None:
    content = filled(sheet_of(city, report), {("387.1", "value"): 1})
    report.state = ReportState.SUBMITTED
    city.commit()
    with pytest.raises(Conflict):
        taken(city, report, content)


def empty_book() -> bytes:
    buffer = io.BytesIO()
    Workbook().save(buffer)
    return buffer.getvalue()


def zipped(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(empty_book())) as book:
        parts = {part: book.read(part) for part in book.namelist()}
    return zipped({**parts, name: content})


LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"value;1",
        b"PK\x03\x04",
        empty_book(),
        zipped({"a.xml": b"<a/>"}),
        with_part("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"),
        with_part("xl/worksheets/sheet1.xml", b"0" * 40_000_000),
        with_part("xl/styles.xml", b"0" * 5_000_000),
        with_part("xl/worksheets/sheet1.xml", LAUGHS + b"]><worksheet>&j;</worksheet>"),
        with_part("xl/workbook.xml", b"<x/>"),
    ],
    ids=["nothing", "text", "stump", "empty", "no book", "cut off", "bomb", "styles", "laughs", "other root"],
)
def test_what_is_no_sheet_is_refused_at_once(city: Session, report: UnitReport, content: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(Unprocessable):
        taken(city, report, content)
    assert time.monotonic() - began < 5


def test_a_row_or_column_far_out_takes_no_memory() -> None:
    far = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    far += b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    (rows,) = read_xlsx(with_part("xl/worksheets/sheet1.xml", far), most_rows=50, most_columns=5).values()
    assert len(rows) <= 50
    with pytest.raises(UnreadableWorkbook):
        read_xlsx(b"x", most_rows=1)


# By the pages.


@pytest.fixture
def reporter(app: Flask, city: Session, report: UnitReport) -> Visitor:
    return visit(app, city, make_reporter(city, ward(city)))


def test_a_reporter_downloads_fills_and_returns_the_sheet(reporter: Visitor, city: Session, report: UnitReport) -> None:
    page = f"/my/reports/{report.round_id}/26506"
    assert f'href="{page}/sheet"' in reporter.get(page).text
    sent = reporter.get(f"{page}/sheet.xlsx")
    assert sent.mimetype.endswith("spreadsheetml.sheet")
    content = filled(sent.data, {("387.1", "value"): "71,5", ("387.2", "value"): "bảy mươi"})
    answer = reporter.send(f"{page}/sheet", f"{page}/sheet", {"file": (io.BytesIO(content), "bang.xlsx")})
    assert answer.status_code == 422
    assert "Đã lưu 1 chỉ số" in answer.text
    assert "1 ô cần sửa" in answer.text
    assert "“bảy mươi” không phải là số" in answer.text
    marked = base64.b64decode(re.findall(r"base64,([A-Za-z0-9+/=]+)", answer.text)[0])
    mended = filled(marked, {("387.2", "value"): 70})
    answer = reporter.send(f"{page}/sheet", f"{page}/sheet", {"file": (io.BytesIO(mended), "bang.xlsx")})
    assert (answer.status_code, answer.location) == (303, page)
    found = stored(city, report, "387.2")
    assert found is not None
    assert found.value == 70


def test_a_file_that_is_no_sheet_is_told_at_the_field(reporter: Visitor, report: UnitReport) -> None:
    page = f"/my/reports/{report.round_id}/26506/sheet"
    answer = reporter.send(page, page, {"file": (io.BytesIO(b"hello"), "bang.xlsx")})
    assert answer.status_code == 422
    assert "không phải bảng nhập" in answer.text
    assert reporter.send(page, page, {}).status_code == 422
