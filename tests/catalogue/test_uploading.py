"""Files on their way into a draft, by form, by script and by API; and what happens to bad ones."""

import io
import json

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from oer.accounts.models import Account, Role
from oer.catalogue.models import Material, VersionFile
from oer.files.models import Blob
from tests.accounts.factories import make_account
from tests.catalogue.conftest import TEXT
from tests.catalogue.factories import make_blob, make_educator, make_material, make_submitted


class Untouched(io.BytesIO):
    """A body that nobody may read."""

    def read(self, *_given):
        raise AssertionError("the body was read")

    readinto = read


@pytest.fixture
def draft(session, as_account):
    """(browser of an educator, public id of a draft of theirs without files)."""
    educator = make_educator(session)
    public_id = make_material(session, educator, content=None).public_id
    return as_account(educator), public_id


def raw(browser, public_id, content=TEXT, *, token=None, name="an-toan.txt", key="", **more):
    token = token if token is not None else browser.token(f"/my/materials/{public_id}/files")
    return browser.client.post(
        f"/api/v1/materials/{public_id}/files",
        query_string={"name": name, "key": key},
        data=content,
        headers={"X-CSRFToken": token, "Content-Type": "application/octet-stream"},
        **more,
    )


def by_form(browser, public_id, *files, **fields):
    where = f"/my/materials/{public_id}/files"
    return browser.send(where, files=list(files), **fields)


def names(session, public_id) -> list[str]:
    session.rollback()
    material = session.scalar(sa.select(Material).where(Material.public_id == public_id))
    found = [file.name for file in material.newest_version.files]
    session.rollback()
    return found


def blobs(session) -> int:
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(Blob))


def nothing_left(installation) -> bool:
    return not list(installation.storage.root.glob(".incoming/*"))


def test_a_body_becomes_a_file(session, installation, draft):
    browser, public_id = draft
    answer = raw(browser, public_id, name="Đề thi.txt")
    assert answer.status_code == 201
    told = json.loads(answer.data)
    assert (told["key"], told["size"], told["position"], told["role"]) == ("Đề thi.txt", len(TEXT), 1, "content")
    assert b"".join(installation.storage.read(told["checksum"].removeprefix("sha256:"))) == TEXT
    assert "Đề thi" in answer.text, "unescaped"
    assert nothing_left(installation)


def test_a_form_brings_several_files_at_once(session, installation, draft, file_of):
    browser, public_id = draft
    answer = by_form(browser, public_id, file_of(), file_of(b"# B\xc3\xa0i", "b.md"))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/my/materials/{public_id}/files")
    assert names(session, public_id) == ["an-toan.txt", "b.md"]
    assert nothing_left(installation)


def test_a_material_begins_with_its_files(session, as_account, file_of):
    browser = as_account(make_educator(session))
    answer = browser.send("/my/materials/new/files", page="/my/materials/new", files=[file_of()])
    assert answer.status_code == 303
    assert names(session, answer.headers["Location"].split("/")[3]) == ["an-toan.txt"]


def test_without_a_good_file_no_material_begins(session, as_account, file_of):
    browser = as_account(make_educator(session))
    for files in ([(io.BytesIO(b""), "")], [file_of(b"", "a.txt")]):
        answer = browser.send("/my/materials/new/files", page="/my/materials/new", files=files)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/my/materials/new")
        assert 'class="notice error"' in browser.get("/my/materials/new").text
    assert session.scalar(sa.select(sa.func.count()).select_from(Material)) == 0


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "a.txt", 422, "empty_file"),
        (b"<html><script>1</script></html>", "a.pdf", 415, "type_mismatch"),
        (b"MZ\x90\x00" + bytes(200), "a.pdf", 415, "type_mismatch"),
        (b"MZ\x90\x00" + bytes(200), "a.exe", 415, "type_unknown"),
    ],
)
def test_a_bad_file_is_refused_in_words(session, installation, draft, file_of, content, name, status, code):
    browser, public_id = draft
    answer = raw(browser, public_id, content, name=name)
    assert (answer.status_code, answer.json["code"], answer.mimetype) == (status, code, "application/problem+json")
    page = by_form(browser, public_id, file_of(content, name))
    assert page.status_code == status
    assert name in page.text
    assert answer.json["detail"] in page.text
    assert names(session, public_id) == []
    assert blobs(session) == 0
    assert nothing_left(installation)


def test_a_good_file_goes_in_beside_a_bad_one(session, draft, file_of):
    browser, public_id = draft
    assert by_form(browser, public_id, file_of(b"", "empty.txt"), file_of()).status_code == 303
    assert names(session, public_id) == ["an-toan.txt"]
    assert "empty.txt" in browser.get(f"/my/materials/{public_id}/files").text


@pytest.mark.parametrize("over", [0, 1])
def test_the_limit_is_exact(session, installation, draft, settings, over):
    browser, public_id = draft
    content = b"a" * (settings.max_upload_bytes + over)
    by_script = raw(browser, public_id, content, name="a.txt")
    fields = {
        "csrf_token": browser.token(f"/my/materials/{public_id}/files"),
        "files": FileStorage(io.BytesIO(content), "b.txt"),
    }
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    form = browser.client.post(f"/my/materials/{public_id}/files", data=body, content_type=kind)
    assert (by_script.status_code, form.status_code) == ((413, 413) if over else (201, 303))
    assert names(session, public_id) == ([] if over else ["a.txt", "b.txt"])
    assert nothing_left(installation)


def test_a_body_that_is_announced_too_large_is_not_read(draft, settings):
    browser, public_id = draft
    headers = {"X-CSRFToken": browser.token(f"/my/materials/{public_id}/files")}
    answer = browser.client.post(
        f"/api/v1/materials/{public_id}/files?name=a.txt",
        input_stream=Untouched(),
        headers=headers,
        environ_overrides={"CONTENT_LENGTH": str(settings.max_upload_bytes + 1)},
    )
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_a_body_that_is_longer_than_it_was_announced_or_chunked_ends_at_the_limit(installation, draft, settings):
    browser, public_id = draft
    headers = {"X-CSRFToken": browser.token(f"/my/materials/{public_id}/files"), "Transfer-Encoding": "chunked"}
    answer = browser.client.post(
        f"/api/v1/materials/{public_id}/files?name=a.txt",
        input_stream=io.BytesIO(b"a" * (settings.max_upload_bytes + 1)),
        environ_overrides={"wsgi.input_terminated": True},
        headers=headers,
    )
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert nothing_left(installation)


@pytest.mark.parametrize("way", ["raw", "form"])
def test_an_upload_that_is_cut_off_leaves_nothing(session, installation, draft, way):
    browser, public_id = draft
    token = browser.token(f"/my/materials/{public_id}/files")
    head = b""
    if way == "form":
        parts = [f'Content-Disposition: form-data; name="csrf_token"\r\n\r\n{token}'.encode()]
        parts += [b'Content-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n']
        head = b"--b\r\n" + b"\r\n--b\r\n".join(parts)
    content = head + b"a" * 500_000
    where = f"/my/materials/{public_id}/files" if way == "form" else f"/api/v1/materials/{public_id}/files?name=a.txt"
    answer = browser.client.post(
        where,
        input_stream=io.BytesIO(content),
        # A server that ends the body where the client left, whatever was announced.
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": str(2 * len(content))},
        headers={
            "X-CSRFToken": token,
            "Content-Type": "multipart/form-data; boundary=b" if way == "form" else "text/plain",
        },
    )
    assert answer.status_code == 400
    assert names(session, public_id) == []
    assert blobs(session) == 0
    assert nothing_left(installation)


@pytest.mark.parametrize("who", ["nobody", "learner", "reviewer", "other_educator", "disabled"])
def test_who_may_not_upload_is_told_before_the_body_is_read(app, session, as_account, draft, who):
    _, public_id = draft
    account = {
        "nobody": None,
        "learner": make_account(session),
        "reviewer": make_account(session, Role.REVIEWER),
        "other_educator": make_educator(session),
        "disabled": make_educator(session),
    }[who]
    browser = as_account(account).client if account else app.test_client()
    if who == "disabled":
        session.get(Account, account.id).state = "disabled"
        session.commit()
    status = {"nobody": 401, "disabled": 401, "other_educator": 404}.get(who, 403)
    for where in (f"/api/v1/materials/{public_id}/files?name=a", f"/my/materials/{public_id}/files"):
        kind = "text/plain" if "api" in where else "multipart/form-data; boundary=b"
        answer = browser.post(
            where,
            input_stream=Untouched(),
            headers={"Content-Type": kind, "X-CSRFToken": "x"},
            environ_overrides={"CONTENT_LENGTH": "1000"},
        )
        assert answer.status_code in {status, 400} if who == "other_educator" else answer.status_code == status


@pytest.mark.parametrize("way", ["raw", "form"])
def test_without_a_token_nothing_is_taken(session, draft, file_of, way):
    browser, public_id = draft
    if way == "raw":
        answer = raw(browser, public_id, None, token="forged", input_stream=Untouched(TEXT))
    else:
        files = {"files": [file_of()], "csrf_token": "forged"}
        answer = browser.client.post(f"/my/materials/{public_id}/files", data=files)
    assert answer.status_code == 400
    assert names(session, public_id) == []


def test_a_file_sent_before_the_token_is_not_taken(draft):
    browser, public_id = draft
    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nabc\r\n--b--\r\n'
    answer = browser.client.post(
        f"/my/materials/{public_id}/files", data=body, content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 400


def test_the_same_upload_again_adds_nothing(session, draft, file_of):
    browser, public_id = draft
    first, again = (raw(browser, public_id, key="one") for _ in range(2))
    assert (first.json, again.status_code) == (again.json, 201)
    for _ in range(2):
        assert by_form(browser, public_id, file_of(b"hai", "b.txt"), key="two").status_code == 303
    assert names(session, public_id) == ["an-toan.txt", "b.txt"]


def test_the_same_content_is_one_blob_however_often(session, draft):
    browser, public_id = draft
    for name in ("a.txt", "b.txt"):
        assert raw(browser, public_id, name=name).status_code == 201
    assert names(session, public_id) == ["a.txt", "b.txt"]
    assert blobs(session) == 1


def test_a_full_account_is_told_how_full(session, app, as_account, settings, file_of):
    educator = make_educator(session)
    material = make_material(session, educator, content=None)
    public_id, most = material.public_id, settings.account_quota_bytes
    blob = make_blob(session, b"big")
    blob.size = most - 10
    big = VersionFile(position=1, number=material.new_file_number(), name="big", blob_sha256=blob.sha256)
    material.newest_version.files.append(big)
    browser = as_account(educator)
    by_script, form = raw(browser, public_id), by_form(browser, public_id, file_of())
    assert (by_script.status_code, by_script.json["code"], form.status_code) == (413, "quota", 413)
    assert "20 GB" in by_script.json["detail"]
    begun = browser.send("/my/materials/new/files", page="/my/materials/new", files=[file_of()])
    assert begun.status_code == 413
    assert raw(browser, public_id, b"abc").status_code == 201
    assert names(session, public_id) == ["big", "an-toan.txt"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/pass wd.txt", "pass wd.txt"),
        ("C:\\thư mục\\a.txt", "a.txt"),
        ("a\r\nX: 1.txt", "aX: 1.txt"),
        ("\u202etxt.a.txt", "txt.a.txt"),
        ("De\u0302\u0300.txt", "Dề.txt"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
    ],
)
def test_a_name_is_shown_without_what_could_mislead(session, draft, given, shown):
    browser, public_id = draft
    assert raw(browser, public_id, name=given).status_code == 201
    assert names(session, public_id) == [shown]


def test_a_file_without_a_name_is_called_what_it_is(session, draft):
    browser, public_id = draft
    pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    answer = raw(browser, public_id, pdf, name="\u202e")
    assert answer.status_code == 201, answer.text
    assert names(session, public_id) == ["tep.pdf"]


def test_a_file_is_exchanged_where_it_is(session, draft, file_of):
    browser, public_id = draft
    by_form(browser, public_id, file_of(), file_of(b"hai", "b.txt"))
    where = f"/my/materials/{public_id}/files"
    answer = browser.send(f"{where}/1/replace", page=where, files=[file_of(b"ba", "c.txt")])
    assert answer.status_code == 303
    assert names(session, public_id) == ["c.txt", "b.txt"]
    assert browser.send(f"{where}/9/replace", page=where, files=[file_of()]).status_code == 404


def test_files_are_moved_described_and_taken_away(session, draft, file_of):
    browser, public_id = draft
    by_form(browser, public_id, file_of(), file_of(b"hai", "b.txt"))
    where = f"/my/materials/{public_id}/files"
    for fields in ({"action": "down"}, {"action": "save", "role": "transcript", "language": "vi"}):
        assert browser.send(f"{where}/1", page=where, **fields).status_code == 303
    assert names(session, public_id) == ["b.txt", "an-toan.txt"]
    rows = session.execute(sa.select(VersionFile.role, VersionFile.language).order_by(VersionFile.position)).all()
    assert rows == [("content", None), ("transcript", "vi")]  # the form is still that of the file it was opened for
    session.rollback()
    assert browser.send(f"{where}/1", page=where, action="save", role="boss").status_code == 400
    assert browser.send(f"{where}/1", page=where, action="remove").status_code == 303
    assert names(session, public_id) == ["b.txt"]


def test_what_is_being_reviewed_takes_no_file(session, as_account):
    educator = make_educator(session)
    public_id = make_submitted(session, educator).public_id
    browser = as_account(educator)
    answer = raw(browser, public_id, token=browser.token("/my/materials/new"))
    assert (answer.status_code, answer.json["code"]) == (409, "in_review")


def test_the_page_waits_until_the_files_are_read(draft, run_jobs):
    browser, public_id = draft
    raw(browser, public_id)
    where = f"/my/materials/{public_id}/files"
    assert "data-waiting" in browser.get(where).text
    assert browser.get(f"{where}/state").json == {"waiting": True}
    run_jobs()
    assert browser.get(f"{where}/state").json == {"waiting": False}
    assert "data-waiting" not in browser.get(where).text
