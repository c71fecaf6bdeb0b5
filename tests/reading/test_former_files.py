"""Addresses of files through versions: they lead to the same file, or say that it is gone."""

import json

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import Material, VersionFile
from oer.catalogue.services.drafts import new_version
from oer.catalogue.services.earlier_versions import close_version
from oer.catalogue.services.files import add_file, move_file, remove_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.core.installation import Installation
from tests.catalogue.factories import make_reviewer
from tests.files.factories import a_pdf, keep_file
from tests.reading.factories import publish_files

EXERCISE, SOLUTIONS, PICTURE = a_pdf("Bài tập"), a_pdf("Đáp án"), a_pdf("Ảnh")


@pytest.fixture
def material(session: Session, installation: Installation) -> Material:
    """Exercise (1) and picture (2), then a version with the solutions (3) before the exercise, without the picture."""
    made = publish_files(session, installation, ("bai-tap.pdf", EXERCISE), ("anh.pdf", PICTURE))
    new_version(session, _owner(session, made), made)
    sha256 = keep_file(session, installation.storage, SOLUTIONS, "dap-an.pdf").sha256
    add_file(session, made, sha256, "dap-an.pdf")
    move_file(session, made, 3, -2)
    remove_file(session, made, 2)
    _publish_draft(session, made)
    return made


def _owner(session: Session, material: Material) -> Account:
    return session.get_one(Account, material.owner_id)


def _publish_draft(session: Session, material: Material) -> None:
    submit_for_review(session, _owner(session, material), material)
    publish(session, make_reviewer(session), material)
    session.commit()


def test_the_address_of_the_exercise_never_gives_the_solutions(client: FlaskClient, material: Material) -> None:
    address = f"/materials/{material.public_id}/files"
    assert client.get(f"{address}/1/download").data == EXERCISE
    assert client.get(f"{address}/3/download").data == SOLUTIONS
    page = client.get(f"/materials/{material.public_id}").text
    assert page.index("files/3/download") < page.index("files/1/download")


def test_links_for_programs_name_the_lasting_addresses(client: FlaskClient, material: Material) -> None:
    files = client.get(f"/api/v1/materials/{material.public_id}").get_json()["files"]
    assert [(each["number"], each["position"], each["key"]) for each in files] == [
        (3, 1, "dap-an.pdf"),
        (1, 2, "bai-tap.pdf"),
    ]
    assert [each["links"]["content"].rpartition("/files/")[2] for each in files] == ["3/download", "1/download"]
    page = client.get(f"/materials/{material.public_id}").text
    described = json.loads(page.partition('<script type="application/ld+json">')[2].partition("</script>")[0])
    assert [each["contentUrl"].rpartition("/files/")[2] for each in described["encoding"]] == [
        "3/download",
        "1/download",
    ]


def test_a_download_is_counted_at_the_lasting_address(
    client: FlaskClient, installation: Installation, material: Material
) -> None:
    client.get(f"/materials/{material.public_id}/files/1/download")
    client.get(f"/materials/{material.public_id}/files/2/download")
    lines = [line for path in installation.settings.spool_dir.glob("*.jsonl") for line in path.read_text().splitlines()]
    assert [json.loads(line)["u"] for line in lines] == [f"/materials/{material.public_id}/files/1"]


@pytest.mark.parametrize(
    ("language", "words"), [("", "Học liệu này không còn tệp này."), ("/en", "This material no longer has this file.")]
)
@pytest.mark.parametrize("action", ["read", "download", "show", "pages/1.webp"])
def test_a_file_that_is_gone_says_so_and_leads_to_where_it_was(
    client: FlaskClient, material: Material, language: str, words: str, action: str
) -> None:
    answer = client.get(f"{language}/materials/{material.public_id}/files/2/{action}")
    assert answer.status_code == 410
    assert words in answer.text
    assert f'href="{language}/materials/{material.public_id}?version=1"' in answer.text


def test_programs_read_why_a_file_is_gone(client: FlaskClient, material: Material) -> None:
    answer = client.get(f"/materials/{material.public_id}/files/2/download", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["code"]) == (410, "file_gone")


def test_a_closed_version_is_not_named_as_the_place_where_a_file_was(
    client: FlaskClient, session: Session, material: Material
) -> None:
    close_version(session, _owner(session, material), material, 1)
    session.commit()
    answer = client.get(f"/materials/{material.public_id}/files/2/read")
    assert answer.status_code == 410
    assert "version=1" not in answer.text


def test_a_number_that_no_file_ever_had_is_not_known(client: FlaskClient, material: Material) -> None:
    assert client.get(f"/materials/{material.public_id}/files/9/read").status_code == 404


def test_a_file_that_only_a_draft_had_is_not_known(client: FlaskClient, session: Session, material: Material) -> None:
    new_version(session, _owner(session, material), material)
    remove_file(session, material, 3)
    session.commit()
    assert client.get(f"/materials/{material.public_id}/files/3/read").status_code == 200
    add_file(session, material, session.scalars(sa.select(VersionFile.blob_sha256)).first() or "", "nhap.pdf")
    session.commit()
    assert client.get(f"/materials/{material.public_id}/files/4/read").status_code == 404


def test_an_old_address_redirects_to_the_one_file_with_the_same_bytes(
    client: FlaskClient, session: Session, installation: Installation, material: Material
) -> None:
    new_version(session, _owner(session, material), material)
    add_file(session, material, keep_file(session, installation.storage, PICTURE, "anh.pdf").sha256, "anh-moi.pdf")
    _publish_draft(session, material)
    answer = client.get(f"/en/materials/{material.public_id}/files/2/read?q=nh")
    assert (answer.status_code, answer.location) == (302, f"/en/materials/{material.public_id}/files/4/read?q=nh")
    assert client.get(f"/materials/{material.public_id}/files/2/download", follow_redirects=True).data == PICTURE
