import csv
import io
import json
from datetime import timedelta

import openpyxl
import pytest

from oer.accounts.models import Role
from oer.core.clock import today
from tests.accounts.factories import make_account
from tests.statistics.conftest import signed_in
from tests.usage.factories import a_note, city_noon

YESTERDAY = timedelta(days=1)


def use(kind, item, seconds=0, days=1, **fields):
    return a_note(kind, item, moment=city_noon(days), seconds=seconds, **fields)


def rows_of(answer):
    """The table of a CSV export, without what stands above it, and that as a dict."""
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    empty = lines.index([])
    header, *rows = lines[empty + 1 :]
    return {line[0]: line[1] for line in lines[:empty]}, [dict(zip(header, row, strict=True)) for row in rows]


def test_a_download_shows_up_in_the_admins_page_table_chart_and_files(materials, counted, admin):
    _, (first, second) = materials({"title": {"vi": "An toàn điện"}}, {"title": {"vi": "Làm vườn"}})
    counted(use("view", first), use("download", first, 60), use("view", second))
    page = admin.get("/admin/statistics").text
    assert "An toàn điện" in page
    assert page.count('<rect class="bar-of') == 30
    about, rows = rows_of(admin.get("/admin/statistics/materials.csv"))
    assert [(row["Học liệu"], row["Mã định danh"], row["Lượt xem trang"], row["Lượt tải"]) for row in rows] == [
        ("An toàn điện", first, "1", "1")
    ]
    assert about["Kỳ"] == f"{today() - timedelta(days=29)} – {today()}"


def test_figures_over_time_have_a_row_for_every_day_also_for_those_without_use(materials, counted, admin):
    _, (item,) = materials({})
    counted(use("view", item, days=3), use("view", item, days=1))
    since, until = today() - timedelta(days=4), today() - timedelta(days=1)
    answer = admin.get(f"/en/admin/statistics/over-time.csv?from={since}&to={until}")
    _, rows = rows_of(answer)
    assert [row["Page views"] for row in rows] == ["0", "1", "0", "1"]
    assert [row["Day"] for row in rows] == [str(since + timedelta(days=n)) for n in range(4)]


def test_every_export_says_what_it_is_and_holds_the_same_figures(materials, counted, admin):
    _, (item,) = materials({"subjects": ["bas.song"]})
    counted(use("download", item), use("download", item, 60))
    query = f"from={today() - timedelta(days=6)}&to={today()}&subject=bas"
    csv_about, csv_rows = rows_of(admin.get(f"/en/admin/statistics/materials.csv?{query}"))
    told = json.loads(admin.get(f"/en/admin/statistics/materials.json?{query}").data)
    book = openpyxl.load_workbook(io.BytesIO(admin.get(f"/en/admin/statistics/materials.xlsx?{query}").data))
    table, about = (list(sheet.values) for sheet in book.worksheets)
    assert (csv_rows[0]["Downloads"], told["rows"][0]["downloads"], table[1][table[0].index("Downloads")]) == (
        "2",
        2,
        2,
    )
    assert told["filters"] == {"Subject": "Literacy and basic skills"}
    assert csv_about["Subject"] == dict(row[:2] for row in about)["Subject"] == "Literacy and basic skills"
    for words in ("Name of the report", "Period", "Definition", "Exclusions", "Created at"):
        assert words in csv_about
        assert words in dict(row[:2] for row in about)
    assert {"definitions", "period", "filters", "exclusions", "made_at"} <= told.keys()
    assert told["provisional"] is True


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_title_that_a_spreadsheet_would_run_is_harmless_in_every_sheet(materials, counted, admin, extension):
    _, (item,) = materials({"title": {"vi": '=HYPERLINK("http://x")'}})
    counted(use("download", item))
    answer = admin.get(f"/admin/statistics/materials.{extension}")
    if extension == "csv":
        assert rows_of(answer)[1][0]["Học liệu"] == '\'=HYPERLINK("http://x")'
    else:
        cell = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]["A2"]
        assert (cell.value, cell.data_type) == ('\'=HYPERLINK("http://x")', "s")


def test_the_period_before_is_compared_once_there_was_counting_in_all_of_it(materials, counted, admin):
    _, (item,) = materials({})
    address = f"/en/admin/statistics/summary.json?from={today() - timedelta(days=6)}&to={today()}"

    def views():
        return next(row for row in admin.get(address).json["rows"] if row["measure"] == "Page views")

    counted(*(use("view", item, 60 * n) for n in range(3)), use("view", item, days=8), use("view", item, days=9))
    assert (views()["now"], views()["before"], views()["change"]) == (3, 2, None)
    counted(use("view", item, days=20))
    assert (views()["now"], views()["before"], views()["change"]) == (3, 2, 50.0)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-03-02&to=2026-03-01", "from"),
        ("from=2026-02-30", "from"),
        ("to=0000-01-01", "to"),
        ("to=9999-01-01", "to"),
        ("from=-1", "from"),
        ("from=20260301", "from"),
        ("from=2026-W10-1", "from"),
        ("from=２０２６-03-01", "from"),
        ("from=2026-03-01T00:00%2B09:00", "from"),
        ("from=2001-01-01&to=2026-01-01", "from"),
        ("subject=astrology", "subject"),
        ("unit=none-such", "unit"),
        ("collection=xxxxx-xxxxx", "collection"),
        ("format=8-track", "format"),
        ("measure=likes", "measure"),
        ("colour=red", "colour"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_by_its_name(admin, query, field):
    page = admin.get(f"/en/admin/statistics?{query}")
    assert page.status_code == 400
    assert f'href="#{field}"' in page.text
    told = admin.get(f"/admin/statistics/materials.csv?{query}", headers={"Accept": "application/json"})
    assert (told.status_code, told.json["field"]) == (400, field)


def test_the_same_page_is_readable_without_any_figure(admin):
    page = admin.get("/en/admin/statistics?from=2026-03-01&to=2026-03-31")
    assert page.status_code == 200
    assert "No material was used" in page.text


def test_an_educator_sees_the_use_of_their_own_materials_alone(materials, counted, client, installation):
    email, (own,) = materials({"title": {"vi": "Của tôi"}})
    _, (other,) = materials({"title": {"vi": "Của người khác"}})
    counted(use("view", own), *(use("download", other, 60 * n) for n in range(3)))
    signed_in(client, email)
    page = client.get("/my/statistics").text
    assert "Của tôi" not in page.split("table-materials")[0]
    _, rows = rows_of(client.get("/my/statistics/over-time.csv"))
    assert sum(int(row["Lượt tải"]) for row in rows) == 0
    assert sum(int(row["Lượt xem trang"]) for row in rows) == 1
    assert "Của người khác" not in page


def test_figures_are_for_those_who_may_see_them(client, installation):
    assert client.get("/admin/statistics").status_code == 302
    assert client.get("/my/statistics").status_code == 302
    with installation.database.transaction() as session:
        email = make_account(session, Role.LEARNER).email
    signed_in(client, email)
    for address in (
        "/admin/statistics",
        "/admin/statistics/materials.csv",
        "/my/statistics",
        "/my/statistics/summary.json",
    ):
        assert client.get(address).status_code == 403


def test_everybody_sees_the_repositorys_own_figures_in_both_languages(materials, counted, client):
    _, (item,) = materials({"title": {"vi": "An toàn điện"}})
    counted(use("download", item), use("download", item, 60))
    for path in ("/statistics", "/en/statistics"):
        page = client.get(path)
        assert page.status_code == 200
        assert "An toàn điện" in page.text
    _, rows = rows_of(client.get("/statistics/materials.csv"))
    assert rows[0]["Lượt tải"] == "2"


def test_an_unknown_report_or_kind_of_file_is_not_found(admin, client):
    for name in ("nothing.csv", "materials.exe", "materials.html"):
        assert admin.get(f"/admin/statistics/{name}").status_code == 404
        assert client.get(f"/statistics/{name}").status_code == 404


def test_exports_are_files_with_a_name_and_a_type_of_their_own(admin):
    answer = admin.get("/admin/statistics/over-time.csv?from=2026-03-01&to=2026-03-31")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="over-time-20260301-20260331.csv"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_type == "text/csv; charset=utf-8"
