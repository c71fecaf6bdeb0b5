"""Materials for programs."""

import json

import pytest
import sqlalchemy as sa

from oer.catalogue.models import Material
from oer.catalogue.services.withdrawal import withdraw
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_educator, make_published, make_reviewer, record


@pytest.fixture
def browser(session, as_account):
    return as_account(make_educator(session))


def post(browser, body, **headers):
    given = {"Content-Type": "application/json", "X-CSRFToken": browser.token("/my/materials/new"), **headers}
    return browser.client.post("/api/v1/materials", data=body, headers=given)


def count(session) -> int:
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(Material))


def test_a_material_in_service_is_given_with_its_files(session, client):
    material = make_published(session, title={"vi": "An toàn điện"})
    public_id, values = material.public_id, material.current_version.record
    session.commit()
    answer = client.get(f"/api/v1/materials/{public_id}")
    assert (answer.status_code, answer.content_type) == (200, "application/json; charset=utf-8")
    assert "An toàn điện" in answer.text, "unescaped"
    told = answer.json
    assert (told["id"], told["identifier"], told["version"], told["metadata"]) == (public_id, None, 1, values)
    assert told["links"]["self"] == f"http://localhost/api/v1/materials/{public_id}"
    assert told["links"]["self_html"] == f"http://localhost/materials/{public_id}"
    [file] = told["files"]
    assert (file["key"], file["size"], file["media_type"]) == ("bai.pdf", 7, "application/pdf")
    assert file["links"]["content"] == f"http://localhost/materials/{public_id}/files/1/download"


def test_what_has_not_changed_is_not_sent_again(session, client):
    public_id = make_published(session).public_id
    session.commit()
    address = f"/api/v1/materials/{public_id}"
    etag = client.get(address).headers["ETag"]
    again = client.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head(address)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", etag)


def test_what_was_withdrawn_is_gone_with_its_reason(session, client):
    material = make_published(session)
    withdraw(session, make_reviewer(session), material, "rights", "Ảnh chưa xin phép")
    public_id = material.public_id
    session.commit()
    answer = client.get(f"/api/v1/materials/{public_id}")
    assert (answer.status_code, answer.mimetype, answer.json["code"]) == (410, "application/problem+json", "withdrawn")
    assert "Ảnh chưa xin phép" in answer.json["detail"]


def test_a_draft_begins_with_its_metadata(session, browser):
    values = record(unit=None)
    answer = post(browser, json.dumps({"metadata": values}))
    assert answer.status_code == 201
    told = answer.json
    assert (told["state"], told["metadata"], told["files"]) == ("draft", values, [])
    assert answer.headers["Location"] == f"/my/materials/{told['id']}"
    assert browser.client.get(f"/api/v1/materials/{told['id']}").status_code == 404


@pytest.mark.parametrize("name", ["id", "owner", "status", "role", "identifier", "state"])
def test_nothing_but_metadata_can_be_set(session, browser, name):
    answer = post(browser, json.dumps({"metadata": record(unit=None), name: "x"}))
    assert (answer.status_code, answer.json["field"]) == (400, name)
    inside = post(browser, json.dumps({"metadata": {**record(unit=None), name: "x"}}))
    assert (inside.status_code, inside.json["field"]) == (400, name)
    assert count(session) == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ("null", 400),
        ("[" * 10_000, 400),
        ('{"metadata": {"title": {"vi": NaN}}}', 400),
        ('{"metadata": {"keywords": [1e400]}}', 400),
        ('{"metadata": {}, "metadata": {}}', 400),
        (b"\xff\xfe", 400),
        ('{"metadata": {"keywords": "' + "x" * 3_000_000 + '"}}', 413),
    ],
)
def test_a_body_that_is_no_honest_json_is_refused(session, browser, body, status):
    answer = post(browser, body)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert count(session) == 0


@pytest.mark.parametrize("kind", ["application/xml", "text/plain", ""])
def test_another_kind_of_content_is_not_taken(browser, kind):
    assert post(browser, "{}", **{"Content-Type": kind}).status_code == 415


def test_who_may_not_begin_a_draft_is_told_so(session, app, as_account, browser):
    assert app.test_client().post("/api/v1/materials", json={}).status_code == 401
    learner = as_account(make_account(session))
    assert learner.client.post("/api/v1/materials", json={}).status_code == 403
    assert post(browser, "{}", **{"X-CSRFToken": "forged"}).status_code == 400
    assert count(session) == 0


def test_a_draft_of_the_api_is_like_any_other(session, browser):
    public_id = post(browser, json.dumps({"metadata": {"title": {"vi": "A"}}})).json["id"]
    assert browser.get(f"/my/materials/{public_id}/describe").status_code == 200
    material = session.scalar(sa.select(Material).where(Material.public_id == public_id))
    assert material.newest_version.record == {"title": {"vi": "A"}}
