"""Files on their way out: one by one, all in one, to players; and who may have them."""

import io
import json
import zipfile

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.catalogue.models import Material
from oer.catalogue.services.files import set_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.catalogue.services.withdrawal import withdraw
from oer.core.installation import Installation
from oer.files.models import Blob, Condition, ScanState
from tests.catalogue.factories import make_educator, make_material, make_reviewer
from tests.files.factories import a_pdf
from tests.reading.factories import add_real_files, publish_files, sample

TEXT = "Ngắt cầu dao trước khi sửa.\n".encode() * 400


@pytest.fixture
def material(session: Session, installation: Installation) -> Material:
    return publish_files(
        session,
        installation,
        ("Đề thi số 1.pdf", a_pdf()),
        ("đọc.txt", TEXT),
        ("đọc.txt", b"another"),
        title={"vi": "An toàn điện/nhà"},
    )


def noted(installation: Installation) -> list[dict]:
    lines = [line for path in installation.settings.spool_dir.glob("*.jsonl") for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines]


def test_a_file_is_downloaded_under_its_name_and_noted(
    client: FlaskClient, installation: Installation, material
) -> None:
    answer = client.get(f"/materials/{material.public_id}/files/2/download")
    assert answer.data == TEXT
    assert answer.headers["Content-Disposition"].endswith("filename*=UTF-8''%C4%91%E1%BB%8Dc.txt")
    page = f"http://localhost/materials/{material.public_id}"
    assert answer.headers["Link"] == f'<{page}>; rel="collection"; type="text/html"'
    [event] = noted(installation)
    assert (event["k"], event["i"], event["f"]) == ("download", material.public_id, "text")
    assert event["u"] == f"/materials/{material.public_id}/files/2"


def test_only_the_part_that_begins_a_file_is_a_use(
    client: FlaskClient, installation: Installation, material: Material
) -> None:
    address = f"/materials/{material.public_id}/files/2/download"
    assert client.get(address, headers={"Range": "bytes=100-199"}).data == TEXT[100:200]
    assert client.head(address).headers["Content-Length"] == str(len(TEXT))
    assert client.get(address, headers={"Range": "bytes=999999-"}).status_code == 416
    assert noted(installation) == []
    assert client.get(address, headers={"Range": "bytes=0-99"}).status_code == 206
    assert len(noted(installation)) == 1


def test_everything_comes_in_one_archive_with_the_words_of_the_licence(
    client: FlaskClient, installation: Installation, material: Material
) -> None:
    answer = client.get(f"/materials/{material.public_id}/download")
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert 'filename="An toan dien_nha.zip"' in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["GIAY-PHEP-LICENCE.txt", "Đề thi số 1.pdf", "đọc.txt", "đọc (2).txt"]
        assert archive.read("đọc.txt") == TEXT
        licence = archive.read("GIAY-PHEP-LICENCE.txt").decode("utf-8-sig")
    assert "https://creativecommons.org/licenses/by/4.0/" in licence
    assert "Bạn được sao chép" in licence
    assert "You may copy" in licence
    assert f"http://localhost/materials/{material.public_id}" in licence
    [event] = noted(installation)
    assert (event["k"], event["f"], event["u"]) == ("download", "zip", f"/materials/{material.public_id}/download")


def test_the_archive_can_be_asked_about_without_being_sent(
    client: FlaskClient, installation: Installation, material
) -> None:
    answer = client.head(f"/materials/{material.public_id}/download")
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) > len(TEXT)
    assert noted(installation) == []


def test_everything_goes_on_where_it_broke_off(client: FlaskClient, installation: Installation, material) -> None:
    address = f"/materials/{material.public_id}/download"
    whole = client.get(address)
    tag = whole.headers["ETag"]
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert not tag.startswith("W/")
    rest = client.get(address, headers={"Range": "bytes=3000-", "If-Range": tag})
    assert (rest.status_code, rest.data) == (206, whole.data[3000:])
    assert rest.headers["Content-Range"] == f"bytes 3000-{len(whole.data) - 1}/{len(whole.data)}"
    assert client.get(address, headers={"Range": "bytes=3000-", "If-Range": '"another"'}).data == whole.data
    assert client.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert len(noted(installation)) == 2, "the whole, and asking again for it; a rest is not another use"


def test_everything_is_named_by_its_titles_in_the_language_of_the_page(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    titles = [{"vi": "Đề thi: số 1/2.PDF", "en": "Exam"}, {"vi": "v1.2 Cuộc gọi lạ"}, {}, {"vi": "Lời thoại"}]
    owner = make_educator(session)
    made = make_material(session, owner, content=None)
    files = [
        ("de-thi.pdf", a_pdf()),
        sample("cuoc-goi-la.mp3"),
        (*sample("cuoc-goi-la.vi.vtt"), "captions"),
        (*sample("cuoc-goi-la.transcript.md"), "transcript"),
    ]
    add_real_files(session, installation, made, *files)
    for number, title in enumerate(titles, 1):
        role = made.newest_version.files[number - 1].role
        set_file(session, made, number, role=role, language=None, title=title)
    submit_for_review(session, owner, made)
    publish(session, make_reviewer(session), made)
    session.commit()

    def names(root: str) -> tuple[list[str], str]:
        answer = client.get(f"{root}/materials/{made.public_id}/download")
        assert client.get(f"{root}/materials/{made.public_id}/download").headers["ETag"] == answer.headers["ETag"]
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            return archive.namelist()[1:], answer.headers["ETag"]

    vietnamese, tag = names("")
    assert vietnamese == [
        "Đề thi_ số 1_2.pdf",
        "v1.2 Cuộc gọi lạ.mp3",
        "v1.2 Cuộc gọi lạ.vi.vtt",  # beside its recording, under its name, players find it
        "Lời thoại.md",
    ]
    english, other_tag = names("/en")
    assert english[0] == "Exam.pdf"
    assert tag != other_tag


def test_everything_is_what_the_educator_made_under_names_that_windows_takes(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    files = [("aux.txt", TEXT), ("Bài 1.txt", b"1"), ("BÀI 1.TXT", b"2"), (".DS_Store", b"Bud1")]
    made = publish_files(session, installation, *files)
    with zipfile.ZipFile(io.BytesIO(client.get(f"/materials/{made.public_id}/download").data)) as archive:
        assert archive.namelist()[1:] == ["_aux.txt", "Bài 1.txt", "BÀI 1 (2).TXT"]


@pytest.mark.parametrize(
    ("change", "status"), [({"condition": Condition.DAMAGED}, 500), ({"scan_state": ScanState.INFECTED}, 410)]
)
def test_a_file_that_is_not_as_it_was_is_never_sent(
    client: FlaskClient, session: Session, material: Material, change: dict, status: int
) -> None:
    sha256 = material.current_version.files[1].blob_sha256
    blob = session.get(Blob, sha256)
    for name, value in change.items():
        setattr(blob, name, value)
    session.commit()
    for path in ("files/2/download", "download"):
        answer = client.get(f"/materials/{material.public_id}/{path}")
        assert answer.status_code == status
        assert b"c\xe1\xba\xa7u dao" not in answer.data
    assert "ông giao" in client.get(f"/materials/{material.public_id}").text.replace("chưa giao", "không giao")


def test_bytes_that_changed_under_us_are_not_sent(
    client: FlaskClient, installation: Installation, material: Material
) -> None:
    path = installation.storage.local_path(material.current_version.files[1].blob_sha256)
    path.chmod(0o600)
    path.write_bytes(TEXT[:-1])
    assert client.get(f"/materials/{material.public_id}/files/2/download").status_code == 500
    path.unlink()
    assert client.get(f"/materials/{material.public_id}/files/2/download").status_code == 500


PATHS = ["", "/files/1", "/files/1/read", "/files/1/download", "/files/1/show", "/files/1/play", "/download", "/share"]
PATHS += ["/files/1/pages/1.webp", "/files/1/captions.vtt", "/files/1/members/0", "/cover.webp", "/qr.svg"]


def test_no_address_of_a_draft_says_that_it_is_there(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    draft = make_material(session, make_educator(session), content=None)
    add_real_files(session, installation, draft, ("bí mật.pdf", a_pdf("bí mật")))
    for path in PATHS[:1] + PATHS[2:]:
        asked, unknown = client.get(f"/materials/{draft.public_id}{path}"), client.get(f"/materials/zzzzz-zzzzz{path}")
        assert asked.status_code == unknown.status_code == 404, path
        assert asked.text.replace(draft.public_id, "") == unknown.text.replace("zzzzz-zzzzz", "")
    for path in PATHS[:1] + PATHS[2:]:
        assert client.get(f"/materials/{draft.public_id}{path}?version=1").status_code == 404


def test_every_address_of_what_was_withdrawn_is_gone(client: FlaskClient, session: Session, material: Material) -> None:
    withdraw(session, make_reviewer(session), material, "outdated", "cũ")
    session.commit()
    for path in PATHS[:1] + PATHS[2:]:
        answer = client.get(f"/materials/{material.public_id}{path}")
        assert answer.status_code == 410, path
        assert "public" not in answer.headers["Cache-Control"]
