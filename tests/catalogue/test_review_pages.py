"""The reviewers' pages."""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from oer.catalogue.models import Material, Version
from oer.catalogue.services.drafts import new_version, set_metadata
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import recall, return_with_reason, submit_for_review
from oer.catalogue.services.withdrawal import request_withdrawal
from oer.files.models import RenditionState
from oer.vocabularies import review_points
from tests.catalogue.factories import (
    make_blob,
    make_educator,
    make_material,
    make_published,
    make_rendition,
    make_reviewer,
    make_submitted,
    record,
    replace_published,
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


SEEN = re.compile(r'name="seen" value="([^"]*)"')


def as_shown(browser, path):
    """What a form of a page sends, less what is typed."""
    page = browser.get(path).text
    return {"csrf_token": browser.token(path), "seen": SEEN.search(page)[1]}


def rewrite(session, educator, material):
    recall(session, material)
    set_metadata(session, educator, material, record(summary={"vi": "Chưa ai đọc điều này"}))
    add_file(session, material, make_blob(session, b"other").sha256, "khac.pdf")
    submit_for_review(session, educator, material)
    session.commit()


@pytest.mark.parametrize("decision", ["publish", "return"])
def test_what_a_reviewer_has_not_seen_is_not_decided_on(session, client, reviewer, as_account, decision):
    educator = make_educator(session)
    material = make_submitted(session, educator)
    public_id = material.public_id
    browser = as_account(reviewer)
    sent = {**as_shown(browser, f"/review/{public_id}"), "reason": "Điều tôi đã viết"}
    rewrite(session, educator, material)
    answer = browser.client.post(f"/review/{public_id}/{decision}", data=sent)
    assert answer.status_code == 409
    said = answer.text[answer.text.index('id="changed"') :]
    said = said[: said.index("</div>")]
    assert "Tóm tắt" in said
    assert "Tệp" in said
    assert "Giấy phép" not in said
    assert ("Chưa ai đọc điều này" if decision == "publish" else "Điều tôi đã viết") in answer.text
    assert [state for state, _ in states(session)] == ["in_review"]
    again = {**sent, "seen": SEEN.search(answer.text)[1]}
    assert browser.client.post(f"/review/{public_id}/{decision}", data=again).status_code == 303


def test_what_is_sent_in_again_unchanged_was_seen(session, reviewer, as_account):
    educator = make_educator(session)
    material = make_submitted(session, educator)
    public_id = material.public_id
    browser = as_account(reviewer)
    sent = as_shown(browser, f"/review/{public_id}")
    recall(session, material)
    submit_for_review(session, educator, material)
    session.commit()
    assert browser.client.post(f"/review/{public_id}/publish", data=sent).status_code == 303


@pytest.mark.parametrize("decision", ["publish", "return", "withdraw", "keep", "restore"])
def test_no_decision_is_taken_by_a_page_that_showed_nothing(session, reviewer, as_account, decision):
    material = make_submitted(session) if decision in ("publish", "return") else make_published(session)
    public_id = material.public_id
    browser = as_account(reviewer)
    sent = {"csrf_token": browser.token("/account"), "reason": "Sai", "category": "wrong"}
    assert browser.client.post(f"/review/{public_id}/{decision}", data=sent).status_code == 409
    assert states(session) == [("in_review" if decision in ("publish", "return") else "published", None)]


def test_a_newer_version_is_not_withdrawn_in_place_of_the_one_that_was_seen(session, reviewer, as_account):
    material = make_published(session)
    public_id = material.public_id
    browser = as_account(reviewer)
    sent = {**as_shown(browser, f"/review/{public_id}/withdraw"), "category": "wrong", "reason": "Sai số liệu"}
    replace_published(session, material)
    session.commit()
    answer = browser.client.post(f"/review/{public_id}/withdraw", data=sent)
    assert answer.status_code == 409
    assert "Sai số liệu" in answer.text
    assert browser.get(f"/materials/{public_id}").status_code == 200


def test_a_request_for_withdrawal_with_another_reason_is_not_declined_unread(session, reviewer, as_account):
    educator = make_educator(session)
    material = make_published(session, educator)
    request_withdrawal(session, educator, material, "Số liệu cũ")
    public_id = material.public_id
    browser = as_account(reviewer)
    sent = as_shown(browser, f"/review/{public_id}")
    request_withdrawal(session, educator, material, "Lộ số điện thoại của học sinh")
    session.commit()
    answer = browser.client.post(f"/review/{public_id}/keep", data=sent)
    assert answer.status_code == 409
    assert "Lộ số điện thoại của học sinh" in answer.text


@pytest.mark.parametrize("step", ["submit", "delete"])
def test_a_draft_that_another_tab_has_changed_is_neither_submitted_nor_deleted(session, as_account, step):
    educator = make_educator(session)
    material = make_material(session, educator)
    public_id = material.public_id
    browser = as_account(educator)
    where = f"/my/materials/{public_id}"
    sent = as_shown(browser, where if step == "submit" else f"{where}/delete")
    set_metadata(session, educator, material, record(keywords=["điện"]))
    session.commit()
    answer = browser.client.post(f"{where}/{step}", data=sent)
    assert answer.status_code == 409
    assert "Từ khóa" in answer.text
    assert [state for state, _ in states(session)] == ["draft"]


def test_licence_author_subject_and_what_changed_stand_beside_the_decision(session, reviewer, as_account):
    educator = make_educator(session)
    material = make_published(session, educator, keywords=["cũ"])
    before = material.current_version.record
    new_version(session, educator, material)
    set_metadata(session, educator, material, {**before, "keywords": ["mới"]})
    submit_for_review(session, educator, material)
    page = as_account(reviewer).get(f"/review/{material.public_id}").text
    unit = educator.grants[0].unit.name["vi"]
    for words in (unit, "CC BY 4.0", "Kho học liệu mở Thành phố Hồ Chí Minh", "Sổ tay"):
        assert f"<dd>{words}</dd>" in page
    assert "Khác với phiên bản đang công bố: Từ khóa." in page
    first = make_submitted(session).public_id
    assert "Khác với phiên bản" not in as_account(reviewer).get(f"/review/{first}").text


def test_what_was_checked_stands_on_the_page_and_nobody_is_named(session, client, as_account):
    reviewer = make_reviewer(session, name="Chị Lựu")
    material = make_submitted(session)
    public_id = material.public_id
    browser = as_account(reviewer)
    sent = {**as_shown(browser, f"/review/{public_id}"), "checked": ["rights", "private", "no-such-point"]}
    assert browser.client.post(f"/review/{public_id}/publish", data=sent).status_code == 303
    page = client.get(f"/materials/{public_id}").text
    assert "Đã kiểm tra 2 điểm" in page
    assert "Giấy phép ghi đúng" in page
    assert "Không có thông tin cá nhân" in page
    assert "Lời văn rõ ràng" not in page
    assert "Chị Lựu" not in page
    assert "2 points checked" in client.get(f"/en/materials/{public_id}").text
    session.rollback()
    kept = session.scalars(sa.select(Version.review_points)).one()
    assert [point["code"] for point in kept if point["checked"]] == ["rights", "private"]
    assert len(kept) == len(review_points())


def test_a_review_without_ticks_says_nothing_of_what_was_checked(session, client, reviewer, as_account):
    public_id = make_submitted(session).public_id
    assert as_account(reviewer).send(f"/review/{public_id}/publish", page=f"/review/{public_id}").status_code == 303
    page = client.get(f"/materials/{public_id}").text
    assert "do người kiểm tra của kho" in page
    assert "Đã kiểm tra" not in page


def test_the_city_names_points_of_its_own_and_past_reviews_keep_theirs(
    session, client, app, reviewer, as_account, tmp_path
):
    ours, theirs = (make_submitted(session).public_id for _ in range(2))
    browser = as_account(reviewer)
    sent = {**as_shown(browser, f"/review/{ours}"), "checked": "rights"}
    assert browser.client.post(f"/review/{ours}/publish", data=sent).status_code == 303
    path = tmp_path / "points.yaml"
    path.write_text("points:\n- {code: rights, label_vi: Hợp quy chế của thành phố, label_en: By the city's rules}\n")
    installation = app.extensions["oer"]
    with pytest.MonkeyPatch.context() as patch:
        settings = replace(installation.settings, review_points=str(path))
        patch.setitem(app.extensions, "oer", replace(installation, settings=settings))
        shown = browser.get(f"/review/{theirs}").text
        assert "Hợp quy chế của thành phố" in shown
        assert "Lời văn rõ ràng" not in shown
        sent = {**as_shown(browser, f"/review/{theirs}"), "checked": "rights"}
        assert browser.client.post(f"/review/{theirs}/publish", data=sent).status_code == 303
    assert "Giấy phép ghi đúng" in client.get(f"/materials/{ours}").text
    assert "Hợp quy chế của thành phố" in client.get(f"/materials/{theirs}").text


def test_earlier_reasons_and_what_changed_since_stand_beside_the_decision(session, reviewer, as_account):
    educator = make_educator(session)
    material = make_submitted(session, educator)
    where = f"/review/{material.public_id}"
    browser = as_account(reviewer)
    assert "Những lần đã trả lại" not in browser.get(where).text
    return_with_reason(session, reviewer, material, "Thiếu nguồn hình")
    submit_for_review(session, educator, material)
    session.commit()
    page = browser.get(where).text
    assert "Thiếu nguồn hình" in page
    assert "Chưa sửa gì từ lần trả lại gần nhất" in page
    return_with_reason(session, reviewer, material, "Vẫn thiếu")
    before = material.newest_version.record
    set_metadata(session, educator, material, {**before, "summary": {"vi": "Có nguồn hình."}})
    submit_for_review(session, educator, material)
    session.commit()
    page = browser.get(where).text
    assert page.index("Vẫn thiếu") < page.index("Thiếu nguồn hình")
    assert "Đã sửa từ lần trả lại gần nhất: Tóm tắt." in page
