"""Sets of one's own and values of earlier years, from sheets that people fill in; every fault at its cell."""

import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.core.errors import Unprocessable
from oer.indicators.computation.models import SeriesPoint
from oer.indicators.models.rounds import ReportState
from oer.indicators.periods import read_period
from oer.indicators.queries.overview import overview, trend_of
from oer.indicators.queries.sets import find_indicator, find_set
from oer.indicators.services.entry import Entry, save_entry
from oer.indicators.services.rounds import freeze_round, publish_round
from oer.indicators.services.sets import load_sets, take_in_series
from oer.indicators.set_files import filled_sheets
from oer.indicators.set_files.filled_sheets import (
    is_own_set,
    read_own_set,
    read_years,
    write_own_set,
    write_years,
)
from tests.accounts.factories import make_account
from tests.indicators.factories import lines, make_round, report_of, ward
from tests.indicators.visiting import visit


def filled(content: bytes, cells: Mapping[str, Any]) -> bytes:
    book = load_workbook(io.BytesIO(content))
    for cell, value in cells.items():
        book.worksheets[0][cell].value = value
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


OWN = {
    "B2": "PHUONG-HT", "B3": "Phường học tập", "B6": date(2026, 1, 1),
    "A11": "PH.1", "B11": "Người lớn đọc sách", "D11": "tỷ lệ", "I11": 2030, "J11": "75,5",
    "A12": "PH.2", "B12": "Có phòng đọc", "D12": "có/không", "F12": "N1", "G12": "Nơi học",
}  # fmt: skip


def test_a_set_of_ones_own_is_filled_in_read_and_loaded(city: Session) -> None:
    content = filled(write_own_set("vi"), OWN)
    assert is_own_set(content)
    made, faults = read_own_set(content, "vi")
    assert (faults, made is not None) == ([], True)
    assert made is not None
    assert load_sets(city, [made]) == {"PHUONG-HT": "created"}
    assert load_sets(city, [made]) == {"PHUONG-HT": "unchanged"}
    first, second = find_set(city, "PHUONG-HT").indicators
    assert (first.answer, first.unit, first.group_code, first.of_set.level) == ("percent", "%", "PHUONG-HT", "commune")
    assert (first.targets[0].year, first.targets[0].value) == (2030, Decimal("75.5"))
    assert (second.answer, second.group_code, second.group) == ("yes_no", "N1", {"vi": "Nơi học"})
    assert first.least_verified == "UNVERIFIED"
    assert first.is_enterable(date(2026, 1, 1), date(2026, 12, 31))


def test_every_fault_of_an_own_set_is_told_at_its_cell() -> None:
    wrong = {
        "B2": "có dấu cách",
        "B5": "huyện",
        "B6": "hôm qua",
        "A12": "PH.1",
        "D11": "màu",
        "I11": "năm sau",
        "B12": "",
    }
    made, faults = read_own_set(filled(write_own_set("vi"), OWN | wrong), "vi")
    assert made is None
    told = {each.values["cell"] for each in faults}
    assert told == {"B2", "B5", "B6", "A12", "B12", "D11", "I11"}
    without, told_of_codes = read_own_set(filled(write_own_set("vi"), OWN | {"A9": None}), "vi")
    assert without is None
    assert {each.message for each in told_of_codes} == {filled_sheets.EMPTY_CELL}
    empty, told_of_empty = read_own_set(write_own_set("en"), "en")
    assert empty is None
    assert told_of_empty


def test_values_of_earlier_years_are_read_from_xlsx_and_csv(city: Session) -> None:
    of = find_set(city, "QD387")
    codes = [each.code for each in of.indicators]
    sheet = load_workbook(io.BytesIO(write_years(of.indicators, "vi"))).worksheets[0]
    assert sheet["A2"].value == codes[0]
    column = next(cell.column_letter for cell in sheet[1] if cell.value == date.today().year - 2)
    content = filled(write_years(of.indicators, "vi"), {f"{column}2": 61.5, f"{column}3": "70,25"})
    values, faults = read_years(content, codes, "vi")
    assert not faults
    assert [(each.code, each.value) for each in values] == [(codes[0], Decimal("61.5")), (codes[1], Decimal("70.25"))]
    csv = f"code;2020;2021\n{codes[0]};1.234,5;\n{codes[1]};;nhiều\nXX;1;\n{codes[0]};3;\n".encode()
    _, faults = read_years(csv, codes, "vi")
    assert [(each.values["cell"], each.values["typed"]) for each in faults] == [
        ("C3", "nhiều"), ("A4", "XX"), ("A5", codes[0]),
    ]  # fmt: skip
    for nothing in (b"a,b\n1,2\n", b"\xff\xfe", b"PK\x03\x04", b""):
        with pytest.raises(Unprocessable):
            read_years(nothing, codes, "vi")


def test_taking_the_same_years_in_again_changes_nothing_and_others_replace(city: Session) -> None:
    of = find_set(city, "QD387")
    codes = [each.code for each in of.indicators]
    values, _ = read_years(f"code,2020,2021\n{codes[0]},10,20\n".encode(), codes, "en")
    about = {"name": {"vi": "Niên giám thống kê"}, "source": "Cục Thống kê, 2022"}
    assert take_in_series(city, None, of, values=values, **about) == (2, 0)
    assert take_in_series(city, None, of, values=values, **about) == (0, 0)
    values, _ = read_years(f"code,2020,2021\n{codes[0]},11,20\n".encode(), codes, "en")
    assert take_in_series(city, None, of, values=values, **about) == (0, 1)
    trend = trend_of(city, find_indicator(city, "QD387", codes[0]), public=True)
    ours = [(each.as_of.year, each.value) for each in trend.elsewhere if each.source == "Cục Thống kê, 2022"]
    assert ours == [(2020, 11), (2021, 20)]
    assert trend.chart is not None


def test_an_administrator_sends_both_and_finds_faults_at_the_file(app: Flask, city: Session) -> None:
    admin = visit(app, city, make_account(city, Role.ADMIN))
    page = "/admin/indicators/sets"
    own = admin.get(f"{page}/own.xlsx").data
    answer = admin.send(page, page, {"file": (io.BytesIO(filled(own, OWN | {"D11": "màu"})), "bo.xlsx")})
    assert answer.status_code == 422
    assert "Ô D11: hãy ghi số, tỷ lệ" in answer.text
    assert admin.send(page, page, {"file": (io.BytesIO(filled(own, OWN)), "bo.xlsx")}).status_code == 303
    years = f"{page}/PHUONG-HT/years"
    assert admin.get(f"{years}.xlsx").status_code == 200
    typed = {"name_vi": "Niên giám", "source": "Cục Thống kê"}
    wrong = {"file": (io.BytesIO("code,2020\nPH.1,nhiều\n".encode()), "n.csv"), **typed}
    answer = admin.send(years, years, wrong)
    assert answer.status_code == 422
    assert "Ô B2: “nhiều” không phải là số" in answer.text
    right = {"file": (io.BytesIO(b"code,2020\nPH.1,40\n"), "n.csv"), **typed}
    assert admin.send(years, years, right).status_code == 303
    assert (
        city.scalar(sa.select(sa.func.count()).select_from(SeriesPoint).where(SeriesPoint.series == "nien-giam")) == 1
    )
    shown = visit(app, city, None).get("/indicators/sets/PHUONG-HT/PH.1").text
    assert "2020 <b>40%</b>" in shown


def test_three_rounds_are_one_trend_and_the_last_two_are_compared(city: Session) -> None:
    line = lines(city, "387.1")[0]
    for year, value in ((2023, 40), (2024, 55), (2025, 50)):
        made = make_round(city, indicators=[line], period=read_period(str(year)), units=[ward(city)])
        report = report_of(city, made)
        parts = {"numerator": Decimal(value), "denominator": Decimal(100)}
        save_entry(city, report, line, Entry(value=Decimal(value), **parts), revision=0, actor_id=None)
        report.state = ReportState.APPROVED
        freeze_round(city, None, made)
        publish_round(city, None, made)
    trend = trend_of(city, line, public=True)
    assert [(each.round.period.name, each.value.value) for each in trend.values] == [
        ("2023", 40), ("2024", 55), ("2025", 50),
    ]  # fmt: skip
    assert trend.chart is not None
    assert len(trend.chart.series[0].dots) == 3
    moved = overview(city).moves
    assert [(each.before.value, each.now.value, each.change) for each in moved] == [(55, 50, -5)]
