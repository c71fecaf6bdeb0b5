"""Numbers of a spreadsheet look as its formats say, in the signs of its language."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.backends.extraction import media_types as types
from oer.backends.extraction.formats.xlsx import built_in_format, format_number
from tests.backends.extraction import document_factories as made

EPOCH = datetime(1899, 12, 30)


def shown(number: float, code: str, language: str = "vi") -> str:
    return format_number(number, code, language, EPOCH)


@pytest.mark.parametrize(
    ("number", "code", "vietnamese", "english"),
    [
        (14_000_000, "#,##0", "14.000.000", "14,000,000"),
        (-150_000, "#,##0", "-150.000", "-150,000"),
        (-150_000, "#,##0;(#,##0)", "(150.000)", "(150,000)"),
        (0, '#,##0;-#,##0;"–"', "–", "–"),
        (1234.5, "#,##0.00", "1.234,50", "1,234.50"),
        (1234.5, "0.0#", "1234,5", "1234.5"),
        (2.675, "0.00", "2,68", "2.68"),
        (0.5, "#.##", ",5", ".5"),
        (7, "000", "007", "007"),
        (1_250_000, '#,##0, "nghìn"', "1.250 nghìn", "1,250 nghìn"),
        (50_000, "#,##0 [$₫-42A]", "50.000 ₫", "50,000 ₫"),
        (50_000, '_-* #,##0\\ "đ"_-', "50.000 đ", "50,000 đ"),
        (50_000, "[Red]#,##0", "50.000", "50,000"),
        (0.94, "0%", "94%", "94%"),
        (0.1234, "0.0%", "12,3%", "12.3%"),
        (0.1, "", "0,1", "0.1"),
        (0.1, "General", "0,1", "0.1"),
        (0.1, "@", "0,1", "0.1"),
        (0.25, "# ?/?", "0,25", "0.25"),
        (12345, "0.00E+00", "12345", "12345"),
        (1e300, "#,##0", "1e+300", "1e+300"),
        (46082, "mm/yyyy", "03/2026", "03/2026"),
        (46082, "dd/mm/yyyy", "01/03/2026", "01/03/2026"),
        (46082, "dddd, d mmmm yyyy", "Chủ nhật, 1 tháng 3 2026", "Sunday, 1 March 2026"),
        (46082, "d-mmm-yy", "1-tháng 3-26", "1-Mar-26"),
        (46082.75, "h:mm AM/PM", "6:00 CH", "6:00 PM"),
        (46082.5, "hh:mm", "12:00", "12:00"),
        (1.5, "[h]:mm:ss", "36:00:00", "36:00:00"),
        (0.0625, "mm:ss", "30:00", "30:00"),
        (-5, "dd/mm/yyyy", "-5", "-5"),
        (99_999_999_999, "dd/mm/yyyy", "99999999999", "99999999999"),
    ],
)
def test_a_number_is_shown_as_its_format_says(number: float, code: str, vietnamese: str, english: str) -> None:
    assert (shown(number, code), shown(number, code, "en")) == (vietnamese, english)


def test_dates_without_a_format_of_their_own_are_written_as_the_language_does() -> None:
    assert [shown(45000, built_in_format(14, language), language) for language in ("vi", "en")] == [
        "15/03/2023",
        "2023-03-15",
    ]
    assert shown(45000.5, built_in_format(22, "vi")) == "15/03/2023 12:00"


@pytest.mark.parametrize("epoch", [EPOCH, datetime(1904, 1, 1)])
def test_a_number_after_the_last_day_is_shown_as_a_number(epoch: datetime) -> None:
    last = (datetime.max - epoch).days
    assert format_number(last, "dd/mm/yyyy", "vi", epoch) == "31/12/9999"
    for later in (last + 0.999_999_999, last + 1):
        assert "/" not in format_number(later, "dd/mm/yyyy", "vi", epoch)


@given(st.floats(allow_nan=False, allow_infinity=False), st.text('0#?,.%;ymdhs[]/\\"_*E+@ -', max_size=20))
def test_whatever_a_format_is_it_shows_something_and_raises_nothing(number: float, code: str) -> None:
    assert isinstance(shown(number, code), str)


def test_a_workbook_is_written_in_the_signs_of_its_own_language(read_here) -> None:
    styles = '<cellXfs><xf/><xf numFmtId="3"/></cellXfs>'
    rows = '<row><c t="s"><v>0</v></c><c s="1"><v>14000000</v></c></row>'
    for words, number in (
        ("Sổ ghi tiền vào và tiền ra của gia đình trong tháng này", "14.000.000"),
        ("The book of what comes in and what goes out of the house in this month", "14,000,000"),
    ):
        found = read_here(made.xlsx(rows, styles=styles, strings=[f"<t>{words}</t>"]), types.XLSX)
        assert number in found.texts[0]
