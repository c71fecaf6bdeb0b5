"""Drafts by programs: with a token of the person, and only in the state that the program has seen."""

import json

import pytest
import sqlalchemy as sa

from oer.accounts.models import Account, AccountState, ApiScope, ApiToken
from oer.accounts.services.api_tokens import make_token, revoke_token
from oer.accounts.services.personal_data import erase_account
from oer.catalogue.models import Material, VersionState
from oer.core.ids import token_hash
from tests.accounts.factories import make_account
from tests.catalogue.factories import (
    make_educator,
    make_material,
    make_published,
    make_reviewer,
    make_submitted,
    record,
    replace_published,
)

API = "/api/v1/materials"


class Program:
    """A program with a token."""

    def __init__(self, client, session, token: str) -> None:
        self.client, self.session = client, session
        self.headers = {"Authorization": f"Bearer {token}"}

    def send(self, method: str, path: str, value=None, **headers: str):
        self.session.rollback()  # what the test read before holds the database no longer
        given = {"data": json.dumps(value), "content_type": "application/json"} if value is not None else {}
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.client.open(f"{API}{path}", method=method, headers={**self.headers, **named}, **given)


@pytest.fixture
def program(session, client):
    def for_account(account: Account, *scopes: str) -> Program:
        token = make_token(session, account, "Chương trình", scopes or [str(each) for each in ApiScope])
        session.commit()
        return Program(client, session, token)

    return for_account


def test_a_draft_is_made_described_and_submitted_by_a_token_alone(session, program) -> None:
    educator = make_educator(session)
    mine = program(educator)
    made = mine.send("POST", "", {"metadata": {"title": {"vi": "Bài mới"}}})
    assert made.status_code == 201
    here = f"/{made.json['id']}/draft"
    read = mine.send("GET", here)
    assert (read.status_code, read.json["metadata"]) == (200, {"title": {"vi": "Bài mới"}})
    assert mine.send("GET", here, If_None_Match=read.headers["ETag"]).status_code == 304
    refused = mine.send("POST", f"{here}/actions/submit", If_Match=read.headers["ETag"])
    assert refused.status_code == 400
    missing = {each["field"] for each in refused.json["errors"]}
    assert {"files", "summary", "subjects", "licence"} <= missing
    described = mine.send(
        "PUT", here, {"metadata": record(source_url="https://example.org/a")}, If_Match=read.headers["ETag"]
    )
    assert described.status_code == 200
    assert described.headers["ETag"] != read.headers["ETag"]
    weak = f"W/{described.headers['ETag']}"  # as a proxy that compresses sends it
    submitted = mine.send("POST", f"{here}/actions/submit", If_Match=weak)
    assert (submitted.status_code, submitted.json["state"]) == (200, "in_review")
    assert mine.send("POST", f"{here}/actions/recall").json["state"] == "draft"


def test_a_change_needs_the_state_that_was_seen(session, program) -> None:
    educator = make_educator(session)
    material = make_material(session, educator)
    mine = program(educator)
    here = f"/{material.public_id}/draft"
    seen = mine.send("GET", here).headers["ETag"]
    body = {"metadata": record(title={"vi": "Đầu"})}
    assert mine.send("PUT", here, body).status_code == 428
    assert mine.send("DELETE", here).status_code == 428
    assert mine.send("PUT", here, body, If_Match=seen).status_code == 200
    for method, path, given in (
        ("PUT", here, {"metadata": record(title={"vi": "Sau"})}),
        ("DELETE", here, None),
        ("DELETE", f"{here}/files/1", None),
        ("POST", f"{here}/actions/submit", None),
    ):
        answer = mine.send(method, path, given, If_Match=seen)
        assert (answer.status_code, answer.json["code"]) == (412, "precondition_failed"), method
    fresh = mine.send("GET", here)
    assert fresh.json["metadata"]["title"] == {"vi": "Đầu"}
    without = mine.send("DELETE", f"{here}/files/1", If_Match=fresh.headers["ETag"])
    assert without.json["files"] == []
    assert mine.send("DELETE", here, If_Match=without.headers["ETag"]).status_code == 204
    assert mine.send("GET", here).status_code == 404
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Material)) == 0


def test_a_published_material_gets_a_new_version_and_its_versions_are_listed(session, program, client) -> None:
    educator = make_educator(session)
    material = make_published(session, educator, title={"vi": "Một"})
    replace_published(session, material, title={"vi": "Hai"})
    mine = program(educator)
    assert mine.send("GET", f"/{material.public_id}/draft").status_code == 409
    begun = mine.send("POST", f"/{material.public_id}/draft")
    assert (begun.status_code, begun.json["version"], begun.json["metadata"]["title"]) == (201, 3, {"vi": "Hai"})
    address = f"{API}/{material.public_id}/versions"
    session.rollback()
    told = client.get(address).json["versions"]
    assert [(each["version"], each["is_latest"]) for each in told] == [(2, True), (1, False)]
    assert told[1]["metadata"]["title"] == {"vi": "Một"}
    assert client.get(f"{API}/{make_and_commit(session)}/versions").status_code == 404


def make_and_commit(session) -> str:
    public_id = make_material(session).public_id
    session.commit()
    session.rollback()
    return public_id


def test_a_reviewer_decides_by_token_on_what_they_have_seen(session, program) -> None:
    submitted, second = make_submitted(session), make_submitted(session)
    own = make_reviewer(session)
    ours = program(own)
    learner = program(make_account(session))
    for material, action, body, state in (
        (submitted, "publish", None, VersionState.PUBLISHED),
        (second, "return", {"reason": "Thiếu nguồn"}, VersionState.DRAFT),
    ):
        here = f"/{material.public_id}/draft/actions/{action}"
        assert learner.send("POST", here, body).status_code == 403
        assert ours.send("POST", here, body).status_code == 428
        assert ours.send("POST", here, body, If_Match='"other"').status_code == 412
        session.rollback()
        from oer.catalogue.api.drafts import _state_of

        state_now = _state_of(session.get(Material, material.id).versions[-1])
        done = ours.send("POST", here, body, If_Match=f'"{state_now}"')
        assert (done.status_code, done.json["state"]) == (200, state), done.json


def test_a_token_may_do_what_it_was_made_for_and_nothing_else(session, program, client, as_account) -> None:
    educator = make_educator(session)
    material = make_material(session, educator)
    drafts, submits = program(educator, "drafts"), program(educator, "submit")
    here = f"/{material.public_id}/draft"
    assert drafts.send("GET", here).status_code == 200
    for other, method, path in ((submits, "GET", here), (drafts, "POST", f"{here}/actions/recall")):
        answer = other.send(method, path)
        assert (answer.status_code, answer.json["code"]) == (403, "token_scope")
    # Pages and other addresses know no tokens, whatever they may do.
    pages = ("/account", "/my/materials", f"/my/materials/{material.public_id}")
    session.rollback()
    for path in pages:
        assert client.get(path, headers=drafts.headers).status_code == 302
    # Beside a token a cookie does not count, nor does one make up for what the token may not do.
    browser = as_account(educator)
    session.rollback()
    assert browser.client.get(f"{API}{here}", headers=submits.headers).status_code == 403
    foreign = make_and_commit(session)
    assert drafts.send("GET", f"/{foreign}/draft").status_code == 404


@pytest.mark.parametrize("wrong", ["oer_", "oer_x", "x", "oer_é", "oer_" + "a" * 5000])
def test_a_token_that_is_none_signs_nobody_in(session, client, wrong: str) -> None:
    public_id = make_and_commit(session)
    answer = client.get(
        f"{API}/{public_id}/draft", headers={"Authorization": f"Bearer {wrong}".encode().decode("latin-1")}
    )
    assert (answer.status_code, answer.json["code"]) == (401, "token_unknown")


def test_a_token_ends_when_it_is_revoked_its_account_closed_or_erased(session, program) -> None:
    for end in ("revoke", "close", "erase"):
        educator = make_educator(session)
        material = make_material(session, educator)
        mine = program(educator)
        here = f"/{material.public_id}/draft"
        assert mine.send("GET", here).status_code == 200
        if end == "revoke":
            revoke_token(session, educator, session.scalars(sa.select(ApiToken.id)).one())
        elif end == "close":
            educator.state = AccountState.DISABLED
        else:
            erase_account(session, None, educator.id)
        session.commit()
        assert mine.send("GET", here).status_code == 401, end
        session.execute(sa.delete(ApiToken))
        session.commit()


def test_a_role_given_after_a_token_was_made_is_not_the_tokens(session, program, monkeypatch) -> None:
    educator = make_educator(session)
    mine = program(educator)
    [grant] = educator.grants
    [token] = session.scalars(sa.select(ApiToken))
    grant.granted_at = token.created_at.replace(year=token.created_at.year + 1)
    session.commit()
    answer = mine.send("POST", "", {"metadata": {}})
    assert (answer.status_code, answer.json["code"]) == (401, "role_granted_since")


def test_only_the_hash_is_kept_and_the_day_of_use_noted_by_the_worker(session, program, run_jobs) -> None:
    educator = make_educator(session)
    material = make_material(session, educator)
    mine = program(educator)
    secret = mine.headers["Authorization"].removeprefix("Bearer ")
    [row] = session.scalars(sa.select(ApiToken))
    assert row.token_hash == token_hash(secret)
    assert row.last_used_on is None
    mine.send("GET", f"/{material.public_id}/draft")
    session.rollback()
    run_jobs()
    session.refresh(row)
    assert row.last_used_on is not None


def test_a_token_is_made_and_shown_once_on_the_account_page(session, as_account) -> None:
    educator = make_educator(session)
    browser = as_account(educator)
    session.rollback()
    page = browser.send("/account/tokens", name=" Kho  trường ", scopes=["drafts"])
    assert page.status_code == 200
    secret = page.text.split('value="oer_')[1].split('"')[0]
    later = browser.get("/account/tokens").text
    assert secret not in later
    assert "Kho trường" in later
    session.rollback()
    [row] = session.scalars(sa.select(ApiToken))
    assert (row.token_hash, row.scopes) == (token_hash(f"oer_{secret}"), ["drafts"])
    session.rollback()
    for wrong in ({"name": "", "scopes": ["drafts"]}, {"name": "a"}, {"name": "a", "scopes": ["everything"]}):
        assert browser.send("/account/tokens", **wrong).status_code == 422, wrong
    revoke = f"/account/tokens/{row.id}/revoke"
    other = as_account(make_educator(session))
    session.rollback()
    assert other.send(revoke, page="/account/tokens").status_code == 404
    assert browser.send(revoke, page="/account/tokens").status_code == 303
    session.rollback()
    assert session.scalars(sa.select(ApiToken)).all() == []


def test_unknown_fields_set_nothing(session, program) -> None:
    educator = make_educator(session)
    material = make_material(session, educator)
    mine = program(educator)
    here = f"/{material.public_id}/draft"
    seen = mine.send("GET", here).headers["ETag"]
    for body in (
        {"metadata": record(), "state": "published"},
        {"metadata": {**record(), "owner_id": 1}},
        {"id": "8k3mt-w2xpa", "metadata": record()},
        [],
    ):
        answer = mine.send("PUT", here, body, If_Match=seen)
        assert answer.status_code == 400, body
        assert answer.content_type.startswith("application/problem+json")
    assert mine.send("GET", here).headers["ETag"] == seen
