"""Who has a submission in hand: claimed, given back, taken over knowingly, ended by itself; the queue shows it."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.accounts.services.personal_data import erase_account, export_personal_data
from oer.catalogue.models import Version, VersionState
from oer.catalogue.review_models import CLAIM_DAYS, ReviewClaim
from oer.catalogue.services.review import ReviewHeld, claim, give_back, publish, recall, return_with_reason
from oer.core.clock import now
from oer.core.errors import Conflict, Forbidden
from tests.accounts.factories import make_unit
from tests.catalogue.factories import make_educator, make_reviewer, make_submitted


@pytest.fixture
def first(session):
    return make_reviewer(session, name="Chị Lựu")


@pytest.fixture
def second(session):
    return make_reviewer(session, name="Anh Bình")


def holders(session):
    return session.scalars(sa.select(ReviewClaim.account_id)).all()


def test_a_second_reviewer_sees_who_has_it_and_takes_it_over_knowingly(session, first, second, as_account, mails):
    public_id = make_submitted(session, title={"vi": "An toàn điện"}).public_id
    where = f"/review/{public_id}"
    first_email, second_id = first.email, second.id
    one, two = as_account(first), as_account(second)
    assert one.send(f"{where}/claim", page=where).status_code == 303
    assert "Bạn đã nhận duyệt đến ngày" in one.get(where).text
    assert "Chị Lựu" in two.get("/review").text
    page = two.get(where).text
    assert "Chị Lựu đang duyệt bài này" in page
    assert f'action="{where}/publish"' not in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    unknowing = two.client.post(f"{where}/claim", data={"csrf_token": token})
    assert unknowing.status_code == 409
    assert "Chị Lựu đang duyệt bài này" in unknowing.text
    mails()
    session.rollback()
    mark = re.search(r'name="over" value="([^"]+)"', page)[1]
    assert two.client.post(f"{where}/claim", data={"csrf_token": token, "over": mark}).status_code == 303
    session.rollback()
    assert holders(session) == [second_id]
    told = [(to, values["reviewer"]) for to, template, values in mails() if template == "review_taken_over"]
    assert told == [(first_email, "Anh Bình")]
    session.rollback()
    assert "Anh Bình đang duyệt bài này" in one.get(where).text


@pytest.mark.parametrize("decision", ["publish", "return"])
def test_what_another_has_in_hand_is_not_decided_on_and_nothing_typed_is_lost(
    session, first, second, as_account, decision
):
    material = make_submitted(session)
    where = f"/review/{material.public_id}"
    browser = as_account(second)
    page = browser.get(where).text
    sent = {name: re.search(f'name="{name}" value="([^"]*)"', page)[1] for name in ("csrf_token", "seen")}
    claim(session, first, material)
    session.commit()
    answer = browser.client.post(f"{where}/{decision}", data={**sent, "reason": "Điều tôi đã viết"})
    assert answer.status_code == 409
    assert "Chị Lựu đang duyệt bài này" in answer.text
    assert decision == "publish" or "Điều tôi đã viết" in answer.text
    session.rollback()
    assert session.scalars(sa.select(Version.state)).all() == [VersionState.IN_REVIEW]


def test_a_claim_that_is_older_than_some_days_has_ended_by_itself(session, first, second):
    material = make_submitted(session)
    claim(session, first, material)
    with pytest.raises(ReviewHeld):
        claim(session, second, material)
    ago = now() - timedelta(days=CLAIM_DAYS, seconds=1)
    session.execute(sa.update(ReviewClaim).values(claimed_at=ago))
    claim(session, second, material)
    assert holders(session) == [second.id]


def test_another_claim_than_the_one_that_was_seen_is_not_taken_over(session, first, second):
    material = make_submitted(session)
    claim(session, first, material)
    seen = session.scalars(sa.select(ReviewClaim.claimed_at)).one().isoformat()
    session.execute(sa.update(ReviewClaim).values(claimed_at=now() + timedelta(seconds=1)))
    with pytest.raises(ReviewHeld):
        claim(session, second, material, over=seen)
    assert holders(session) == [first.id]


def test_it_is_given_back_by_whoever_has_it_alone(session, first, second, as_account):
    material = make_submitted(session)
    claim(session, first, material)
    with pytest.raises(Conflict, match="do not have"):
        give_back(session, second, material)
    where = f"/review/{material.public_id}"
    assert as_account(first).send(f"{where}/give-back", page=where).status_code == 303
    session.rollback()
    assert holders(session) == []


@pytest.mark.parametrize("end", ["publish", "return", "recall"])
def test_a_claim_ends_with_its_round(session, first, end):
    material = make_submitted(session)
    claim(session, first, material)
    if end == "publish":
        publish(session, first, material)
    elif end == "return":
        return_with_reason(session, first, material, "Thiếu nguồn")
    else:
        recall(session, material)
    assert holders(session) == []


def test_nobody_takes_their_own_work_in_hand_nor_what_is_not_in_review(session, first):
    material = make_submitted(session)
    material.owner_id = first.id
    with pytest.raises(Forbidden):
        claim(session, first, material)
    other = make_submitted(session)
    publish(session, first, other)
    with pytest.raises(Conflict):
        claim(session, first, other)


def test_taking_it_in_hand_does_not_say_that_the_version_was_changed(session, first):
    material = make_submitted(session)
    before = material.newest_version.changed_at
    claim(session, first, material)
    session.refresh(material.newest_version)
    assert material.newest_version.changed_at == before


def test_the_queue_says_how_long_each_waits_and_is_filtered_by_unit_and_hand(session, first, second, as_account):
    unit = make_unit(session, name={"vi": "Phường Bến Thành"})
    old = make_submitted(session, make_educator(session, unit), title={"vi": "Bài chờ lâu"})
    old.newest_version.submitted_at = now() - timedelta(days=6)
    mine = make_submitted(session, title={"vi": "Bài của tôi"})
    theirs = make_submitted(session, title={"vi": "Bài người khác"})
    claim(session, first, mine)
    claim(session, second, theirs)
    browser = as_account(first)
    page = browser.get("/review").text
    assert page.index("Bài chờ lâu") < page.index("Bài của tôi")
    assert "6 ngày" in page
    assert "từ hôm nay" in page
    assert "Phường Bến Thành" in page
    expected = {
        f"unit={unit.code}": {"Bài chờ lâu"},
        "hand=nobody": {"Bài chờ lâu"},
        "hand=mine": {"Bài của tôi"},
        "hand=others": {"Bài người khác"},
        "hand=nonsense": {"Bài chờ lâu", "Bài của tôi", "Bài người khác"},
        f"unit={unit.code}&hand=mine": set(),
    }
    titles = ("Bài chờ lâu", "Bài của tôi", "Bài người khác")
    for asked, wanted in expected.items():
        page = browser.get(f"/review?{asked}").text
        assert {title for title in titles if title in page} == wanted, asked


def test_claims_are_among_what_is_stored_about_a_reviewer_and_go_with_the_account(session, first):
    material = make_submitted(session)
    claim(session, first, material)
    told = export_personal_data(session, first)["catalogue"]
    assert [each["version"] for each in told["review_claims"]] == [material.newest_version.id]
    erase_account(session, None, first.id)
    assert holders(session) == []
