import csv
import hashlib
import io
import json
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.core.installation import Installation
from oer.indicators.computation.models import FigureSource
from oer.indicators.computation.reference_tables import TableRow, import_table
from oer.indicators.computation.services import (
    COMPUTATIONS,
    COMPUTED_CODES,
    compute_period,
    correct_figures,
    keep_figures_current,
)
from oer.indicators.models.rounds import Round
from oer.indicators.periods import read_period
from oer.indicators.reports.queries import report_data
from oer.indicators.reports.tables import TableMaker
from oer.indicators.services.entry import Entry, save_entry
from oer.indicators.services.reports import approve, submit
from oer.indicators.services.rounds import freeze_round, publish_round
from oer.indicators.services.sets import correct_line, load_series
from oer.indicators.set_files.workbooks import read_workbook
from oer.indicators.set_files.yaml_files import read_yaml
from oer.usage.models import MonthlyUsage
from oer.web.page_cache import PageCache, page_cache
from tests.indicators.factories import lines, make_round, report_of
from tests.indicators.totals import add_catalogue, add_people, add_use


@pytest.fixture
def figures(installation: Installation, city: Session) -> None:
    add_people(city)
    add_use(city)
    add_catalogue(city)
    load_series(city)
    city.commit()
    keep_figures_current(installation.database, date(2026, 4, 15))


@pytest.fixture
def published(city: Session) -> int:
    made = make_round(city, indicators=lines(city, "387.1", "24.1.1"))
    for code, pair in (("26506", (71, 100)), ("25807", (50, 100))):
        report = report_of(city, made, code)
        entry = Entry(numerator=Decimal(pair[0]), denominator=Decimal(pair[1]), note={"vi": "=HYPERLINK(1)"})
        save_entry(city, report, lines(city, "387.1")[0], entry, revision=0, actor_id=1)
        save_entry(city, report, lines(city, "24.1.1")[0], Entry(text="yes"), revision=0, actor_id=1)
        submit(city, report, 1)
        approve(city, report, 1)
    freeze_round(city, None, made)
    publish_round(city, None, made)
    city.commit()
    return made.id


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_before_anything_was_computed_the_public_page_says_so(client: FlaskClient, session: Session) -> None:
    shown = client.get("/indicators")
    assert shown.status_code == 200
    assert "Chưa tháng nào có số liệu" in shown.text
    assert "Chưa có đợt báo cáo nào được công khai" in shown.text
    for path in ("/api/v1/indicators", "/indicators/figures.csv", "/indicators/figures/LC-01/2026-03"):
        assert client.get(path).status_code == 404


def test_the_public_page_shows_every_computed_indicator_and_why_some_have_none(
    client: FlaskClient, figures: None
) -> None:
    shown = client.get("/indicators").text
    assert shown.count('href="/indicators/sets/LC/LC-') == 20
    assert ">240<" in shown
    assert "chưa có ai đồng ý được tính đánh dấu xong phần nào của khóa học" in shown
    assert "creativecommons.org/licenses/by/4.0/" in shown
    assert "theo nhóm" in shown
    assert 'name="robots"' not in shown
    provisional = client.get("/en/indicators?period=2026-Q2").text
    assert "provisional" in provisional


def test_a_figure_opens_to_definition_exclusions_version_and_rows(client: FlaskClient, figures: None) -> None:
    shown = client.get("/indicators/figures/LC-09/2026-03").text
    for words in (
        "Total_Item_Requests",
        "Đã loại theo quy tắc COUNTER",
        "SHA-256",
        "aaaaa-aaaaa",
        "Mã kiểm tra số liệu gốc ở trên chính là SHA-256 của tệp này",
    ):
        assert words in shown
    english = client.get("/en/indicators/figures/LC-04/2026-03").text
    assert "Published, not withdrawn" in english
    assert client.get("/indicators/figures/LC-99/2026-03").status_code == 404
    assert client.get("/indicators/figures/LC-09/1999-01").status_code == 404


def test_public_pages_are_kept_until_something_changes(
    app: Flask, client: FlaskClient, figures: None, city: Session, installation: Installation
) -> None:
    def answers() -> list[str]:
        return [client.get("/indicators").text, client.get("/indicators/sets/LC/LC-09").text]

    before = answers()
    kept = len(page_cache_of(app))
    assert kept == 2
    assert answers() == before
    assert len(page_cache_of(app)) == kept
    made = make_round(city, title="Đợt mới")
    freeze_round(city, None, made)
    publish_round(city, None, made)
    city.commit()
    assert "Đợt mới" in answers()[0]
    correct_line(city, lines(city, of="LC")[8], {"wording": {"vi": "Lời văn mới"}}, revision=1, actor_id=1)
    city.commit()
    assert "Lời văn mới" in answers()[1]
    add_use(city, date(2026, 4, 1))
    city.commit()
    keep_figures_current(installation.database, date(2026, 5, 15))
    assert "2026-04" in answers()[0]


def page_cache_of(app: Flask) -> PageCache:
    with app.app_context():
        return page_cache()


def test_a_figure_is_opened_without_computing_it_again(
    client: FlaskClient, figures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("computed on a GET")

    monkeypatch.setattr("oer.indicators.computation.services.compute", refuse)
    for code in COMPUTED_CODES:
        monkeypatch.setitem(COMPUTATIONS, code, refuse)
        assert client.get(f"/indicators/figures/{code}/2026-03").status_code in {200, 404}
    found = client.get("/indicators/figures/LC-09/2026-03/rows.csv").text.splitlines()
    assert found == [
        '"table","item","tir","uir"'.replace('"', ""),
        '"monthly_usage, daily_usage",aaaaa-aaaaa,250,160',
        '"monthly_usage, daily_usage",bbbbb-bbbbb,50,40',
    ]


def test_rows_are_those_that_the_figure_was_computed_from(client: FlaskClient, figures: None, city: Session) -> None:
    before = client.get("/indicators/figures/LC-09/2026-03/rows.csv").text
    city.execute(sa.delete(MonthlyUsage))
    city.commit()
    assert client.get("/indicators/figures/LC-09/2026-03/rows.csv").text == before


def test_rows_of_periods_closed_before_rows_were_kept_are_kept_later_with_the_date(
    client: FlaskClient, figures: None, installation: Installation, city: Session
) -> None:
    city.execute(sa.delete(FigureSource))
    city.execute(sa.delete(MonthlyUsage).where(MonthlyUsage.item == "bbbbb-bbbbb"))
    city.commit()
    assert "không được lưu khi tính" in client.get("/indicators/figures/LC-09/2026-03").text
    assert client.get("/indicators/figures/LC-09/2026-03/rows.csv").status_code == 404
    keep_figures_current(installation.database, date(2026, 4, 15))
    shown = client.get("/indicators/figures/LC-09/2026-03").text
    assert "Số liệu gốc đã thay đổi từ khi tính" in shown
    assert "Lưu lúc" in shown


def test_small_numbers_of_people_are_in_no_face_of_a_figure(client: FlaskClient, figures: None) -> None:
    page = client.get("/indicators/figures/LC-01/2026-03").text
    assert "&lt;10" in page
    assert "…" in page
    by_ward = {
        row["member"]: row
        for row in rows(client.get("/indicators/figures.csv?period=2026-03").text)
        if row["code"] == "LC-01" and row["dimension"] == "ward"
    }
    assert (by_ward["unknown"]["value"], by_ward["unknown"]["shown"], by_ward["unknown"]["suppressed"]) == (
        "",
        "<10",
        "true",
    )
    assert (by_ward["27676"]["value"], by_ward["27676"]["shown"]) == ("", "…")
    assert by_ward["26506"]["value"] == "180"
    told = client.get("/api/v1/indicators/LC-01?period=2026-03").get_json()
    cells = {each["member"]: each for each in told["indicator"]["figures"] if each["dimension"] == "ward"}
    assert (cells["unknown"]["value"], cells["unknown"]["shown"], cells["unknown"]["suppressed"]) == (None, "<10", True)
    raw = client.get("/indicators/figures/LC-01/2026-03/rows.csv").text
    assert "p0" not in raw
    for line in raw.splitlines():
        if ",ward,unknown," in line or ",ward,27676," in line:
            assert line.rsplit(",", 1)[1] in {"<10", "…"}
    assert ",students,60" not in client.get("/indicators/figures/LC-10/2026-03/rows.csv").text


def test_a_hidden_rate_is_no_number_of_people_in_any_face(
    client: FlaskClient, figures: None, installation: Installation, city: Session
) -> None:
    table = [TableRow(2, "city", "15+", Decimal(60_000))]
    import_table(city, None, code="population", source="Thống kê", as_of=date(2026, 1, 1), rows=table)
    correct_figures(city, None, compute_period(city, read_period("2026-03")), "Có bảng dân số")
    city.commit()
    page = client.get("/en/indicators/figures/LC-03/2026-03").text
    assert "Active people whose ward is known: <b>…</b> %" in page  # 232 of 240: 8 are too few to be shown
    assert "&lt;10" not in page
    faces = rows(client.get("/indicators/figures.csv?period=2026-03").text)
    faces += client.get("/api/v1/indicators/LC-11?period=2026-03").get_json()["indicator"]["figures"]
    hidden = [each for each in faces if each["suppressed"] in {True, "true"}]
    assert {each["shown"] for each in hidden if each["unit"] in {"%", "per 1,000"}} == {"…"}
    assert {each["shown"] for each in hidden if each["unit"] == "people"} == {"<10", "…"}
    assert "ward_known,…" in client.get("/indicators/figures/LC-03/2026-03/rows.csv").text
    found = city.get_one(Round, make_round(city, due_on=date(2026, 4, 1)).id)
    found.period_start, found.period_end = date(2026, 3, 1), date(2026, 3, 31)
    make = TableMaker(report_data(city, found, None), "en")
    (table,) = make.computed()
    assert next(row[2] for row in table.rows if row[1] == "Active people whose ward is known") == "…"


def test_the_data_version_is_the_sha256_of_the_file_of_rows(client: FlaskClient, figures: None) -> None:
    for code in ("LC-02", "LC-04", "LC-09", "LC-14", "LC-15", "LC-20"):
        told = client.get(f"/api/v1/indicators/{code}?period=2026-03").get_json()["indicator"]["figures"]
        answer = client.get(f"/indicators/figures/{code}/2026-03/rows.csv")
        if answer.status_code == 200:
            assert hashlib.sha256(answer.data).hexdigest() == told[0]["data_version"], code
    assert "is the SHA-256 of this file" in client.get("/en/indicators/figures/LC-09/2026-03").text


def test_the_api_tells_definition_period_exclusions_licence_and_checksum(client: FlaskClient, figures: None) -> None:
    told = client.get("/en/api/v1/indicators").get_json()
    assert told["period"] == "2026-03"
    assert told["final"] is True
    assert told["licence"].startswith("https://creativecommons.org/")
    by_code = {each["code"]: each for each in told["indicators"]}
    assert len(by_code) == 20
    nine = by_code["LC-09"]
    assert nine["figures"][0]["value"] == 300
    assert len(nine["figures"][0]["data_version"]) == 64
    assert nine["exclusions"][0].startswith("Left out by the rules of COUNTER")
    assert nine["definition"]["vi"]
    assert nine["kind"] == "automatic"
    assert by_code["LC-16"]["kind"] == "manual"
    assert by_code["LC-03"]["figures"][0]["state"] == "no_data"


def test_every_column_of_the_csv_is_in_its_data_dictionary(client: FlaskClient, figures: None, published: int) -> None:
    for path in ("/indicators/figures.csv", f"/indicators/rounds/{published}.csv"):
        sheet = client.get(path)
        assert f'{path}-metadata.json>; rel="describedby"' in sheet.headers["Link"]
        described = json.loads(client.get(f"{path}-metadata.json").data)
        assert described["@context"][0] == "http://www.w3.org/ns/csvw"
        names = [column["name"] for column in described["tableSchema"]["columns"]]
        assert names == sheet.text.splitlines()[0].split(",")
        assert described["url"].endswith(path)


def test_published_values_are_open_data(client: FlaskClient, published: int) -> None:
    assert "60,5" in client.get(f"/indicators/rounds/{published}").text
    found = rows(client.get(f"/indicators/rounds/{published}.csv").text)
    families = {row["place"]: row for row in found if row["code"] == "387.1"}
    assert (families["city"]["value"], families["city"]["kind"]) == ("60.5", "manual (sum of places)")
    assert families["26506"]["value"] == "71.000000"
    assert families["26506"]["note"] == "'=HYPERLINK(1)"
    told = client.get(f"/api/v1/indicators/rounds/{published}").get_json()
    assert len(told["values"]) == 5
    assert "submitted_by" not in json.dumps(told)
    assert [each["id"] for each in client.get("/api/v1/indicators").get_json().get("rounds", [])] in ([published], [])


def test_an_indicators_page_keeps_series_apart_and_shows_targets(
    client: FlaskClient, figures: None, published: int
) -> None:
    shown = client.get("/indicators/sets/QD387/387.1").text
    assert shown.count("<polyline") == 0
    assert shown.count("<circle") == 3
    assert "không nối với nhau" in shown
    assert "never chart them as one" in shown
    assert "Mục tiêu 2030" in shown
    assert "Mới đọc được một phần trong nguồn" in shown


def test_a_proxy_stands_beside_the_official_value_never_in_it(client: FlaskClient, figures: None) -> None:
    shown = client.get("/indicators/sets/UNESCO-KF/2.4.2.d").text
    assert "Chưa có giá trị." in shown
    assert "Đây không phải số chính thức" in shown
    assert "LC-01" in shown


def test_sets_are_open_data_too(client: FlaskClient, city: Session) -> None:
    assert "Các đặc điểm chính" in client.get("/indicators/sets/UNESCO-KF").text
    assert len(read_yaml(client.get("/indicators/sets/UNESCO-KF.yaml").data)[0].lines) == 60
    assert len(read_workbook(client.get("/indicators/sets/UNESCO-KF.xlsx").data)[0].lines) == 60
    assert client.get("/indicators/sets/UNESCO-KF.docx").status_code == 404
    assert client.get("/indicators/sets/NONE").status_code == 404
    assert client.get("/indicators/sets/TT22-2020").status_code == 200
