"""Comments at fields, small edits by reviewers, publication on a later day."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.accounts.models import Role
from oer.catalogue.jobs import planned, publish_planned
from oer.catalogue.models import Material, VersionState
from oer.catalogue.review_models import PlannedPublication, ReviewComment, ReviewEdit
from oer.catalogue.services import review_notes
from oer.catalogue.services.review import (
    claim,
    plan_publication,
    publish,
    recall,
    return_with_reason,
    submit_for_review,
)
from oer.core.clock import today
from oer.core.errors import Conflict, Forbidden, Invalid
from oer.files.models import Blob, Condition
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_educator, make_reviewer, make_submitted

SEEN = re.compile(r'name="seen" value="([^"]*)"')


@pytest.fixture
def educator(session):
    return make_educator(session)


@pytest.fixture
def waiting(session, educator):
    return make_submitted(session, educator)


@pytest.fixture
def reviewer(session):
    return make_reviewer(session)


def version_of(session, public_id):
    session.expire_all()
    return session.scalar(sa.select(Material).where(Material.public_id == public_id)).newest_version


def test_a_comment_goes_from_the_reviewer_to_the_field_and_is_handled(session, as_account, educator, waiting, reviewer):
    public_id = waiting.public_id
    deciding, writing = as_account(reviewer), as_account(educator)
    review = f"/review/{public_id}"
    answer = deciding.send(f"{review}/comment", page=review, part="summary", words="Nói rõ cho ai.\n<b>Gạch</b>")
    assert answer.status_code == 303
    assert "Nói rõ cho ai." in deciding.get(review).text
    deciding.send(f"{review}/return", page=f"{review}/return", seen=SEEN.search(deciding.get(review).text)[1])
    overview = writing.get(f"/my/materials/{public_id}").text
    assert "xem nhận xét ở từng mục" in overview
    assert "Nói rõ cho ai." in overview
    assert "<b>Gạch" not in overview
    form = writing.get(f"/my/materials/{public_id}/describe").text
    row = form[form.index('id="row-summary"') : form.index('id="row-summary"') + 4000]
    assert "Nói rõ cho ai." in row
    number = session.scalar(sa.select(ReviewComment.id))
    session.rollback()
    writing.send(f"/my/materials/{public_id}/comments", page=f"/my/materials/{public_id}", comment=str(number))
    assert "đã xử lý" in writing.get(f"/my/materials/{public_id}").text
    assert "Nói rõ cho ai." not in writing.get(f"/my/materials/{public_id}/describe").text
    assert reviewer.name not in overview


@pytest.mark.parametrize(
    ("part", "words"), [("relations", "x"), ("no-such", "x"), ("", "x"), ("title", "  \n"), ("title", "x" * 2001)]
)
def test_a_comment_is_about_a_field_and_says_something(session, reviewer, waiting, part, words):
    with pytest.raises(Invalid):
        review_notes.comment(session, reviewer, waiting, part, words)


def test_comments_have_an_end(session, reviewer, waiting, monkeypatch):
    monkeypatch.setattr(review_notes, "MOST_COMMENTS", 2)
    for _ in range(2):
        review_notes.comment(session, reviewer, waiting, "title", "a")
    with pytest.raises(Invalid):
        review_notes.comment(session, reviewer, waiting, "title", "b")


def test_who_has_not_the_submission_in_hand_neither_comments_nor_edits(session, waiting, reviewer):
    claim(session, make_reviewer(session), waiting)
    with pytest.raises(Conflict):
        review_notes.comment(session, reviewer, waiting, "title", "a")
    with pytest.raises(Conflict):
        review_notes.edit(session, reviewer, waiting, {"title": {"vi": "b"}}, None)
    with pytest.raises(Conflict):
        plan_publication(session, reviewer, waiting, today() + timedelta(days=1))


def test_nobody_comments_on_edits_or_plans_their_own_work(session):
    both = make_account(session, Role.ADMIN)
    own = make_submitted(session, both)
    for deed in (
        lambda: review_notes.comment(session, both, own, "title", "a"),
        lambda: review_notes.edit(session, both, own, {"title": {"vi": "b"}}, None),
        lambda: plan_publication(session, both, own, today() + timedelta(days=1)),
    ):
        with pytest.raises(Forbidden):
            deed()


def test_a_comment_of_another_material_is_out_of_reach(session, as_account, educator, reviewer):
    made = review_notes.comment(session, reviewer, make_submitted(session), "title", "Của người khác")
    own = make_submitted(session, educator)
    recall(session, own)
    number, public_id = made.id, own.public_id
    path = f"/my/materials/{public_id}"
    browser = as_account(educator)
    for wrong in (str(number), "0", "-1", "x", "9" * 30):
        assert browser.send(f"{path}/comments", page=path, comment=wrong).status_code == 404
    assert session.scalar(sa.select(ReviewComment.handled_at)) is None


def test_a_small_edit_is_kept_with_what_was_there_and_told(session, as_account, educator, waiting, reviewer, mails):
    public_id, before = waiting.public_id, waiting.newest_version.record["title"]["vi"]
    deciding, writing = as_account(reviewer), as_account(educator)
    page = f"/review/{public_id}/edit"
    shown = deciding.get(page).text
    assert f'value="{before}"' in shown
    assert 'name="licence"' not in shown
    typed = {"title_vi": "Tên đã sửa", "summary_vi": "Ngắt cầu dao trước khi sửa.", "types-0": "handbook"}
    seen = SEEN.search(shown)[1]
    answer = deciding.send(page, **typed, **{"subjects-0": "bas.song"}, seen=seen, licence="https://x.example")
    assert answer.status_code == 303
    assert version_of(session, public_id).record["title"] == {"vi": "Tên đã sửa"}
    assert version_of(session, public_id).record["licence"].endswith("/by/4.0/")
    session.rollback()
    overview = writing.get(f"/my/materials/{public_id}").text
    assert f"<del>{before}</del>" in overview
    assert "<ins>Tên đã sửa</ins>" in overview
    assert "review_edited" in [template for _, template, _ in mails()]


def test_an_edit_of_what_has_changed_meanwhile_changes_nothing(session, as_account, waiting, reviewer):
    public_id = waiting.public_id
    browser = as_account(reviewer)
    seen = SEEN.search(browser.get(f"/review/{public_id}/edit").text)[1]
    material = version_of(session, public_id).material
    review_notes.edit(session, make_reviewer(session), material, {"title": {"vi": "Trước"}}, None)
    session.commit()
    answer = browser.send(f"/review/{public_id}/edit", title_vi="Sau", summary_vi="x", seen=seen)
    assert answer.status_code == 409
    assert version_of(session, public_id).record["title"] == {"vi": "Trước"}


@pytest.mark.parametrize("values", [{"licence": "x"}, {"creators": []}, {"unit": ""}, {"title": {}}])
def test_a_reviewer_changes_neither_rights_nor_people_and_empties_nothing(session, waiting, reviewer, values):
    before = dict(waiting.newest_version.record)
    with pytest.raises(Invalid):
        review_notes.edit(session, reviewer, waiting, values, None)
    session.expire_all()
    assert waiting.newest_version.record == before


TOMORROW = timedelta(days=1)


def on_the_day(session, installation):
    session.execute(sa.update(PlannedPublication).values(day=today()))
    session.commit()
    publish_planned(installation)


def test_what_is_planned_is_published_on_its_day_and_not_before(
    session, installation, as_account, educator, waiting, reviewer
):
    public_id = waiting.public_id
    browser = as_account(reviewer)
    page = f"/review/{public_id}"
    seen = SEEN.search(browser.get(page).text)[1]
    day = today() + TOMORROW
    answer = browser.send(f"{page}/later", page=page, day=day.isoformat(), seen=seen, checked="rights")
    assert answer.status_code == 303
    assert "Sẽ đăng vào ngày" in browser.get(page).text
    assert "Sẽ đăng vào ngày" in browser.get("/review").text
    assert "Sẽ đăng vào ngày" in as_account(educator).get(f"/my/materials/{public_id}").text
    publish_planned(installation)
    assert version_of(session, public_id).state is VersionState.IN_REVIEW
    on_the_day(session, installation)
    version = version_of(session, public_id)
    assert version.state is VersionState.PUBLISHED
    assert version.review_points
    assert version.reviewed_by_id == reviewer.id
    assert session.scalar(sa.select(PlannedPublication)) is None
    session.rollback()
    publish_planned(installation)  # once is enough


@pytest.mark.parametrize("day", ["", "hôm qua", "01/01/2020", "31/12/9999"])
def test_only_a_later_day_can_be_planned(session, as_account, waiting, reviewer, day):
    public_id = waiting.public_id
    browser = as_account(reviewer)
    page = f"/review/{public_id}"
    seen = SEEN.search(browser.get(page).text)[1]
    assert browser.send(f"{page}/later", page=page, day=day, seen=seen).status_code == 422
    assert session.scalar(sa.select(PlannedPublication)) is None


def test_today_is_no_later_day(session, waiting, reviewer):
    with pytest.raises(Invalid):
        plan_publication(session, reviewer, waiting, today())


@pytest.mark.parametrize("spoiled", ["file", "content", "reviewer"])
def test_what_became_invalid_meanwhile_is_refused_and_told(
    session, installation, as_account, waiting, reviewer, mails, spoiled
):
    public_id, other = waiting.public_id, make_reviewer(session)
    plan_publication(session, reviewer, waiting, today() + TOMORROW)
    if spoiled == "file":
        session.scalar(sa.select(Blob)).condition = Condition.DAMAGED
    elif spoiled == "content":
        waiting.newest_version.record = {**waiting.newest_version.record, "title": {"vi": "Khác"}}
    else:
        session.execute(sa.update(PlannedPublication).values(account_id=None))
    browser = as_account(other)
    on_the_day(session, installation)
    assert version_of(session, public_id).state is VersionState.IN_REVIEW
    session.rollback()
    assert "planned_not_published" in [template for _, template, _ in mails()]
    session.commit()
    assert 'id="refused"' in browser.get(f"/review/{public_id}").text
    publish_planned(installation)
    assert mails() == [], "it is told once"


def test_a_fault_of_ours_with_one_holds_up_no_other(session, installation, reviewer, monkeypatch):
    first, second = make_submitted(session), make_submitted(session)
    for each in (first, second):
        plan_publication(session, reviewer, each, today() + TOMORROW)
    spoiled, good = first.newest_version.id, second.public_id
    publish = planned.carry_out_plan

    def carry_out(session, plan, version):
        if version.id == spoiled:
            raise ZeroDivisionError
        publish(session, plan, version)

    monkeypatch.setattr(planned, "carry_out_plan", carry_out)
    with pytest.raises(ZeroDivisionError):
        on_the_day(session, installation)
    assert version_of(session, good).state is VersionState.PUBLISHED


def test_one_that_cannot_be_published_holds_up_no_other(session, installation, reviewer):
    first, second = make_submitted(session), make_submitted(session)
    for each in (first, second):
        plan_publication(session, reviewer, each, today() + TOMORROW)
    first.newest_version.record = {**first.newest_version.record, "title": {"vi": "Khác"}}
    public_id = second.public_id
    on_the_day(session, installation)
    assert version_of(session, public_id).state is VersionState.PUBLISHED


@pytest.mark.parametrize("ending", ["recall", "return", "publish", "edit", "cancel"])
def test_a_plan_ends_with_what_it_was_about(session, as_account, waiting, reviewer, ending):
    plan_publication(session, reviewer, waiting, today() + TOMORROW)
    deeds = {
        "recall": lambda: recall(session, waiting),
        "return": lambda: return_with_reason(session, reviewer, waiting, "Sửa lại."),
        "publish": lambda: publish(session, reviewer, waiting),
        "edit": lambda: review_notes.edit(session, reviewer, waiting, {"title": {"vi": "Khác"}}, None),
    }
    if ending == "cancel":
        page = f"/review/{waiting.public_id}"
        as_account(reviewer).send(f"{page}/later", page=page, action="cancel")
    else:
        deeds[ending]()
    assert session.scalar(sa.select(PlannedPublication)) is None


def test_notes_stay_with_their_version(session, reviewer, waiting, educator):
    review_notes.comment(session, reviewer, waiting, "title", "a")
    review_notes.edit(session, reviewer, waiting, {"title": {"vi": "b"}}, None)
    return_with_reason(session, reviewer, waiting, "")
    submit_for_review(session, educator, waiting)
    assert session.scalar(sa.select(sa.func.count()).select_from(ReviewEdit)) == 1
    assert session.scalar(sa.select(ReviewComment.handled_at)) is None
