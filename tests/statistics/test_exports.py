"""From each page of figures to its files in one click, each file with what it stands on; any filters together."""

import csv
import io
import itertools
import json
import re

import openpyxl
import pytest

from oer.accounts.models import Unit
from oer.catalogue.models import Material
from oer.usage.models import PeopleFigure
from tests.catalogue.factories import make_collection, make_educator, make_published
from tests.statistics.test_demand import searched
from tests.statistics.test_views import rows_of, use

PAGES = (
    "/en/admin/statistics?subject=bas&measure=downloads",
    "/en/admin/statistics/demand",
    "/en/admin/statistics/people?period=2026-03&by=gender",
    "/en/statistics",
)
STANDS_ON = ("Name of the report", "Period", "Definition", "Exclusions", "Created at")
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "|cmd")


@pytest.fixture
def some_use(materials, counted, installation):
    _, (item,) = materials({"title": {"vi": "An toàn điện"}, "subjects": ["bas.song"]})
    counted(use("view", item), use("download", item, 60), *searched("làm bánh", 6))
    with installation.database.transaction() as session:
        for dimension, value, people in (("total", "", 300), ("gender", "female", 200), ("gender", "male", 100)):
            session.add(
                PeopleFigure(
                    period="2026-03", version=1, dimension=dimension, value=value, second_value="", people=people
                )
            )
    return item


def files_of(page):
    found = re.findall(r'<a href="([^"]+\.(csv|xlsx|json)(?:\?[^"]*)?)" download', page)
    return [(address.replace("&amp;", "&"), kind) for address, kind in found]


def about_of(answer, kind):
    if kind == "csv":
        return rows_of(answer)[0]
    if kind == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[1]
        return {row[0]: row[1] for row in sheet.values}
    told = answer.json
    assert told["period"]["from"] <= told["period"]["to"]
    keys = zip(STANDS_ON, ("title", "period", "definitions", "exclusions", "made_at"), strict=True)
    return {name: told[key] for name, key in keys} | dict(told["filters"])


@pytest.mark.parametrize("page", PAGES)
def test_every_table_of_a_page_is_one_click_from_its_files_and_each_says_what_it_stands_on(some_use, admin, page):
    shown = admin.get(page)
    assert shown.status_code == 200
    files = files_of(shown.text)
    tables = set(re.findall(r'id="(table-[a-z-]+)"', shown.text))
    assert len(files) >= 3 * len(tables) > 0
    for address, kind in files:
        answer = admin.get(address)
        assert answer.status_code == 200, address
        about = about_of(answer, kind)
        assert all(about[name] for name in STANDS_ON), address
        if "subject=bas" in page:
            assert about["Subject"] == "Literacy and basic skills", address


@pytest.mark.parametrize("page", [PAGES[0], PAGES[1], PAGES[3]])
def test_a_chart_says_in_words_what_it_is_and_leads_to_the_table_that_says_the_same(some_use, admin, page):
    shown = admin.get(page).text
    assert re.search(
        r'<svg[^>]*role="img" aria-labelledby="chart-title chart-words">\s*<title id="chart-title">.+', shown
    )
    [anchor] = re.findall(r'<a href="#(table-[a-z-]+)">As a table</a>', shown)
    table = shown.split(f'id="{anchor}"')[1].split("</table>")[0]
    bars = [int(number) for number in re.findall(r"<title>[^:<]+: ([\d,.]+)</title>", shown)]
    single, _, whole = table.partition("<tfoot>")
    rows = re.findall(r"<tr>\s*<th scope=\"row\">", single)
    assert len(bars) == len(rows) > 0
    if "demand" not in page:  # its table has no last row
        assert str(sum(bars)) in re.findall(r'<td class="figure">([\d,.]+)</td>', whole), (
            "the last row is of the whole period"
        )


def test_any_filters_go_together_and_each_of_them_counts(installation, counted, admin):
    """One material that meets all eight filters, and eight that each miss one: 256 combinations, counted by hand."""
    with installation.database.transaction() as session:
        educator, other = make_educator(session), make_educator(session)
        meets = {
            "subjects": ["bas.song"],
            "levels": ["xmc"],
            "audiences": ["workers"],
            "licence": "https://creativecommons.org/licenses/by/4.0/",
            "language": ["vi"],
        }
        misses = {
            "subject": {"subjects": ["sch.toan"]},
            "level": {"levels": ["thpt"]},
            "audience": {"audiences": ["pupils"]},
            "licence": {"licence": "https://creativecommons.org/licenses/by-sa/4.0/"},
            "language": {"language": ["en"]},
        }
        made = {"": make_published(session, educator, **meets)}
        made |= {name: make_published(session, educator, **meets | given) for name, given in misses.items()}
        made["unit"] = make_published(session, other, **meets)
        made["collection"] = make_published(session, educator, **meets)
        course = make_collection(session, *(each for name, each in made.items() if name != "collection"))
        ids = {name: each.public_id for name, each in made.items()}
        unit = session.get_one(Unit, session.get_one(Material, made[""].id).unit_id).code
        chosen = {
            "subject": "bas", "level": "xmc", "audience": "workers", "licence": meets["licence"], "language": "vi",
            "unit": unit, "collection": course.public_id, "format": "pdf",
        }  # fmt: skip
    ids["format"] = ids[""]
    counted(
        *(use("download", item, 60 * n) for n, item in enumerate(ids[name] for name in ids if name != "format")),
        use("download", ids[""], 3600, format="audio"),
    )
    for number in range(len(chosen) + 1):
        for names in list(itertools.combinations(chosen, number))[:12]:
            query = {name: chosen[name] for name in names}
            told = admin.get("/en/admin/statistics/materials.json", query_string=query).json
            expected = {item for name, item in ids.items() if name not in names or item == ids[""]}
            assert {row["id"] for row in told["rows"]} == expected, names
            whole = next(row["downloads"] for row in told["rows"] if row["id"] == ids[""])
            assert whole == (1 if "format" in names else 2), names
            assert len(told["filters"]) == number


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_any_sheet_is_a_formula(counted, materials, admin, formula):
    _, (item,) = materials({"title": {"vi": f"{formula} bài"}})
    counted(use("download", item), *searched(f"{formula} tìm", 5))
    names = ("/admin/statistics/materials", "/admin/statistics/demand/queries", "/statistics/materials")
    for name in names:
        for row in csv.reader(io.StringIO(admin.get(f"{name}.csv").data.decode("utf-8-sig"))):
            assert not [cell for cell in row if cell[:1] in set("=+-@\t\r＝")], (name, row)
        book = openpyxl.load_workbook(io.BytesIO(admin.get(f"{name}.xlsx").data))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert all(cell.data_type != "f" for cell in cells), name
        assert not [cell.value for cell in cells if isinstance(cell.value, str) and cell.value[:1] in set("=+@\t\r")]


def test_a_hidden_number_is_hidden_in_the_workbook_too(installation, admin):
    with installation.database.transaction() as session:
        for dimension, value, people in (
            ("total", "", 305), ("gender", "female", 200), ("gender", "male", 100), ("gender", "other", 5),
        ):  # fmt: skip
            session.add(
                PeopleFigure(
                    period="2026-03", version=1, dimension=dimension, value=value, second_value="", people=people
                )
            )
    answer = admin.get("/en/admin/statistics/people/people.xlsx?period=2026-03&by=gender")
    values = [cell for sheet in openpyxl.load_workbook(io.BytesIO(answer.data)) for row in sheet.values for cell in row]
    assert "<10" in values
    assert 5 not in values
    assert 100 not in values
    assert json.dumps(str(values)).count("305") == 1
