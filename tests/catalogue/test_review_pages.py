"""The reviewers' pages."""

import pytest
import sqlalchemy as sa

from oer.catalogue.models import Material, Version
from oer.catalogue.services.withdrawal import request_withdrawal
from oer.files.models import RenditionState
from tests.catalogue.factories import (
    make_blob,
    make_educator,
    make_published,
    make_rendition,
    make_reviewer,
    make_submitted,
)


@pytest.fixture
def reviewer(session):
    return make_reviewer(session)


def states(session):
    session.rollback()
    found = session.execute(sa.select(Version.state, Version.return_reason)).all()
    session.rollback()
    return found


@pytest.mark.parametrize("language", ["", "/en"])
def test_every_page_is_there_in_both_languages(session, reviewer, as_account, language):
    waiting, public = make_submitted(session).public_id, make_published(session).public_id
    browser = as_account(reviewer)
    for path in (
        "/review",
        f"/review/{waiting}",
        f"/review/{waiting}/return",
        f"/review/{public}",
        f"/review/{public}/withdraw",
    ):
        assert browser.get(language + path).status_code == 200, path


def test_a_submission_is_published_from_the_queue(session, client, reviewer, as_account):
    public_id = make_submitted(session, title={"vi": "An toàn điện"}).public_id
    browser = as_account(reviewer)
    assert "An toàn điện" in browser.get("/review").text
    assert client.get(f"/materials/{public_id}").status_code == 404
    answer = browser.send(f"/review/{public_id}/publish", page=f"/review/{public_id}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/review")
    assert client.get(f"/materials/{public_id}").status_code == 200
    again = browser.send(f"/review/{public_id}/publish", page="/review/" + public_id + "/withdraw")
    assert again.status_code == 409


def test_a_submission_is_given_back_with_a_reason(session, reviewer, as_account):
    public_id = make_submitted(session).public_id
    browser = as_account(reviewer)
    where = f"/review/{public_id}/return"
    assert browser.send(where, reason="").status_code == 422
    assert browser.send(where, reason="Thiếu nguồn").status_code == 303
    assert states(session) == [("draft", "Thiếu nguồn")]
    assert browser.get(f"/review/{public_id}").status_code == 404


def test_a_reviewer_sees_what_is_wrong_with_a_file(session, reviewer, as_account):
    make_rendition(session, make_blob(session), state=RenditionState.ENCRYPTED)
    public_id = make_submitted(session).public_id
    assert "mật khẩu" in as_account(reviewer).get(f"/review/{public_id}").text


def test_withdrawing_needs_kind_and_reason_and_leaves_a_tombstone(session, reviewer, as_account):
    public_id = make_published(session).public_id
    browser = as_account(reviewer)
    where = f"/review/{public_id}/withdraw"
    for fields in ({"category": "rights", "reason": ""}, {"reason": "Sai"}, {"category": "x", "reason": "Sai"}):
        assert browser.send(where, **fields).status_code == 422
    assert browser.send(where, category="rights", reason="Ảnh chưa xin phép").status_code == 303
    gone = browser.get(f"/materials/{public_id}")
    assert gone.status_code == 410
    assert "Ảnh chưa xin phép" in gone.text
    assert "Ảnh chưa xin phép" in browser.get(f"/review/{public_id}").text
    assert browser.send(f"/review/{public_id}/restore", page=f"/review/{public_id}").status_code == 303
    assert browser.get(f"/materials/{public_id}").status_code == 200


def test_a_wish_to_withdraw_is_decided_on(session, reviewer, as_account):
    educator = make_educator(session)
    material = make_published(session, educator)
    request_withdrawal(session, educator, material, "Số liệu cũ")
    public_id = material.public_id
    browser = as_account(reviewer)
    assert public_id in browser.get("/review").text
    assert "Số liệu cũ" in browser.get(f"/review/{public_id}").text
    assert "Số liệu cũ" in browser.get(f"/review/{public_id}/withdraw").text
    assert browser.send(f"/review/{public_id}/keep", page=f"/review/{public_id}").status_code == 303
    session.rollback()
    assert session.scalars(sa.select(Material.withdrawal_asked_at)).one() is None
