"""Versions that were replaced: read at their own address, named as old, found by nobody who does not ask for them."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.jobs import index_due
from oer.catalogue.models import Material
from oer.catalogue.services.drafts import new_version, set_metadata
from oer.catalogue.services.earlier_versions import close_version, open_version
from oer.catalogue.services.files import add_file, remove_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.catalogue.services.withdrawal import withdraw
from oer.core.installation import Installation
from oer.files.models import Condition
from tests.catalogue.factories import make_reviewer, record
from tests.files.factories import keep_file
from tests.reading.factories import add_real_files, publish_files

OLD, NEW = "Rút phích cắm trước khi lau.", "Gọi thợ điện."
LEFT_OUT = "Kept for no longer."


@pytest.fixture
def material(session: Session, installation: Installation) -> Material:
    """Version 1 has the files 1 (kept) and 2 (left out later), version 2 the files 1 and 3."""
    made = publish_files(
        session, installation, ("a.txt", OLD.encode()), ("b.txt", LEFT_OUT.encode()), title={"vi": "Bài thứ nhất"}
    )
    owner = session.get_one(Account, made.owner_id)
    new_version(session, owner, made)
    set_metadata(session, owner, made, record(title={"vi": "Bài thứ hai"}))
    remove_file(session, made, 2)
    add_real_files(session, installation, made, ("c.txt", NEW.encode()))
    submit_for_review(session, owner, made)
    publish(session, make_reviewer(session), made)
    session.commit()
    index_due(installation)
    session.rollback()
    return made


def test_an_earlier_version_is_read_at_its_own_address(client: FlaskClient, material: Material) -> None:
    address = f"/materials/{material.public_id}"
    page = client.get(f"{address}?version=1").text
    assert "Bài thứ nhất" in page
    assert "Đây là phiên bản 1 ngày" in page
    assert f'<a href="{address}">Đến phiên bản hiện nay</a>' in page
    for name in ("files/2/read?version=1", "files/2/download?version=1", "download?version=1"):
        assert f'href="{address}/{name}"' in page
        assert client.get(f"{address}/{name}").status_code == 200
    assert LEFT_OUT in client.get(f"{address}/files/2/read?version=1").text
    assert f'<a href="{address}?version=1"' in client.get(address).text


def test_it_is_not_for_search_engines(client: FlaskClient, material: Material) -> None:
    address = f"/en/materials/{material.public_id}"
    for path, current in (
        ("", ""),
        ("/files/1/read", "/files/1/read"),
        ("/files/2/read", ""),  # the current version has no such file
    ):
        page = client.get(f"{address}{path}?version=1").text
        assert '<meta name="robots" content="noindex">' in page
        assert f'<link rel="canonical" href="http://localhost{address}{current}">' in page
        assert "application/ld+json" not in page
    assert "noindex" not in client.get(address).text
    assert client.get(f"{address}/files/2/download?version=1").headers["X-Robots-Tag"] == "noindex"
    assert client.get(f"{address}/download?version=1").headers["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in client.get(f"{address}/files/1/download").headers


def test_search_feeds_and_lists_do_not_name_it(client: FlaskClient, material: Material) -> None:
    assert material.public_id in client.get("/search?q=gọi+thợ+điện").text
    for words in ("kept+for+no+longer", "rút+phích+cắm+trước"):
        assert "version=1" not in client.get(f"/search?q={words}").text
    assert material.public_id not in client.get("/search?q=kept+for+no+longer").text
    for path in ("/sitemap-2.xml", "/feed.xml"):
        answer = client.get(path)
        assert (answer.status_code, material.public_id in answer.text) == (200, True)
        assert "?version=" not in answer.text


def test_it_is_shown_as_it_is_now_and_its_use_is_counted(
    client: FlaskClient, session: Session, installation: Installation, material: Material
) -> None:
    address = f"/materials/{material.public_id}/files/2/read?version=1"
    for _ in range(2):
        assert LEFT_OUT in client.get(address).text
    lines = [line for path in installation.settings.spool_dir.glob("*.jsonl") for line in path.read_text().splitlines()]
    assert [json.loads(line)["k"] for line in lines] == ["read", "read"]
    # The page of a file whose blob went bad must not come from the cache.
    blob = keep_file(session, installation.storage, LEFT_OUT.encode(), "b.txt")
    blob.condition = Condition.MISSING
    session.commit()
    assert LEFT_OUT not in client.get(address).text


def test_the_download_of_everything_stays_the_same_when_a_newer_version_comes(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    made = publish_files(session, installation, ("a.txt", OLD.encode()))
    before = client.get(f"/materials/{made.public_id}/download").headers["ETag"]
    owner = session.get_one(Account, made.owner_id)
    new_version(session, owner, made)
    add_file(session, made, keep_file(session, installation.storage, NEW.encode(), "c.txt").sha256, "c.txt")
    submit_for_review(session, owner, made)
    publish(session, make_reviewer(session), made)
    session.commit()
    assert client.get(f"/materials/{made.public_id}/download?version=1").headers["ETag"] == before


@pytest.mark.parametrize("path", ["", "/files/1/read", "/files/1/download", "/download"])
def test_a_closed_version_answers_410_until_it_is_opened(
    client: FlaskClient, session: Session, material: Material, path: str
) -> None:
    owner, address = session.get_one(Account, material.owner_id), f"/materials/{material.public_id}"
    close_version(session, owner, material, 1)
    session.commit()
    answer = client.get(f"{address}{path}?version=1")
    assert answer.status_code == 410
    assert "Phiên bản cũ này không còn được mở cho người đọc." in answer.text
    assert "version=1" not in client.get(address).text
    open_version(session, owner, material, 1)
    session.commit()
    assert client.get(f"{address}{path}?version=1").status_code == 200


def test_a_withdrawn_material_has_no_earlier_versions_to_read(
    client: FlaskClient, session: Session, material: Material
) -> None:
    withdraw(session, make_reviewer(session), material, "wrong", "Sai số liệu")
    session.commit()
    for path in ("", "/files/1/read", "/files/1/download"):
        assert client.get(f"/materials/{material.public_id}{path}?version=1").status_code == 410
