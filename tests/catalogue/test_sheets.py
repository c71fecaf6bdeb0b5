"""Materials in sheets: CSV as people save it, XLSX with formulas, faults in words, nothing lost on the way back."""

import io
import json
import random
from dataclasses import replace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook

from oer.accounts.services.administration import system_account
from oer.catalogue.cli import import_command
from oer.catalogue.fields import FIELDS
from oer.catalogue.jobs import index_due
from oer.catalogue.jobs.importing import ImportRun, fault_table, import_rows
from oer.catalogue.models import Material, Version
from oer.catalogue.schemas import sheets
from oer.catalogue.schemas.record import parse_record
from oer.catalogue.schemas.sheets import read_list, read_sheet, write_list, written_columns, written_row
from oer.catalogue.services.importing import Outcome
from oer.core.errors import Invalid, TooLarge
from oer.core.spreadsheets import Sheet, write_csv, write_xlsx
from oer.files.models import Blob
from tests.catalogue.factories import BY, make_educator, make_material, make_published

HEAD = ["identifier", "title.vi", "language", "licence", "source_url"]
ROW = ["a", "Nấu ăn", "vi", BY, "https://example.org/bai"]
WHOLE = {
    "title": {"vi": "Nấu ăn; bếp", "en": "=Cooking", "fr": "Cuisine"},
    "summary": {"vi": "Dòng một\nDòng hai", "en": "-x"},
    "creators": [
        {"name": "Nguyễn Thị A; B", "role": "author", "affiliation": "Trường | X", "orcid": "0000-0002-1825-0097"},
        {"name": "Trần B", "role": "editor"},
    ],
    "subjects": ["bas.song", "dig.an-toan"],
    "levels": ["thpt"],
    "types": ["handbook"],
    "audiences": ["all"],
    "language": ["vi"],
    "keywords": ["bếp; lửa", "@nhà"],
    "licence": BY,
    "time_required": "PT3H",
    "typical_age": "18-",
    "outcomes": {"vi": ["Nấu; nướng", "Dọn"]},
    "prerequisites": {"en": ["None; really"]},
    "accessibility": {
        "features": ["captions"],
        "hazards": ["none"],
        "access_mode": ["visual"],
        "summary": {"vi": "Có"},
    },
    "source_url": "https://example.org/bai",
    "published_on": "2026-03",
    "place": "26506",
    "relations": [{"type": "isBasedOn", "target": "https://example.org/a|b;c"}],
}


def sheet_of(*rows, head=HEAD, delimiter=",", encoding="utf-8"):
    text = io.StringIO()
    import csv

    csv.writer(text, delimiter=delimiter).writerows([head, *rows])
    return io.BytesIO(text.getvalue().encode(encoding))


def workbook_of(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content


@pytest.fixture
def bring(installation, session, tmp_path):
    """Imports the rows of a sheet; returns the outcomes, and the faults as their sheet has them."""
    folder = tmp_path / "files"
    folder.mkdir()
    owner_id = system_account(session).id
    session.commit()

    def run(file, name="a.csv", *, owner_id=owner_id, language="en", **options):
        session.rollback()
        faults = []
        order = ImportRun(installation, owner_id, folder, report=faults.append, **{"publish": True, **options})
        return dict(import_rows(order, read_sheet(file, name))), fault_table(faults, language)

    run.folder = folder
    return run


def records(session):
    session.rollback()
    found = dict(
        session.execute(
            sa.select(Material.identifier, Version.record).join(Version, Version.id == Material.current_version_id)
        ).all()
    )
    session.rollback()
    return found


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1258"])
def test_a_csv_is_read_however_it_was_saved(session, bring, delimiter, encoding):
    import unicodedata

    title = "Hướng dẫn nấu ăn sạch cho người lớn tuổi"
    # Windows-1258 writes tones as letters of their own, as Vietnamese Windows does.
    of_windows = "".join(
        unicodedata.normalize("NFC", "".join(x for x in unicodedata.normalize("NFD", letter) if x not in TONES))
        + "".join(x for x in unicodedata.normalize("NFD", letter) if x in TONES)
        for letter in title
    )
    row = [*ROW[:1], of_windows if encoding == "cp1258" else title, *ROW[2:]]
    assert bring(sheet_of(row, delimiter=delimiter, encoding=encoding)) == ({Outcome.ADDED: 1}, [])
    assert records(session)["a"]["title"] == {"vi": title}


TONES = "\u0300\u0301\u0303\u0309\u0323"


def test_of_a_formula_its_last_value_counts_and_dates_and_numbers_are_read(session, bring, tmp_path):
    import zipfile

    made = workbook_of([*HEAD, "published_on", "keywords"], [1, "=A2&B1", *ROW[2:], "15/03/2026", 2026])
    out = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w") as new:
        for each in old.namelist():
            content = old.read(each)
            if each == "xl/worksheets/sheet1.xml":  # as a program that calculates has saved it
                content = content.replace(b"<f>A2&amp;B1</f><v />", b"<f>A2&amp;B1</f><v>Kept value</v>")
                content = content.replace(b"<f>A2&amp;B1</f><v></v>", b"<f>A2&amp;B1</f><v>Kept value</v>")
                content = content.replace(b'<c r="B2"><f>', b'<c r="B2" t="str"><f>')
            new.writestr(each, content)
    assert bring(out, "a.xlsx") == ({Outcome.ADDED: 1}, [])
    kept = records(session)["1"]
    assert (kept["title"], kept["published_on"], kept["keywords"]) == ({"vi": "Kept value"}, "2026-03-15", ["2026"])


def test_labels_are_as_good_as_codes_and_headings_as_columns(session, bring):
    head = [
        "identifier",
        "Tên bằng tiếng Việt (title.vi)",
        "language",
        "licence",
        "source_url",
        "subjects",
        "# ghi chú",
    ]
    row = [*ROW[:2], "Tiếng Việt", "CC BY 4.0", ROW[4], "Kỹ năng sống", "chỉ để nhớ"]
    _, faults = bring(sheet_of(row, head=head))
    assert faults == []
    assert records(session)["a"]["licence"] == BY


def test_every_field_survives_the_way_into_each_kind_of_sheet_and_back():
    record = parse_record(WHOLE)
    assert {field.name for field in FIELDS if field.of(record)} | {"unit"} >= {
        "title", "summary", "creators", "subjects", "keywords", "outcomes", "relations",
    }  # fmt: skip
    among = written_columns([record])
    head = [column.heading("vi") for column in among]
    cells = written_row(record, {"identifier": "a"}, among)
    csv_file = io.BytesIO(write_csv([head, cells]))
    xlsx_file = io.BytesIO(write_xlsx([Sheet("m", [cells], head, escape=False)]))
    for file, name in ((csv_file, "a.csv"), (xlsx_file, "a.xlsx")):
        [row] = read_sheet(file, name)
        assert row.error is None
        assert parse_record(row.line["metadata"]) == record, name


@pytest.mark.parametrize("entries", [["a"], ["a;b"], ["a;b", "c"], ["a", "b"], [";"]])
def test_a_list_survives_a_cell(entries):
    assert read_list(write_list(entries)) == entries


def test_what_a_sheet_does_not_speak_of_stays_and_an_empty_cell_takes_away(session, bring):
    bring(sheet_of([*ROW, "bếp", "Kitchen"], head=[*HEAD, "keywords", "title.en"]))
    assert bring(sheet_of(["a", "Bếp"], head=["identifier", "title.vi"])) == ({Outcome.UPDATED: 1}, [])
    assert records(session)["a"] == {
        "title": {"vi": "Bếp", "en": "Kitchen"}, "language": ["vi"], "keywords": ["bếp"], "licence": BY,
        "source_url": ROW[4],
    }  # fmt: skip
    bring(sheet_of(["a", ""], head=["identifier", "keywords"]))
    assert "keywords" not in records(session)["a"]


def test_a_dry_run_names_the_faults_and_keeps_nothing(session, installation, bring):
    (bring.folder / "bai.txt").write_text("Ngắt cầu dao.")
    (bring.folder / "bad.pdf").write_bytes(b"MZ\x90\0")
    head = [*HEAD, "files"]
    rows = (
        [*ROW[:4], "", "bai.txt"],
        ["b", *ROW[1:], "bad.pdf"],
        ["c", *ROW[1:4], "", "../../etc/passwd"],
        ["d", *ROW[1:4], "", ""],
    )
    outcomes, faults = bring(sheet_of(*rows, head=head), dry=True)
    assert outcomes == {Outcome.ADDED: 1}
    assert [(row, key) for row, key, _, _ in faults] == [(3, "b"), (4, "c"), (5, "d")]
    assert "not in the folder" in faults[1][3]
    assert records(session) == {}
    assert session.scalar(sa.select(sa.func.count()).select_from(Blob)) == 0
    assert list(installation.storage.contents()) == []
    again, real = bring(sheet_of(*rows, head=head))
    assert (again, real) == (outcomes, faults), "what was said is what happens"


FAULTS = [
    ("title.vi", "x" * 301),
    ("language", "xx-nothing"),
    ("licence", "CC-BY/"),
    ("source_url", "javascript:alert(1)"),
    ("subjects", "bas.nothing"),
    ("creators", "A | author | B | 0000-0002-1825-0098"),
    ("published_on", "31/02/2026"),
    ("typical_age", "9-7"),
    ("time_required", "three hours"),
    ("place", "00000"),
]


def test_of_a_thousand_rows_with_fifty_faults_each_is_named_and_none_invented(bring):
    head = [*HEAD, "subjects", "creators", "published_on", "typical_age", "time_required", "place"]
    chance = random.Random(17)
    faulty = dict(zip(sorted(chance.sample(range(2, 1002), 50)), FAULTS * 5, strict=True))
    rows = []
    for number in range(2, 1002):
        row = dict(zip(head, [f"m-{number}", f"Bài {number}", *ROW[2:]], strict=False))
        row |= {"subjects": "bas.song", "creators": "Trần B; Lê C", "published_on": "3/2026", "place": "26506"}
        if number in faulty:
            row |= dict([faulty[number]])
        rows.append([row.get(name, "") for name in head])
    outcomes, faults = bring(sheet_of(*rows, head=head), dry=True, language="vi")
    assert [(row, key, column.partition(" ")[0].partition("[")[0]) for row, key, column, _ in faults] == [
        (number, f"m-{number}", "creators.orcid"[:8] if column == "creators" else column)
        for number, (column, _) in faulty.items()
    ]
    assert outcomes == {Outcome.ADDED: 950}
    assert all(words and not words.startswith("This") for *_, words in faults), "in the reader's language"


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "a.csv", "identifier"),
        (b"title.vi\nA", "a.csv", "identifier"),
        (b"identifier,titel.vi\na,b", "a.csv", "title.vi"),
        (b"identifier,nothing of ours\na,b", "a.csv", "nothing of ours"),
        (b"identifier,title.vi,title.vi\na,b,c", "a.csv", "twice"),
        (b"PK\x03\x04 no workbook", "a.xlsx", "no sheet"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.csv", "sheet|column|identifier"),
    ],
)
def test_what_is_no_sheet_is_refused_in_words(content, name, says):
    with pytest.raises(Invalid) as refused:
        list(read_sheet(io.BytesIO(content), name))
    import re

    assert re.search(says, str(refused.value))


def test_a_sheet_has_an_end(monkeypatch):
    monkeypatch.setattr("oer.catalogue.schemas.sheets.MOST_ROWS", 3)
    with pytest.raises(TooLarge):
        list(read_sheet(sheet_of(*[ROW] * 4), "a.csv"))


def test_a_workbook_that_is_a_bomb_is_not_opened():
    import zipfile

    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60 * 1024**2)
    with pytest.raises(Invalid, match="no sheet"):
        list(read_sheet(bomb, "a.xlsx"))


def test_a_workbook_whose_texts_do_not_fit_into_memory_is_not_opened(monkeypatch):
    """Moderately packed texts, which no ratio gives away: they are in memory as a whole while a workbook is read."""
    book = write_xlsx([Sheet("a", [["id", "title.vi"], ["x", "chữ" * 1000]])])
    assert len(list(read_sheet(io.BytesIO(book), "a.xlsx"))) == 1
    assert sheets._UNPACKED.total_bytes <= 256 * 1024**2
    monkeypatch.setattr(sheets, "_UNPACKED", replace(sheets._UNPACKED, total_bytes=2000))
    with pytest.raises(Invalid, match="no sheet"):
        list(read_sheet(io.BytesIO(book), "a.xlsx"))


def test_an_educator_changes_only_what_they_may(session, bring):
    mine, other = make_educator(session), make_educator(session)
    theirs, unit = make_published(session, other), other.grants[0].unit
    own = make_published(session, mine).public_id
    public_id, code, owner_id = theirs.public_id, unit.code, mine.id
    session.commit()
    head = ["id", "identifier", "title.vi", "unit", "language", "licence", "source_url"]
    rows = (
        [public_id, "", "Của tôi", "", *ROW[2:]],
        ["", "n", "Mới", code, *ROW[2:]],
        [own, "", "Sửa", "", *ROW[2:]],
        ["abcde-fghjk", "", "x", "", *ROW[2:]],
    )
    outcomes, faults = bring(sheet_of(*rows, head=head), owner_id=owner_id, publish=False, restricted=True)
    assert outcomes == {Outcome.UPDATED: 1}
    assert [(row, column) for row, _, column, _ in faults] == [(2, "id"), (3, "unit"), (5, "id")]


def test_an_educator_is_not_told_whose_an_identifier_is(session, bring):
    mine, other = make_educator(session), make_educator(session)
    make_material(session, other).identifier = ROW[0]
    owner_id, address = mine.id, other.email
    session.commit()
    for restricted in (True, False):
        _, faults = bring(sheet_of(ROW), owner_id=owner_id, publish=False, restricted=restricted)
        [(_, _, column, words)] = faults
        assert column == "identifier"
        assert (address in words) is not restricted


def test_the_command_reads_sheets_writes_faults_and_does_all_or_nothing(installation, session, tmp_path):
    sheet = tmp_path / "a.csv"
    sheet.write_bytes(sheet_of(ROW, ["b", "B", "xx", BY, ROW[4]]).getvalue())
    told = tmp_path / "faults.xlsx"
    run = lambda *options: CliRunner().invoke(  # noqa: E731
        import_command, [str(sheet), "--publish", *options], obj=lambda: installation
    )
    for options in (["--dry-run"], ["--all-or-nothing", "--faults", str(told)]):
        done = run(*options)
        assert (done.exit_code, "nothing was imported" in done.output) == (1, True), done.output
        assert records(session) == {}
    rows = list(load_workbook(told).active.iter_rows(values_only=True))
    assert rows[0] == ("Row", "Material", "Column", "What is wrong")
    assert rows[1][:3] == (3, "b", "language (1)")
    done = run()
    assert "1 added" in done.output
    assert list(records(session)) == ["a"]


def test_json_lines_may_name_a_material_by_its_id(session, installation, bring):
    public_id = make_published(session).public_id
    session.commit()
    line = json.dumps({"id": public_id, "metadata": {"title": {"vi": "Mới"}, "language": ["vi"], "licence": BY}})
    assert bring(io.BytesIO(line.encode()), "a.jsonl")[0] == {Outcome.UPDATED: 1}


@pytest.fixture
def exported(installation, session, as_account):
    """Asks for an export in the name of an educator, who has something of their own as well."""
    educator = make_educator(session)
    for number in range(3):
        make_published(session, educator, **{**WHOLE, "title": {"vi": f"Bếp {number}"}, "unit": None})
    make_material(session, educator, title={"vi": "Bếp bí mật"})
    session.commit()
    index_due(installation)
    browser = as_account(educator)
    return lambda kind, query="q=bếp": browser.get(f"/search/export?{query}&as={kind}")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
def test_an_export_of_a_search_that_is_imported_again_changes_nothing(session, bring, exported, kind):
    answer = exported(kind)
    assert answer.status_code == 200
    assert f"materials.{kind}" in answer.headers["Content-Disposition"]
    rows = list(read_sheet(io.BytesIO(answer.data), f"a.{kind}"))
    assert [row.error for row in rows] == [None] * 3, "public ones, and no draft"
    assert bring(io.BytesIO(answer.data), f"a.{kind}") == ({Outcome.UNCHANGED: 3}, [])
    assert session.scalar(sa.select(sa.func.count()).select_from(Version)) == 4


def test_a_cell_that_was_edited_in_an_export_is_all_that_changes(session, bring, exported):
    book = load_workbook(io.BytesIO(exported("xlsx").data))
    sheet = book.active
    at = [cell.value.endswith("(keywords)") for cell in sheet[1]].index(True) + 1
    sheet.cell(2, at).value = "lửa; nước"
    edited = io.BytesIO()
    book.save(edited)
    assert bring(edited, "a.xlsx") == ({Outcome.UPDATED: 1, Outcome.UNCHANGED: 2}, [])
    session.rollback()
    changed = [r for r in session.scalars(sa.select(Version.record)) if r.get("keywords") == ["lửa", "nước"]]
    assert [{**record, "keywords": 0, "title": 0} for record in changed] == [
        {**parse_record({**WHOLE, "unit": None}), "keywords": 0, "title": 0}
    ]


def test_what_is_exported_runs_nothing_and_too_much_is_said_to_be_too_much(exported, monkeypatch):
    assert "\n=" not in exported("csv").text.replace(",=", "\n=")
    assert exported("exe").status_code == 400
    monkeypatch.setattr("oer.search.api.MOST_EXPORTED", 2)
    assert exported("csv").status_code == 413
