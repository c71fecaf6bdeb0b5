import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.core.spreadsheets import (
    BYTE_ORDER_MARK,
    Sheet,
    escape_formula,
    write_csv,
    write_tsv,
    write_xlsx,
)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(first):
    assert escape_formula(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("text", ["", "Học liệu", "a=1", "'quoted", "1-2"])
def test_every_other_text_stays_as_it_is(text):
    assert escape_formula(text) == text


@given(st.sets(st.text(alphabet="'=+-@ab\t＝", max_size=6)))
def test_different_texts_stay_different(texts):
    assert len({escape_formula(text) for text in texts}) == len(texts)


@given(st.text(alphabet="'=+-@ab\t＝", max_size=6))
def test_whatever_a_text_is_it_stands_there_whole_and_runs_nothing(text):
    assert escape_formula(text) in {text, f"'{text}"}
    assert not escape_formula(text).startswith(tuple("=+-@\t＝"))


ROWS = [["Tên", 1, -2.5, Decimal("1.50"), date(2026, 3, 1), None, True], ["=1+1", 0, 0.0, Decimal(0), None, "", False]]


def test_a_csv_holds_numbers_as_numbers_and_texts_that_run_nothing():
    content = write_csv(ROWS).decode()
    assert content.startswith(BYTE_ORDER_MARK)
    assert list(csv.reader(io.StringIO(content.removeprefix(BYTE_ORDER_MARK)))) == [
        ["Tên", "1", "-2.5", "1.50", "2026-03-01", "", "true"],
        ["'=1+1", "0", "0.0", "0", "", "", "false"],
    ]
    assert not write_csv(ROWS, byte_order_mark=False).startswith(BYTE_ORDER_MARK.encode())


def test_a_tsv_has_one_line_for_each_row_whatever_stands_in_its_texts():
    content = write_tsv([['say "a"\tb\r\nc', -3], [" =1"]]).decode()
    assert content == BYTE_ORDER_MARK + 'say "a" b c\t-3\r\n\'=1\r\n'


def opened(*sheets, **properties):
    return openpyxl.load_workbook(io.BytesIO(write_xlsx(sheets, **properties)))


def test_a_workbook_holds_numbers_as_numbers_and_texts_that_run_nothing():
    book = opened(Sheet("Số", ROWS, header=["a", "b"], title="Tiêu đề", filtered=True), title="Báo cáo", author="Sở")
    rows = list(book["Số"].values)
    assert rows[0][0] == "Tiêu đề"
    assert rows[1][:2] == ("a", "b")
    assert rows[2] == ("Tên", 1, -2.5, 1.5, "2026-03-01", None, "true")
    assert rows[3][:2] == ("'=1+1", 0)
    assert book["Số"].freeze_panes == "B3"
    assert book["Số"].auto_filter.ref == "A2:B4"
    assert (book.properties.title, book.properties.creator) == ("Báo cáo", "Sở")


def test_a_whole_number_is_shown_without_a_decimal_point():
    sheet = opened(Sheet("a", [[Decimal("5"), 5.5]])).worksheets[0]
    assert (sheet["A1"].number_format, sheet["B1"].number_format) == ("#,##0", "#,##0.0#")


def test_a_workbook_that_we_read_back_keeps_its_texts_as_they_are():
    assert opened(Sheet("a", [["=1"]], escape=False)).worksheets[0]["A1"].value == "=1"


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_every_sheet_gets_a_name_that_a_workbook_can_have(names):
    valid = ["".join(letter for letter in name if letter.isprintable()) for name in names]
    assert len(opened(*(Sheet(name, [[1]]) for name in valid)).sheetnames) == len(names)
