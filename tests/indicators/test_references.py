import io
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from oer.core.errors import Conflict, Invalid, NotFound, Unprocessable
from oer.indicators.computation import queries
from oer.indicators.computation.reference_tables import TableRow, import_table, read_table
from oer.indicators.places import place_code, places_by_province
from oer.vocabularies import vocabularies

SOURCE = "Thống kê Thành phố, Niên giám 2025"


def workbook(rows: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def take_in(session: Session, rows: list[TableRow], **more) -> int:
    values = {"code": "population", "source": SOURCE, "as_of": date(2026, 1, 1), **more}
    return import_table(session, 7, rows=rows, **values).id


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("25807", "25807"),
        ("Xã Thanh An", "25807"),
        ("xã thạnh an", "27676"),
        ("Thạnh An", "27676"),
        ("Phường Thủ Dầu Một", "25747"),
        ("thu dau mot", "25747"),
        ("  Phường   Thủ Dầu Một ", "25747"),
        ("Hoà Hưng", None),
        ("Hòa Hưng", None),
    ],
)
def test_a_place_is_found_by_code_or_name(typed: str, code: str | None) -> None:
    assert place_code(typed) == (code or place_code("Phường Hòa Hưng"))


def test_two_places_that_collide_without_marks_are_both_named() -> None:
    with pytest.raises(Invalid) as refused:
        place_code("thanh an")
    assert refused.value.code == "two_places"
    assert {refused.value.values["first_code"], refused.value.values["second_code"]} == {"25807", "27676"}


@given(st.sampled_from([place.code for place in vocabularies().places]))
def test_every_place_is_found_by_its_full_name(code: str) -> None:
    assert place_code(vocabularies().places.labels(code)["vi"]) == code


def test_a_place_that_is_none_is_told() -> None:
    with pytest.raises(Invalid) as refused:
        place_code("Phường Atlantis")
    assert refused.value.code == "unknown_place"


def test_places_stand_by_former_province_in_alphabetical_order() -> None:
    groups = places_by_province()
    assert {name: len(places) for name, places in groups.items()} == {
        "hcm": 102,
        "binh_duong": 36,
        "ba_ria_vung_tau": 30,
    }
    names = [place.facts["short_name_vi"] for place in groups["binh_duong"]]
    assert names[:3] == ["An Điền", "An Long", "An Phú"] or names[0].startswith("An")
    assert names.index("Dầu Tiếng") < names.index("Dĩ An") < names.index("Đông Hòa")


@pytest.mark.parametrize(
    "content",
    [
        b'place,band,value\n25807,15+,"1.505,5"\n,total,9000000\n',
        "\ufeffplace;band;value\n25807;15+;1.505,5\n\n;;9000000\n".encode(),
        b"value\tband\tplace\textra\n1505,5\t15+\t25807\tx\n9000000\t\tcity\n",
    ],
)
def test_tables_are_read_however_they_are_separated(content: bytes) -> None:
    rows = read_table(content, "vi")
    assert [(row.band, row.value) for row in rows] == [("15+", Decimal("1505.5")), ("total", Decimal(9000000))]


def test_a_workbook_is_read_with_its_numbers() -> None:
    rows = read_table(workbook([["place", "band", "value"], [25807, "15+", 1505.5], ["", "total", 9_000_000]]), "vi")
    assert rows == [TableRow(2, "25807", "15+", Decimal("1505.5")), TableRow(3, "", "total", Decimal(9_000_000))]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"place,band\n1,2\n", "value"),
        (b"place,band,value\n25807,15+,many\n", "Row 2"),
        (b"place,band,value\n", "no rows"),
        (b"", "no rows"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"PK\x03\x04 broken", "not a CSV or XLSX"),
        (b'place,band,value\n"25807,15+,1\n', "not a CSV or XLSX"),
    ],
)
def test_a_file_that_is_no_table_says_why(content: bytes, told: str) -> None:
    with pytest.raises(Unprocessable, match=told):
        read_table(content, "vi")


def test_the_latest_table_that_speaks_of_a_day_speaks_for_it(session: Session) -> None:
    take_in(session, [TableRow(2, "25807", "15+", Decimal(100))], as_of=date(2025, 1, 1))
    take_in(session, [TableRow(2, "Xã Thanh An", "15+", Decimal(110))])
    found = queries.table_for(session, "population", date(2026, 3, 31))
    assert found is not None
    assert queries.values_of(session, found) == {("25807", "15+"): Decimal(110)}
    assert queries.source_of(found) == f"{SOURCE}, 2026-01-01 (v1)"
    earlier = queries.table_for(session, "population", date(2025, 12, 31))
    assert earlier is not None
    assert earlier.as_of == date(2025, 1, 1)
    assert queries.table_for(session, "population", date(2024, 12, 31)) is None


def test_a_corrected_table_is_a_new_version(session: Session) -> None:
    first = take_in(session, [TableRow(2, "", "total", Decimal(5))])
    second = take_in(session, [TableRow(2, "city", "total", Decimal(6))])
    found = queries.table_for(session, "population", date(2026, 1, 1))
    assert found is not None
    assert (found.id, found.version) == (second, 2)
    assert queries.find_table(session, first).version == 1
    assert len(queries.all_tables(session)) == 2
    with pytest.raises(Conflict):
        take_in(session, [TableRow(9, "Toàn Thành phố", "total", Decimal("6.0"))])
    with pytest.raises(NotFound):
        queries.find_table(session, 999)


@pytest.mark.parametrize(
    ("rows", "more", "error"),
    [
        ([TableRow(2, "25807", "15+", Decimal(1)), TableRow(3, "Xã Thanh An", "15+", Decimal(1))], {}, "Row 3"),
        ([TableRow(2, "25807", "15+", Decimal(-1))], {}, "Row 2"),
        ([TableRow(2, "thanh an", "15+", Decimal(1))], {}, "Row 2.*27676"),
        ([TableRow(2, "25807", "15+", Decimal(1))], {"source": " "}, "where the table comes from"),
        ([TableRow(2, "25807", "15+", Decimal(1))], {"as_of": date(2999, 1, 1)}, "future"),
    ],
)
def test_a_wrong_table_is_refused_whole(session: Session, rows: list[TableRow], more: dict, error: str) -> None:
    with pytest.raises(Invalid, match=error):
        take_in(session, rows, **more)
    assert queries.all_tables(session) == []
