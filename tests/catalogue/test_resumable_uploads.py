"""Uploads that go on after a cut (tus 1.0): the protocol word by word, whose they are, and when they end."""

import base64
import fcntl
import hashlib
import io
import json
import os
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.catalogue.jobs import arriving
from oer.catalogue.jobs.arriving import expire_unfinished, take_whole_uploads
from oer.catalogue.models import Material, VersionFile
from oer.catalogue.services.uploads import begin_upload, note_received, take_upload, uploads_folder
from oer.catalogue.upload_models import Upload, UploadState
from oer.core.clock import now
from tests.catalogue.conftest import TEXT
from tests.catalogue.factories import make_educator, make_material, make_published

VERSION = {"Tus-Resumable": "1.0.0"}
PART = "application/offset+octet-stream"
SIZE = len(TEXT)
HALF = SIZE // 2


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Sender:
    """A program that speaks tus, in the name of somebody who is signed in."""

    def __init__(self, browser):
        self.client, self.token = browser.client, browser.token("/my/materials/new")

    def ask(self, method, path="/api/v1/uploads", **options):
        headers = {**VERSION, "X-CSRFToken": self.token, **options.pop("headers", {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        return self.client.open(path, method=method, headers=headers, **options)

    def begin(self, size=SIZE, name="an-toan.txt", material="", **headers):
        told = f"filename {coded(name)}" + (f",material {coded(material)}" if material else "")
        return self.ask("POST", headers={"Upload-Length": str(size), "Upload-Metadata": told, **headers})

    def part(self, where, offset, content, **headers):
        return self.ask(
            "PATCH", where, data=content, headers={"Upload-Offset": str(offset), "Content-Type": PART, **headers}
        )

    def offset(self, where):
        return int(self.ask("HEAD", where).headers["Upload-Offset"])


@pytest.fixture
def sender(session, as_account):
    return Sender(as_account(make_educator(session)))


@pytest.fixture
def where(sender):
    return sender.begin().headers["Location"]


def uploads(session):
    session.rollback()
    return session.scalars(sa.select(Upload).order_by(Upload.created_at)).all()


def files(session):
    session.rollback()
    found = session.scalars(sa.select(VersionFile.name).order_by(VersionFile.id)).all()
    session.rollback()  # or the application could not write
    return found


def kept_bytes(installation):
    return sorted(path.name for path in uploads_folder(installation.settings).glob("*"))


def test_what_is_spoken_is_told(client, settings):
    answer = client.options("/api/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,termination,expiration,checksum"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert answer.headers["Tus-Max-Size"] == str(settings.max_upload_bytes)


def test_a_file_comes_in_pieces_and_begins_a_material(session, installation, sender):
    begun = sender.begin()
    assert begun.status_code == 201, begun.text
    where = begun.headers["Location"]
    assert (begun.status_code, begun.data, begun.headers["Tus-Resumable"]) == (201, b"", "1.0.0")
    assert begun.headers["Upload-Expires"].endswith(" GMT")
    first = sender.part(where, 0, TEXT[:HALF])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(HALF))
    head = sender.ask("HEAD", where)
    assert (head.status_code, head.data, head.headers["Cache-Control"]) == (200, b"", "no-store")
    assert head.headers["Upload-Length"] == str(len(TEXT))
    assert head.headers["Upload-Metadata"] == f"filename {coded('an-toan.txt')}"
    assert files(session) == []
    assert sender.part(where, HALF, TEXT[HALF:]).headers["Upload-Offset"] == str(len(TEXT))
    told = sender.ask("GET", where).json
    material = session.scalars(sa.select(Material)).one()
    assert (told["state"], told["material"]) == ("done", material.public_id)
    assert told["files"] == f"/my/materials/{material.public_id}/files"
    [file] = material.draft.files
    assert b"".join(installation.storage.read(file.blob_sha256)) == TEXT
    assert kept_bytes(installation) == []
    assert not list(installation.storage.root.glob(".incoming/*"))


def test_a_file_goes_to_the_draft_that_it_was_announced_for(session, as_account):
    educator = make_educator(session)
    draft = make_material(session, educator).public_id
    sender = Sender(as_account(educator))
    where = sender.begin(material=draft).headers["Location"]
    sender.part(where, 0, TEXT)
    assert files(session) == ["bai.pdf", "an-toan.txt"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Material)) == 1


def test_another_offset_than_where_it_is_is_a_conflict(sender, where):
    sender.part(where, 0, TEXT[:HALF])
    for offset in (0, HALF - 1, HALF + 1, len(TEXT)):
        assert sender.part(where, offset, b"x").status_code == 409
    assert sender.offset(where) == HALF


def test_without_the_version_nothing_is_done_and_the_known_one_is_named(session, sender, where):
    for method, path in (("POST", "/api/v1/uploads"), ("HEAD", where), ("PATCH", where), ("DELETE", where)):
        for version in (None, "0.2.2", "1.0.0 "[:-1] + "1"):
            answer = sender.ask(method, path, headers={"Tus-Resumable": version})
            assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert len(uploads(session)) == 1


@pytest.mark.parametrize("kind", ["application/octet-stream", "", "text/plain", "multipart/form-data; boundary=b"])
def test_a_part_of_another_type_is_not_taken(sender, where, kind):
    assert sender.part(where, 0, TEXT, **{"Content-Type": kind}).status_code == 415
    assert sender.offset(where) == 0


@pytest.mark.parametrize("offset", ["", "-1", "x", "0x0", "1e3", "9" * 30, "٣"])
def test_an_offset_that_is_no_number_is_refused(sender, where, offset):
    assert sender.part(where, offset.encode().decode("latin-1"), TEXT).status_code == 400


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_part_that_changed_on_its_way_is_not_kept(session, sender, where, algorithm):
    right = base64.b64encode(hashlib.new(algorithm, TEXT[:HALF]).digest()).decode()
    changed = sender.part(where, 0, TEXT[1 : HALF + 1], **{"Upload-Checksum": f"{algorithm} {right}"})
    assert (changed.status_code, changed.json["code"], changed.json["title"]) == (460, "checksum", "Checksum Mismatch")
    assert sender.offset(where) == 0
    assert sender.part(where, 0, TEXT[:HALF], **{"Upload-Checksum": f"{algorithm} {right}"}).status_code == 204
    sender.part(where, HALF, TEXT[HALF:])
    assert files(session) == ["an-toan.txt"]


@pytest.mark.parametrize("checksum", ["md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha256", "sha256 %%%", "", "sha256 "])
def test_a_checksum_that_cannot_be_checked_is_refused(sender, where, checksum):
    assert sender.part(where, 0, TEXT, **{"Upload-Checksum": checksum}).status_code == 400
    assert sender.offset(where) == 0


def test_more_than_was_announced_is_not_taken(session, settings, sender, where):
    assert sender.part(where, 0, TEXT + b"x").status_code == 413
    assert sender.part(where, 0, io.BytesIO(TEXT + b"x")).status_code == 413, "also where its length is not known"
    assert sender.offset(where) == 0
    assert sender.begin(settings.max_upload_bytes + 1).status_code == 413
    assert len(uploads(session)) == 1


def test_while_a_part_is_received_no_other_is(installation, sender, where):
    sender.part(where, 0, TEXT[:HALF])
    with (uploads_folder(installation.settings) / where.rpartition("/")[2]).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        answer = sender.part(where, HALF, TEXT[HALF:])
        assert (answer.status_code, answer.json["code"]) == (423, "locked")
        assert sender.ask("DELETE", where).status_code == 423
        assert sender.offset(where) == HALF, "asking is always possible"
    assert sender.part(where, HALF, TEXT[HALF:]).status_code == 204


def test_an_upload_is_given_up(session, installation, sender, where):
    sender.part(where, 0, TEXT[:HALF])
    assert sender.ask("DELETE", where).status_code == 204
    assert (sender.ask("HEAD", where).status_code, sender.part(where, HALF, TEXT[HALF:]).status_code) == (404, 404)
    assert (uploads(session), kept_bytes(installation)) == ([], [])


def test_bytes_that_were_written_and_not_acknowledged_do_not_count(session, installation, sender, where):
    sender.part(where, 0, TEXT[:HALF])
    with (uploads_folder(installation.settings) / where.rpartition("/")[2]).open("ab") as of_a_dead_server:
        of_a_dead_server.write(b"half a sector of noise")
    assert sender.offset(where) == HALF
    sender.part(where, HALF, TEXT[HALF:])
    [sha256] = session.scalars(sa.select(VersionFile.blob_sha256)).all()
    assert sha256 == hashlib.sha256(TEXT).hexdigest()


def test_bytes_that_are_not_there_any_more_are_not_gone_on_from(installation, sender, where):
    sender.part(where, 0, TEXT[:HALF])
    os.truncate(uploads_folder(installation.settings) / where.rpartition("/")[2], 3)
    assert sender.part(where, HALF, TEXT[HALF:]).status_code == 410


def test_a_last_part_whose_answer_was_lost_makes_no_second_file(session, sender, where):
    sender.part(where, 0, TEXT[:HALF])
    assert sender.part(where, HALF, TEXT[HALF:]).status_code == 204
    assert sender.part(where, HALF, TEXT[HALF:]).status_code == 409
    assert sender.offset(where) == len(TEXT)
    assert sender.part(where, len(TEXT), b"").status_code == 204
    assert files(session) == ["an-toan.txt"]


def test_of_a_server_that_died_before_it_took_the_file_another_takes_it_once(session, installation, sender, where):
    sender.part(where, 0, TEXT[:HALF])
    [upload] = uploads(session)
    path = uploads_folder(installation.settings) / upload.id
    path.write_bytes(TEXT)
    note_received(session, installation.settings, upload, len(TEXT))
    session.commit()
    assert sender.ask("GET", where).json["state"] == "open"
    for _ in range(3):
        take_whole_uploads(installation)
    assert files(session) == ["an-toan.txt"]
    assert (sender.ask("GET", where).json["state"], path.exists()) == ("done", False)
    path.write_bytes(TEXT)  # died after the commit, and before the bytes were deleted
    assert take_upload(installation, upload.id).state is UploadState.DONE
    assert files(session) == ["an-toan.txt"]


def test_a_fault_of_ours_with_one_whole_upload_holds_up_no_other(session, installation, sender, monkeypatch):
    begun = [sender.begin(name=name).headers["Location"] for name in ("a.txt", "b.txt")]
    first, _ = uploads(session)
    for upload in uploads(session):
        (uploads_folder(installation.settings) / upload.id).parent.mkdir(exist_ok=True)
        (uploads_folder(installation.settings) / upload.id).write_bytes(TEXT)
        note_received(session, installation.settings, upload, len(TEXT))
    spoiled = first.id
    session.commit()

    def take(installation, upload_id):
        if upload_id == spoiled:
            raise ZeroDivisionError
        return take_upload(installation, upload_id)

    monkeypatch.setattr(arriving, "take_upload", take)
    with pytest.raises(ZeroDivisionError):
        take_whole_uploads(installation)
    assert files(session) == ["b.txt"]
    assert sender.ask("GET", begun[0]).json["state"] == "open"


def test_a_file_that_is_not_taken_is_refused_in_words_and_stays_refused(session, installation, as_account):
    sender = Sender(as_account(make_educator(session)))
    where = sender.begin(8, "bai.pdf").headers["Location"]
    answer = sender.part(where, 0, b"MZ\x90\x00\0\0\0\0")
    assert (answer.status_code, answer.json["code"]) == (415, "type_mismatch")
    again = sender.ask("GET", where)
    assert (again.status_code, again.json["detail"]) == (415, answer.json["detail"])
    english = sender.ask("GET", f"/en{where}").json["detail"]
    assert english.startswith("The name says PDF")
    assert kept_bytes(installation) == []
    assert session.scalar(sa.select(sa.func.count()).select_from(Material)) == 0
    assert sender.ask("GET").json["uploads"] == []


def test_an_empty_file_is_refused_like_any_other_empty_one(sender):
    where = sender.begin(0, "a.txt").headers["Location"]
    assert sender.part(where, 0, b"").json["code"] == "empty_file"


def test_what_is_not_finished_in_time_goes(session, installation, sender, where):
    sender.part(where, 0, TEXT[:HALF])
    expire_unfinished(installation)
    assert sender.offset(where) == HALF
    [upload] = uploads(session)
    upload.expires_at = now() - timedelta(seconds=1)
    session.commit()
    assert sender.part(where, HALF, TEXT[HALF:]).status_code == 410
    expire_unfinished(installation)
    assert (sender.ask("HEAD", where).status_code, kept_bytes(installation)) == (410, [])
    [upload] = uploads(session)
    upload.expires_at -= timedelta(hours=installation.settings.unfinished_upload_hours)
    session.commit()
    expire_unfinished(installation)
    assert (uploads(session), sender.ask("HEAD", where).status_code) == ([], 404)


def test_with_each_part_it_has_the_whole_time_again(session, settings, sender, where):
    [upload] = uploads(session)
    upload.expires_at = now() + timedelta(minutes=1)
    session.commit()
    sender.part(where, 0, TEXT[:HALF])
    [upload] = uploads(session)
    assert upload.expires_at - now() > timedelta(hours=settings.unfinished_upload_hours - 1)


def test_the_bytes_of_a_draft_that_was_deleted_go(session, installation, as_account):
    educator = make_educator(session)
    public_id = make_material(session, educator).public_id
    browser = as_account(educator)
    sender = Sender(browser)
    where = sender.begin(material=public_id).headers["Location"]
    sender.part(where, 0, TEXT[:HALF])
    browser.send(f"/my/materials/{public_id}/delete")
    assert sender.ask("HEAD", where).status_code == 404
    [name] = kept_bytes(installation)
    os.utime(uploads_folder(installation.settings) / name, (time.time() - 9000,) * 2)
    expire_unfinished(installation)
    assert kept_bytes(installation) == []


def test_nobody_else_can_even_tell_that_there_is_an_upload(session, as_account, sender, where):
    other = Sender(as_account(make_educator(session)))
    for method in ("HEAD", "GET", "DELETE"):
        assert other.ask(method, where).status_code == 404
    assert other.part(where, 0, TEXT).status_code == 404
    assert other.ask("GET").json["uploads"] == []
    assert sender.offset(where) == 0


def test_nobody_sends_into_another_educators_draft_or_what_is_no_draft(session, as_account):
    mine, other = make_educator(session), make_educator(session)
    theirs, public = make_material(session, other).public_id, make_published(session, mine).public_id
    sender = Sender(as_account(mine))
    assert sender.begin(material=theirs).status_code == 404
    assert sender.begin(material="no-such").status_code == 404
    assert sender.begin(material=public).status_code == 409


def test_a_request_without_the_token_of_the_session_does_nothing(session, sender, where):
    for token in (None, "", "x"):
        for method, path in (("POST", "/api/v1/uploads"), ("PATCH", where), ("DELETE", where)):
            headers = {"X-CSRFToken": token, "Upload-Length": "3", "Upload-Offset": "0", "Content-Type": PART}
            assert sender.ask(method, path, headers=headers, data=b"abc").json["code"] == "csrf"
    assert [upload.received for upload in uploads(session)] == [0]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.txt", "C:\\a\\passwd.txt", "/etc/passwd.txt", "\u202epasswd.txt\x07"]
)
def test_a_name_that_is_a_path_is_only_a_name(session, sender, name):
    where = sender.begin(name=name).headers["Location"]
    sender.part(where, 0, TEXT)
    assert files(session) == ["passwd.txt"]


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ("filename " + coded("x" * 4000), 413),
        (",".join(f"a{n} {coded('x')}" for n in range(30)), 413),
        ("filename %%%", 400),
        ("filename " + coded("a") + ",filename " + coded("b"), 400),
        ("filename " + base64.b64encode(b"\xff\xfe").decode(), 400),
        ("filename " + coded("a\0b"), 400),
        (" , ,", 400),
        ("tên YQ==".encode().decode("latin-1"), 400),
    ],
)
def test_metadata_that_are_a_bomb_or_no_metadata_are_refused(session, sender, metadata, status):
    answer = sender.ask("POST", headers={"Upload-Length": "3", "Upload-Metadata": metadata})
    assert answer.status_code == status
    assert uploads(session) == []


def test_nobody_opens_uploads_without_end(session, settings, as_account, monkeypatch):
    educator = make_educator(session)
    sender = Sender(as_account(educator))
    monkeypatch.setattr("oer.catalogue.services.uploads.MOST_OPEN", 3)
    assert [sender.begin(1).status_code for _ in range(4)] == [201, 201, 201, 409]
    assert len(uploads(session)) == 3


def test_what_is_announced_counts_against_the_quota(session, app, settings, as_account, monkeypatch):
    educator = make_educator(session)
    most = settings.account_quota_bytes
    size = settings.max_upload_bytes
    for _ in range(most // size):
        session.add(Upload(account_id=educator.id, name="a", size=size, received=0, expires_at=now() + timedelta(1)))
    session.commit()
    monkeypatch.setattr("oer.catalogue.services.uploads.MOST_OPEN", 10**6)
    sender = Sender(as_account(educator))
    answer = sender.begin(size)
    assert (answer.status_code, answer.json["code"]) == (413, "quota")
    assert sender.begin(most % size).status_code == 201


def test_a_unit_has_a_quota_where_one_is_set(session, installation, settings, monkeypatch):
    from dataclasses import replace

    educator = make_educator(session)
    material = make_material(session, educator, content=b"x" * 900)
    session.commit()
    told = replace(settings, unit_quota_bytes=1000)
    begin_upload(session, told, educator, name="a", size=100, material=material)
    with pytest.raises(Exception, match="your unit") as refused:
        begin_upload(session, told, educator, name="a", size=101, material=material)
    assert refused.value.code == "quota"
    begin_upload(session, settings, educator, name="a", size=10**6, material=material)


def test_the_page_shows_what_is_not_finished_and_discards_it(session, installation, as_account):
    educator = make_educator(session)
    browser = as_account(educator)
    sender = Sender(browser)
    where = sender.begin(name="<b>dài.txt").headers["Location"]
    sender.part(where, 0, TEXT[:HALF])
    page = browser.get("/en/my/materials/new").text
    assert "Choose the same file once more" in page
    assert "&lt;b&gt;dài.txt" in page
    upload_id = where.rpartition("/")[2]
    answer = browser.send(f"/en/my/uploads/{upload_id}/discard", page="/en/my/materials/new", next="/my/materials/new")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/my/materials/new")
    assert "dài.txt" not in browser.get("/my/materials/new").text
    assert kept_bytes(installation) == []


def test_metadata_are_kept_as_they_were_told(sender):
    told = f"filename {coded('Đề thi.txt')},empty,modified {coded('17')}"
    where = sender.ask("POST", headers={"Upload-Length": "3", "Upload-Metadata": told}).headers["Location"]
    assert sender.ask("HEAD", where).headers["Upload-Metadata"] == told
    [listed] = json.loads(sender.ask("GET").data)["uploads"]
    assert (listed["name"], listed["modified"], listed["received"]) == ("Đề thi.txt", "17", 0)
