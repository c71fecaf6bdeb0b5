"""Folders, ZIPs and sheets: looked through first, then made into materials, once, whoever dies meanwhile."""

import io
import struct
import zipfile

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from oer.accounts.models import Role
from oer.catalogue.jobs import arriving
from oer.catalogue.models import Material
from oer.catalogue.services import batches
from oer.catalogue.upload_models import Batch, BatchState
from tests.accounts.factories import make_account
from tests.catalogue.conftest import TEXT
from tests.catalogue.factories import BY, make_educator
from tests.catalogue.test_resumable_uploads import Sender, coded

NEW = "/my/batches/new/"


def zip_of(members, *, method=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    content.seek(0)
    return content


@pytest.fixture
def browser(session, as_account):
    return as_account(make_educator(session))


@pytest.fixture
def bring(browser, queue, installation):
    """Sends a form of files, lets the worker look at it, and returns the address of the batch."""
    queue.serve(installation)

    def send(kind="files", *, expect=303, **files):
        answer = browser.send(NEW + kind, **files)
        assert answer.status_code == expect, answer.text
        queue.run_waiting()
        return answer.headers.get("Location", "")

    return send


@pytest.fixture
def run(browser, queue):
    def go(where, **fields):
        answer = browser.send(f"{where}/run", page=where, **fields)
        queue.run_waiting()
        return answer

    return go


def drafts(session):
    session.rollback()
    found = [
        [file.name for file in each.draft.files] for each in session.scalars(sa.select(Material).order_by(Material.id))
    ]
    session.rollback()
    return found


def state(session):
    session.rollback()
    found = session.scalars(sa.select(Batch.state)).one()
    session.rollback()
    return found


MIXED = {
    "Bài giảng/Bài 10.txt": TEXT,
    "Bài giảng/Bài 2.txt": TEXT + b"2",
    "Bài giảng/chay.exe": b"MZ\x90\0" + bytes(50),
    "Bài giảng/Thumbs.db": b"x",
    "__MACOSX/Bài giảng/._Bài 2.txt": b"x",
    "Bài giảng/.DS_Store": b"x",
}


def test_of_a_zip_it_is_shown_first_what_becomes_what_and_why_something_is_refused(session, browser, bring, run):
    where = bring(archive=(zip_of(MIXED), "bai.zip"))
    page = browser.get(f"/en{where}").text
    assert page.index("Bài 2.txt") < page.index("Bài 10.txt"), "2 comes before 10"
    assert "2 files can be taken" in page
    assert "1 file is not taken" in page
    assert "chay.exe" in page
    for left_out in ("Thumbs.db", "__MACOSX", ".DS_Store"):
        assert left_out not in page
    assert drafts(session) == [], "nothing is made before somebody says so"
    run(where, **{"as": "each"})
    assert drafts(session) == [["Bài 2.txt"], ["Bài 10.txt"]]
    assert "2 drafts were made" in browser.get(f"/en{where}").text


def test_a_zip_becomes_one_material_in_the_order_of_its_folder(session, bring, run):
    where = bring(archive=(zip_of(MIXED), "bai.zip"))
    run(where, **{"as": "together"})
    assert drafts(session) == [["Bài 2.txt", "Bài 10.txt"]]


def test_a_folder_keeps_its_order_and_its_names(session, browser, bring, run):
    chosen = [(io.BytesIO(TEXT + str(n).encode()), f"Lớp/{n}. Bài.txt") for n in (10, 9, 1)]
    where = bring(files=chosen)
    assert "Lớp/9. Bài.txt" in browser.get(where).text
    run(where, **{"as": "together"})
    assert drafts(session) == [["1. Bài.txt", "9. Bài.txt", "10. Bài.txt"]]


def test_names_with_digits_that_are_no_numbers_have_an_order(browser, bring):
    where = bring(files=[(io.BytesIO(TEXT + name.encode()), name) for name in ("10²3.txt", "①2.txt")])
    page = browser.get(where).text
    assert "10²3.txt" in page
    assert "①2.txt" in page


@pytest.mark.parametrize(
    "written",
    ["bài giảng.txt".encode(), b"b\xe0i gia\xd2ng.txt", b"b\xb5i gi\xb6ng.txt"],
    ids=["UTF-8 without the flag", "Windows-1258", "TCVN3"],
)
def test_names_in_old_encodings_are_right(browser, bring, written):
    placeholder = b"n" * (len(written) - 4) + b".txt"
    content = zip_of({placeholder.decode(): TEXT}).getvalue().replace(placeholder, written)
    assert "bài giảng.txt" in browser.get(bring(archive=(io.BytesIO(content), "a.zip"))).text


@pytest.mark.parametrize(
    "members",
    [
        {"../../etc/passwd.txt": TEXT},
        {"/etc/passwd.txt": TEXT},
        {"a.zip": zip_of({"b.zip": zip_of({"c.zip": zip_of({"d.txt": "x"}).getvalue()}).getvalue()}).getvalue()},
        {"0.txt": b"0" * 60 * 1024**2},
    ],
)
def test_a_zip_that_slips_bombs_or_nests_is_refused_whole(session, browser, installation, bring, members):
    where = bring(archive=(zip_of(members), "a.zip"))
    page = browser.get(f"/en{where}").text
    assert 'class="error"' in page
    assert "archive" in page
    assert state(session) is BatchState.FAILED
    assert not list((installation.settings.instance_dir / "batches").rglob("passwd*"))


def test_a_file_with_a_password_in_a_zip_is_refused_alone(browser, bring):
    content = bytearray(zip_of({"khoa.txt": TEXT, "mo.txt": TEXT}, method=zipfile.ZIP_STORED).getvalue())
    first_of_directory = content.index(b"PK\x01\x02")
    for place in (6, first_of_directory + 8):  # the flag of encryption, in both headers of the first member
        struct.pack_into("<H", content, place, struct.unpack_from("<H", content, place)[0] | 1)
    page = browser.get(f"/en{bring(archive=(io.BytesIO(bytes(content)), 'a.zip'))}").text
    assert "1 file can be taken" in page
    assert "protected by a password" in page


@pytest.mark.parametrize("name", ["../../../tmp/x.txt", "/tmp/x.txt", "a/../../x.txt"])
def test_no_path_in_a_form_leads_outside(installation, browser, bring, name):
    where = bring(files=[(io.BytesIO(TEXT), name), (io.BytesIO(TEXT), "tot.txt")])
    found = batches.read_found(batches.folder_of(installation.settings, int(where.rpartition("/")[2])))
    good = [each.path for each in found if not each.problem]
    assert "tot.txt" in good
    assert all(".." not in each and not each.startswith("/") for each in good)


def test_making_drafts_goes_on_after_a_death_without_a_double_or_a_hole(session, installation, bring, run, monkeypatch):
    where = bring(archive=(zip_of({f"{n}.txt": TEXT + str(n).encode() for n in range(5)}), "a.zip"))
    made = []

    def die_at_the_third(_name):
        made.append(1)
        if len(made) == 3:
            raise SystemExit  # no Exception: nothing is tidied up

    monkeypatch.setattr(arriving, "fail_point", die_at_the_third)
    with pytest.raises(SystemExit):
        run(where, **{"as": "each"})
    assert len(drafts(session)) == 3
    monkeypatch.setattr(arriving, "fail_point", lambda _name: None)
    arriving.run_waiting_batches(installation)
    assert len(drafts(session)) == 3, "the lease of the dead one still runs"
    session.execute(sa.update(Batch).values(leased_until=None))
    session.commit()
    arriving.run_waiting_batches(installation)
    assert drafts(session) == [[f"{n}.txt"] for n in range(5)]
    assert state(session) is BatchState.DONE


SHEET = "identifier,title.vi,language,licence,source_url,files\n"


def sheet(*rows):
    return io.BytesIO((SHEET + "\n".join(rows)).encode())


GOOD = f"a,Bếp,vi,{BY},,bai/mot.txt"


def test_a_sheet_is_tried_first_its_faults_can_be_downloaded_and_good_rows_go_in(session, browser, bring, run):
    archive = zip_of({"bai/mot.txt": TEXT})
    where = bring(
        "sheet", sheet=(sheet(GOOD, f"b,B,xx,{BY},,", f"c,C,vi,{BY},,no.txt"), "s.csv"), archive=(archive, "f.zip")
    )
    page = browser.get(f"/en{where}").text
    assert "New: 1. Changed: 0. As they were: 0. Rows with faults: 2." in page
    assert "Publish at once" not in page, "an educator does not publish"
    assert drafts(session) == []
    told = browser.get(f"/en{where}/faults.xlsx")
    rows = list(load_workbook(io.BytesIO(told.data)).active.iter_rows(values_only=True))
    assert [row[:3] for row in rows[1:]] == [(3, "b", "language (1)"), (4, "c", "files")]
    assert browser.get(f"{where}/faults.csv").text.startswith("\ufeffDòng,")
    run(where, how="rows", publish="yes")
    assert drafts(session) == [["mot.txt"]]
    assert "New: 1." in browser.get(f"/en{where}").text
    assert not session.scalars(sa.select(Material)).one().is_public, "whatever the form says"


def test_all_rows_or_none(session, browser, bring, run):
    where = bring("sheet", sheet=(sheet(f"a,A,vi,{BY},https://example.org/,", f"b,B,xx,{BY},,"), "s.csv"))
    run(where, how="whole")
    assert drafts(session) == []
    assert state(session) is BatchState.CHECKED


def test_the_same_sheet_again_changes_nothing(browser, bring, run):
    for expected in ("New: 1. Changed: 0. As they were: 0", "New: 0. Changed: 0. As they were: 1"):
        where = bring("sheet", sheet=(sheet(f"a,A,vi,{BY},https://example.org/,"), "s.csv"))
        run(where, how="whole")
        assert expected in browser.get(f"/en{where}").text


def test_an_administrator_may_publish_a_sheet_at_once(session, as_account, queue, installation):
    queue.serve(installation)
    browser = as_account(make_account(session, Role.ADMIN))
    where = browser.send(NEW + "sheet", sheet=(sheet(f"a,A,vi,{BY},https://example.org/,"), "s.csv")).headers[
        "Location"
    ]
    queue.run_waiting()
    browser.send(f"{where}/run", page=where, how="whole", publish="yes")
    queue.run_waiting()
    assert session.scalars(sa.select(Material)).one().is_public


def test_what_is_no_sheet_is_said_in_words(browser, bring):
    for name in ("titel.vi", "title"):
        where = bring("sheet", sheet=(io.BytesIO(f"identifier,{name}\na,b".encode()), "s.csv"))
        assert "Is it “title.vi”?" in browser.get(f"/en{where}").text


def test_the_template_can_be_filled_in_and_brought_back(session, browser, bring, run):
    book = load_workbook(io.BytesIO(browser.get("/my/batches/template.xlsx").data))
    head = {cell.value.rpartition("(")[2].rstrip(")"): cell.column for cell in book.worksheets[0][1]}
    for code, value in (("identifier", "a"), ("title.vi", "A"), ("language", "Tiếng Việt"), ("licence", BY)):
        book.worksheets[0].cell(2, head[code]).value = value
    filled = io.BytesIO()
    book.save(filled)
    filled.seek(0)
    run(bring("sheet", sheet=(filled, "t.xlsx")), how="whole")
    assert len(drafts(session)) == 1


def test_a_batch_with_the_number_of_one_that_was_discarded_makes_drafts_of_its_own(session, browser, bring, run):
    for name in ("một.txt", "hai.txt"):
        where = bring(files=[(io.BytesIO(TEXT + name.encode()), name)])
        run(where, **{"as": "each"})
        assert browser.send(f"{where}/discard", page=where).status_code == 303
    assert drafts(session) == [["một.txt"], ["hai.txt"]]


def test_nobody_else_knows_of_a_batch_and_a_discarded_one_leaves_nothing(
    session, installation, browser, bring, as_account
):
    where = bring(archive=(zip_of(MIXED), "bai.zip"))
    other = as_account(make_educator(session))
    assert other.get(where).status_code == 404
    assert other.get(f"{where}/faults.csv").status_code == 404
    assert browser.send(f"{where}/discard", page=where).status_code == 303
    assert browser.get(where).status_code == 404
    assert list((installation.settings.instance_dir / "batches").iterdir()) == []


def test_a_form_without_a_file_makes_no_batch(session, bring):
    assert bring(archive=(io.BytesIO(b""), "")) == NEW + "files"
    assert session.scalar(sa.select(sa.func.count()).select_from(Batch)) == 0


def test_an_account_has_ten_batches_at_once(session, bring, monkeypatch):
    monkeypatch.setattr(batches, "MOST_BATCHES", 1)
    bring(files=[(io.BytesIO(TEXT), "a.txt")])
    bring(files=[(io.BytesIO(TEXT), "a.txt")], expect=409)


class Pieces:
    """Sends the files of a batch one by one, as the page's script does."""

    def __init__(self, browser, kind):
        self.browser, self.sender = browser, Sender(browser)
        self.where = browser.send(NEW + kind, begin="yes", nothing=(io.BytesIO(b""), "")).headers["Location"]

    def send(self, name, content, role="files", batch=None):
        facts = {"filename": name, "batch": batch or self.where.rpartition("/")[2], "role": role}
        told = ",".join(f"{key} {coded(value)}" for key, value in facts.items())
        begun = self.sender.ask("POST", headers={"Upload-Length": str(len(content)), "Upload-Metadata": told})
        return self.sender.part(begun.headers["Location"], 0, content) if begun.status_code == 201 else begun

    def check(self):
        return self.browser.send(f"{self.where}/check", page=self.where)


def test_the_files_of_a_batch_may_come_in_pieces(session, installation, queue, browser, run):
    queue.serve(installation)
    pieces = Pieces(browser, "sheet")
    assert "not all here yet" in browser.get(f"/en{pieces.where}").text
    assert pieces.send("bảng.csv", sheet(GOOD).getvalue(), "sheet").status_code == 204
    assert pieces.send("bai.zip", zip_of({"bai/hai.txt": TEXT}).getvalue(), "archive").status_code == 204
    assert pieces.send("bai/mot.txt", TEXT).status_code == 204
    assert pieces.send("bai/Thumbs.db", b"x").status_code == 204
    assert pieces.check().status_code == 303
    queue.run_waiting()
    page = browser.get(f"/en{pieces.where}").text
    assert "bảng.csv" in page
    assert "New: 1." in page
    run(pieces.where, how="whole")
    assert drafts(session) == [["mot.txt"]]


def test_no_piece_of_a_batch_goes_elsewhere(session, installation, browser, as_account):
    pieces = Pieces(browser, "files")
    for name in ("../x.txt", "/etc/x.txt", "a/../../x.txt"):
        assert pieces.send(name, TEXT).status_code == 400
    pieces.send("a", TEXT)
    assert pieces.send("a/b.txt", TEXT).status_code == 400, "one name for a file and a folder"
    other = Pieces(as_account(make_educator(session)), "files")
    assert other.send("x.txt", TEXT, batch=pieces.where.rpartition("/")[2]).status_code == 404
    folder = installation.settings.instance_dir / "batches" / pieces.where.rpartition("/")[2]
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["a"]


def test_what_lies_in_a_batch_counts_against_the_quota_and_an_empty_one_is_not_looked_through(browser):
    pieces = Pieces(browser, "files")
    assert pieces.check().status_code == 400
    pieces.send("a.txt", TEXT * 1000)
    assert "are on their way" in browser.get("/en/my/materials/new").text
