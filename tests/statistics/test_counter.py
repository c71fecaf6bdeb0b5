import csv
import io
from dataclasses import replace
from datetime import date

import jsonschema
import openpyxl
import pytest

from oer.accounts.models import Role
from oer.statistics.schemas.counter_requests import MESSAGES, STATUS, exception
from oer.statistics.services.counter_keys import make_key, revoke_key
from oer.usage.models import MonthlyUsage, MonthVersion
from oer.usage.services.months import close_months
from oer.usage.services.nightly import count_due_days
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import BY, make_educator, make_published
from tests.statistics.counter_schema import ERROR, SCHEMAS
from tests.usage.factories import a_note, at, spooled

WORLD = "0000000000000000"
ORCID = "0000-0002-1825-0097"
PERIOD = "begin_date=2026-02&end_date=2026-03"


@pytest.fixture
def key(installation):
    with installation.database.transaction() as session:
        return make_key(session, make_account(session, Role.ADMIN), "library-1", "Thư viện Khoa học Tổng hợp")


@pytest.fixture
def used(installation):
    """Two closed months of use: of a film, and of a handbook, whose public ids are returned."""
    with installation.database.transaction() as session:
        educator = make_educator(session)
        creators = [{"name": "Kho học liệu mở Thành phố Hồ Chí Minh", "orcid": ORCID}]
        film = make_published(session, educator, types=["video"], title={"vi": "Phim ngắn"}, creators=creators)
        book = make_published(
            session, educator, types=["handbook"], title={"vi": "=Sổ tay"}, licence=BY, published_on="2024-05-01"
        )
        ids = film.public_id, book.public_id
    notes = []
    for n, moment in enumerate((at("2026-02-10 10:00"), at("2026-03-10 10:00"), at("2026-03-11 10:00"))):
        notes += [a_note("play", ids[0], moment=moment, visitor=f"a{n}"), a_note("view", ids[1], moment=moment)]
    notes += [a_note("download", ids[1], moment=at("2026-03-12 10:00"), method="TDM", user_agent="curl/8")]
    notes += [a_note("search", words="toán", hits=1, moment=at("2026-03-12 11:00"))]
    notes += [a_note("play", ids[0], moment=at("2026-04-02 10:00"))]
    spooled(installation, notes)
    count_due_days(installation.database, at("2026-04-10 12:00"))
    with installation.database.transaction() as session:
        assert close_months(session, date(2026, 4, 10)) == [date(2026, 2, 1), date(2026, 3, 1)]
    return ids


@pytest.fixture
def ask(client, key):
    def get(path, query=PERIOD, **more):
        given = {"customer_id": WORLD, "requestor_id": "library-1", "api_key": key, **more}
        access = "&".join(f"{name}={value}" for name, value in given.items() if value is not None)
        return client.get(f"/r51/{path}?{access}&{query}")

    return get


def valid(answer, name):
    assert answer.status_code == 200, answer.text
    jsonschema.validate(answer.json, SCHEMAS[name])
    return answer.json


def figures(report):
    """Every count of a report: {(item or data type, metric, month): number}."""
    found = {}
    for part in report["Report_Items"]:
        for item in part.get("Items", [part]):
            for entry in item["Attribute_Performance"]:
                for metric, counts in entry["Performance"].items():
                    for month, number in counts.items():
                        found[item.get("Item", entry["Data_Type"]), metric, month] = number
    return found


def test_everybody_may_know_that_the_service_is_up(client):
    answer = client.get("/r51/status")
    assert answer.json[0]["Service_Active"] is True
    assert "Registry_Record" not in answer.json[0]


def test_the_item_report_holds_every_items_figures_by_month(ask, used):
    report = valid(ask("reports/ir"), "ir")
    found = figures(report)
    assert found["Phim ngắn", "Total_Item_Requests", "2026-03"] == 2
    assert found["Phim ngắn", "Unique_Item_Investigations", "2026-02"] == 1
    assert found["=Sổ tay", "Total_Item_Investigations", "2026-03"] == 3
    assert ("=Sổ tay", "Total_Item_Requests", "2026-02") not in found
    item = report["Report_Items"][0]["Items"][0]
    assert item["Item_ID"]["Proprietary"].startswith("hcmoer:")
    assert report["Report_Header"]["Institution_Name"] == "The World"
    assert report["Report_Header"]["Report_Filters"] == {"Begin_Date": "2026-02-01", "End_Date": "2026-03-31"}


def test_attributes_are_shown_where_they_are_asked_for_and_summed_where_not(ask, used):
    shown = "attributes_to_show=Authors|Publication_Date|YOP|Access_Type|Access_Method"
    report = valid(ask("reports/ir", f"{PERIOD}&{shown}"), "ir")
    (group,) = report["Report_Items"]
    book = next(item for item in group["Items"] if item["Item"] == "=Sổ tay")
    methods = {entry["Access_Method"]: entry for entry in book["Attribute_Performance"]}
    assert methods["TDM"]["Performance"]["Total_Item_Requests"] == {"2026-03": 1}
    assert (methods["Regular"]["YOP"], methods["Regular"]["Access_Type"]) == ("2024", "Open")
    assert book["Publication_Date"] == "2024-05-01"
    film = next(item for item in group["Items"] if item["Item"] == "Phim ngắn")
    assert film["Authors"][0]["ORCID"] == ORCID


def test_the_platform_report_has_searches_and_figures_by_kind_of_material(ask, used):
    found = figures(valid(ask("reports/pr"), "pr"))
    assert found["Platform", "Searches_Platform", "2026-03"] == 1
    assert found["Audiovisual", "Total_Item_Requests", "2026-03"] == 2
    assert found["Report", "Unique_Item_Investigations", "2026-02"] == 1
    by_method = valid(ask("reports/pr", f"{PERIOD}&attributes_to_show=Access_Method"), "pr")
    entries = by_method["Report_Items"][0]["Attribute_Performance"]
    assert {(entry["Data_Type"], entry["Access_Method"]) for entry in entries} == {
        ("Audiovisual", "Regular"), ("Report", "Regular"), ("Report", "TDM"), ("Platform", "Regular"),
    }  # fmt: skip


def test_the_standard_views_are_what_the_code_says(ask, used):
    usage = figures(valid(ask("reports/pr_p1"), "pr_p1"))
    assert set(usage) == {
        ("Audiovisual", "Total_Item_Requests", "2026-02"), ("Audiovisual", "Unique_Item_Requests", "2026-02"),
        ("Audiovisual", "Total_Item_Requests", "2026-03"), ("Audiovisual", "Unique_Item_Requests", "2026-03"),
        ("Platform", "Searches_Platform", "2026-03"),
    }  # fmt: skip
    assert {name for name, _, _ in figures(valid(ask("reports/ir_m1"), "ir_m1"))} == {"Phim ngắn"}


FILTERED = [
    ("data_type=Audiovisual", {"Phim ngắn"}),
    ("data_type=Audiovisual|Report", {"Phim ngắn", "=Sổ tay"}),
    ("metric_type=Unique_Item_Requests", {"Phim ngắn", "=Sổ tay"}),
    ("access_method=TDM", {"=Sổ tay"}),
    ("access_type=Controlled", set()),
    ("yop=2020-2024", {"=Sổ tay"}),
    (f"author={ORCID}", {"Phim ngắn"}),
    ("granularity=Total", {"Phim ngắn", "=Sổ tay"}),
    ("granularity=Totals", {"Phim ngắn", "=Sổ tay"}),
]


def test_filters_leave_what_they_name_and_stand_in_the_header(ask, used):
    for query, items in FILTERED:
        report = valid(ask("reports/ir", f"{PERIOD}&{query}"), "ir")
        assert {name for name, _, _ in figures(report)} == items, query
        header = report["Report_Header"]
        told = {**header["Report_Filters"], **header.get("Report_Attributes", {})}
        assert query.partition("=")[0] in {name.lower() for name in told}, query


def test_one_item_can_be_asked_for_by_any_of_its_names(ask, used):
    for name in (used[0], f"hcmoer:{used[0]}", f"http://localhost/materials/{used[0]}"):
        report = valid(ask("reports/ir", f"{PERIOD}&item_id={name}"), "ir")
        assert {item for item, _, _ in figures(report)} == {"Phim ngắn"}


def codes(report):
    return [each["Code"] for each in report["Report_Header"].get("Exceptions", [])]


UNDONE = [
    ("ir", "begin_date=2026-03&end_date=2026-05", [3031]),
    ("ir", "begin_date=2025-12&end_date=2026-02", [3032]),
    ("ir", f"{PERIOD}&access_type=Controlled", [3030]),
    ("ir", f"{PERIOD}&colour=red&country_code=VN", [3050]),
    ("ir", f"{PERIOD}&data_type=Book", [3060]),
    ("ir", f"{PERIOD}&attributes_to_show=Colour|YOP", [3062]),
    ("ir", f"{PERIOD}&granularity=Week", [3062]),
    ("ir", f"{PERIOD}&include_component_details=True", [3063]),
    ("pr_p1", f"{PERIOD}&data_type=Report", [3050]),
]


def test_what_cannot_be_done_is_said_by_number_and_the_rest_is_reported(ask, used):
    for path, query, expected in UNDONE:
        assert codes(valid(ask(f"reports/{path}", query), path)) == expected, query


DEFAULTS = "granularity=Month&access_method=Regular|TDM&access_type=Open|Controlled|Free_To_Read&yop=0001-9999"


def test_what_is_the_default_anyway_is_left_out_of_the_header(ask, used):
    header = valid(ask("reports/ir", f"{PERIOD}&{DEFAULTS}"), "ir")["Report_Header"]
    assert header["Report_Filters"] == {"Begin_Date": "2026-02-01", "End_Date": "2026-03-31"}
    assert "Report_Attributes" not in header
    totals = valid(ask("reports/ir", f"{PERIOD}&granularity=totals"), "ir")
    assert totals["Report_Header"]["Report_Attributes"] == {"Granularity": "Totals"}
    assert figures(totals)["Phim ngắn", "Total_Item_Requests", "2026-02"] == 3


RECORD = "https://counter.example/platform/01234567-89ab-cdef-0123-456789abcdef"


def test_the_record_in_counters_registry_is_a_setting(ask, used, app, client):
    container = app.extensions["oer"]
    app.extensions["oer"] = replace(container, settings=replace(container.settings, counter_registry_record=RECORD))
    try:
        assert client.get("/r51/status").json[0]["Registry_Record"] == RECORD
        assert ask("reports/ir").json["Report_Header"]["Registry_Record"] == RECORD
    finally:
        app.extensions["oer"] = container


def test_the_admins_page_offers_the_latest_month_and_names_the_address_for_harvesters(admin, used):
    page = admin.get("/en/admin/statistics/counter").text
    assert page.count('<option value="2026-03" selected>') == 8
    assert 'value="2026-02" selected' not in page
    assert "http://localhost/r51 by itself" in page
    assert "IR_A1" in page


def refused(answer, status, code):
    assert (answer.status_code, answer.json["Code"]) == (status, code)
    jsonschema.validate(answer.json, ERROR)
    assert answer.json["Message"] == MESSAGES[code]
    assert STATUS[code] == status


SENSELESS = [
    ("begin_date=2026-03", 1030),
    ("end_date=2026-03", 1030),
    ("begin_date=2026-03&end_date=2026-02", 3020),
    ("begin_date=2026-02-30&end_date=2026-03-31", 3020),
    ("begin_date=2026-02-15&end_date=2026-03-31", 3020),
    ("begin_date=2026-02&end_date=2026-03-30", 3020),
    ("begin_date=0000-01&end_date=2026-03", 3020),
    ("begin_date=9999-01&end_date=9999-02", 3020),
    ("begin_date=-1&end_date=2026-03", 3020),
    ("begin_date=2026-13&end_date=2027-01", 3020),
    ("begin_date=２０２６-03&end_date=2026-03", 3020),
]


def test_dates_that_make_no_sense_get_no_report(ask, used):
    for query, code in SENSELESS:
        refused(ask("reports/pr", query), 400, code)


def test_reports_are_for_those_with_a_key(ask, client, installation, key):
    for path in ("reports", "members", "reports/ir"):
        refused(ask(path, api_key="wrong"), 401, 2020)
        refused(ask(path, api_key=None), 400, 1030)
        refused(ask(path, customer_id=None), 400, 1030)
        refused(ask(path, requestor_id="nobody"), 401, 2000)
        refused(ask(path, customer_id="42"), 403, 2010)
    assert ask("members", requestor_id=None).status_code == 200
    with installation.database.transaction() as session:
        revoke_key(session, make_account(session, Role.ADMIN), 1)
    refused(ask("members", requestor_id=None), 401, 2020)


def test_a_key_opens_nothing_under_another_requestors_name(ask, installation):
    with installation.database.transaction() as session:
        make_key(session, make_account(session, Role.ADMIN), "library-2", "Thư viện khác")
    refused(ask("members", requestor_id="library-2"), 401, 2020)


def test_the_list_of_reports_says_which_months_there_are(ask, used):
    listed = {each["Report_ID"]: each for each in ask("reports", "").json}
    assert set(listed) == {"PR", "PR_P1", "IR", "IR_M1"}
    assert (listed["IR"]["First_Month_Available"], listed["IR"]["Last_Month_Available"]) == ("2026-02", "2026-03")
    assert ask(listed["PR"]["Path"].removeprefix("/r51/")).status_code == 200


@pytest.mark.parametrize("path", ["reports/tr", "reports/IR", "report/ir", "nothing"])
def test_a_path_that_is_none_is_not_found(ask, path):
    assert ask(path).status_code == 404


def test_the_header_has_no_exception_where_there_is_none():
    assert exception(3030) == {"Code": 3030, "Message": "No Usage Available for Requested Dates"}


@pytest.fixture
def admin(installation, client):
    with installation.database.transaction() as session:
        email = make_account(session, Role.ADMIN).email
    browser = Browser(client)
    browser.sign_in(email)
    return browser


def table(answer):
    text = answer.data.decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter="\t"))


def test_the_admins_table_is_the_same_report_in_the_codes_order(admin, used):
    rows = table(admin.get(f"/admin/statistics/counter/ir.tsv?{PERIOD}&attributes_to_show=YOP"))
    labels = [row[0] if row else "" for row in rows[:14]]
    assert labels == [
        "Report_Name", "Report_ID", "Release", "Institution_Name", "Institution_ID", "Metric_Types", "Report_Filters",
        "Report_Attributes", "Exceptions", "Reporting_Period", "Created", "Created_By", "Registry_Record", "",
    ]  # fmt: skip
    assert rows[14] == [
        "Item", "Publisher", "Publisher_ID", "Platform", "DOI", "Proprietary_ID", "ISBN", "Print_ISSN", "Online_ISSN",
        "URI", "Data_Type", "YOP", "Metric_Type", "Reporting_Period_Total", "Feb-2026", "Mar-2026",
    ]  # fmt: skip
    film = {row[12]: row[13:] for row in rows[15:] if row[0] == "Phim ngắn"}
    assert film["Total_Item_Requests"] == ["3", "1", "2"]
    assert {row[0] for row in rows[15:]} == {"Phim ngắn", "'=Sổ tay"}
    assert rows[9][1] == "Begin_Date=2026-02-01; End_Date=2026-03-31"


def test_the_workbook_holds_the_same_rows(admin, used):
    rows = table(admin.get(f"/admin/statistics/counter/pr_p1.tsv?{PERIOD}"))
    book = openpyxl.load_workbook(io.BytesIO(admin.get(f"/admin/statistics/counter/pr_p1.xlsx?{PERIOD}").data))
    cells = [["" if cell is None else str(cell) for cell in row] for row in book["PR_P1"].values]
    without_time = [row for row in rows if not row or row[0] != "Created"]
    for row, same in zip(without_time, [row for row in cells if row[0] != "Created"], strict=True):
        assert same[: len(row)] == row
    assert rows[14][:3] == ["Platform", "Data_Type", "Metric_Type"]


def test_the_admins_page_makes_keys_that_are_shown_once(admin, used, client):
    page = "/admin/statistics/counter"
    shown = admin.send(f"{page}/keys", page=page, requestor_id="library-9", name="Thư viện")
    secret = shown.text.split("<dt>api_key</dt><dd><code>")[1].split("<")[0]
    assert client.get(f"/r51/members?customer_id={WORLD}&api_key={secret}").status_code == 200
    assert secret not in admin.get(page).text
    again = admin.send(f"{page}/keys", page=page, requestor_id="library-9", name="Thư viện")
    assert again.status_code == 409
    assert admin.send(f"{page}/keys", page=page, requestor_id="a b", name="x").status_code == 400
    assert admin.send(f"{page}/keys/1/revoke", page=page).status_code == 302
    assert client.get(f"/r51/members?customer_id={WORLD}&api_key={secret}").status_code == 401


def test_a_month_out_of_the_ordinary_is_shown_before_it_is_reported(admin, used, installation):
    with installation.database.transaction() as session:
        for n in range(13):
            month = date(2025 - (n >= 8), 8 - n if n < 8 else 20 - n, 1)
            requests = 2000 if n == 0 else 50
            session.add(MonthVersion(month=month, version=1, sums={}))
            session.add(MonthlyUsage(month=month, version=1, format="all", item="x", method="Regular", tir=requests))
    page = admin.get("/en/admin/statistics/counter").text
    assert "08/2025 is unusual: 2,000 uses, against 50 a month" in page


def test_months_that_make_no_sense_are_refused(admin, used):
    for query in ("begin_date=2026-03&end_date=2026-02", "begin_date=x&end_date=y", ""):
        assert admin.get(f"/admin/statistics/counter/ir.tsv?{query}").status_code == 400
