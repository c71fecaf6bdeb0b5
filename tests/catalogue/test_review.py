"""From a draft to the reviewer's decision, and what everybody is told of it."""

import pytest

from oer.accounts.models import Role
from oer.catalogue.models import VersionState
from oer.catalogue.queries.materials import review_queue
from oer.catalogue.services.drafts import new_version, set_metadata
from oer.catalogue.services.publishing import publish_version
from oer.catalogue.services.review import publish, return_with_reason, submit_for_review
from oer.core.errors import Conflict, Forbidden, Invalid
from oer.files.models import Condition, ScanState
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import (
    BY,
    make_blob,
    make_educator,
    make_material,
    make_published,
    make_reviewer,
    make_submitted,
    record,
)


def test_reviewers_are_told_of_a_submission_and_the_educator_is_not(session, mails):
    unit = make_unit(session)
    here, everywhere = make_account(session, Role.REVIEWER, unit=unit), make_reviewer(session)
    make_account(session, Role.REVIEWER, unit=make_unit(session))
    educator = make_educator(session, unit, name="Trung tâm học tập cộng đồng")
    material = make_submitted(session, educator)
    sent = mails()
    assert [(to, template) for to, template, _ in sent] == [
        (here.email, "material_submitted"),
        (everywhere.email, "material_submitted"),
    ]
    assert sent[0][2]["path"] == f"/review/{material.public_id}"
    assert sent[0][2]["educator"] == educator.name


def test_administrators_are_told_where_nobody_else_reviews(session, mails):
    admin = make_account(session, Role.ADMIN)
    make_submitted(session)
    assert [to for to, _, _ in mails()] == [admin.email]


def test_what_is_missing_is_told_field_by_field(session):
    material = make_material(session, content=None, summary=None, audiences=None)
    assert [error.field for error in material.newest_version.missing_to_submit] == ["files", "summary", "audiences"]


def test_a_material_may_be_a_link_alone(session):
    material = make_material(session, content=None, source_url="https://example.org/bai")
    assert material.newest_version.missing_to_submit == []


def test_nothing_incomplete_is_submitted(session):
    educator = make_educator(session)
    material = make_material(session, educator, title=None)
    with pytest.raises(Invalid) as caught:
        submit_for_review(session, educator, material)
    assert caught.value.field == "title"
    assert material.newest_version.state == VersionState.DRAFT


def test_a_reviewer_publishes_and_the_educator_is_told(session, mails, audited):
    educator = make_educator(session)
    material = make_submitted(session, educator)
    mails()
    reviewer = make_reviewer(session)
    version = publish(session, reviewer, material)
    assert (version.state, version.reviewed_by_id) == (VersionState.PUBLISHED, reviewer.id)
    assert material.current_version_id == version.id
    assert material.is_public
    assert material.first_published_at == material.published_at == version.reviewed_at
    assert [(to, template) for to, template, _ in mails()] == [(educator.email, "material_published")]
    assert audited() == ["material.published"]


def test_publishing_raises_what_pages_and_index_compare(session):
    material = make_submitted(session)
    before = material.revision, material.page_revision
    publish(session, make_reviewer(session), material)
    assert (material.revision, material.page_revision) == (before[0] + 1, before[1] + 1)


def test_a_new_version_supersedes_the_one_before(session):
    educator = make_educator(session)
    material = make_published(session, educator)
    first, moment = material.current_version, material.first_published_at
    new_version(session, educator, material)
    submit_for_review(session, educator, material)
    assert material.current_version is first
    publish(session, make_reviewer(session), material)
    assert (first.state, material.current_version.number) == (VersionState.SUPERSEDED, 2)
    assert material.first_published_at == moment


def test_nobody_reviews_their_own(session):
    both = make_account(session, Role.EDUCATOR, Role.ADMIN, unit=make_unit(session))
    material = make_submitted(session, both)
    for decide in (publish, lambda *given: return_with_reason(*given, "reason")):
        with pytest.raises(Forbidden) as caught:
            decide(session, both, material)
        assert caught.value.code == "own_work"
    assert review_queue(session, both).total == 0


def test_who_made_the_new_version_of_anothers_material_does_not_review_it(session):
    material, admin = make_published(session), make_account(session, Role.ADMIN)
    new_version(session, admin, material)
    submit_for_review(session, admin, material)
    with pytest.raises(Forbidden):
        publish(session, admin, material)


@pytest.mark.parametrize("role", [Role.EDUCATOR, Role.REPORTER])
def test_others_do_not_review(session, role):
    unit = make_unit(session)
    material = make_submitted(session, make_educator(session, unit))
    with pytest.raises(Forbidden):
        publish(session, make_account(session, role, unit=unit), material)


def test_a_reviewer_of_one_unit_does_not_review_for_another(session):
    material = make_submitted(session)
    other = make_account(session, Role.REVIEWER, unit=make_unit(session))
    with pytest.raises(Forbidden):
        publish(session, other, material)
    assert review_queue(session, other).total == 0


def test_a_reason_goes_back_to_the_educator(session, mails, audited):
    educator = make_educator(session)
    material = make_submitted(session, educator)
    mails()
    version = return_with_reason(session, make_reviewer(session), material, " Thiếu nguồn ảnh. ")
    assert (version.state, version.return_reason) == (VersionState.DRAFT, "Thiếu nguồn ảnh.")
    [(to, template, values)] = mails()
    assert (to, template, values["reason"]) == (educator.email, "material_returned", "Thiếu nguồn ảnh.")
    assert audited() == ["material.returned"]
    submit_for_review(session, educator, material)
    assert material.newest_version.return_reason is None


def test_a_return_needs_a_reason(session):
    material = make_submitted(session)
    with pytest.raises(Invalid):
        return_with_reason(session, make_reviewer(session), material, "  ")
    assert material.newest_version.state == VersionState.IN_REVIEW


def test_what_is_decided_is_not_decided_again(session):
    material = make_published(session)
    with pytest.raises(Conflict) as caught:
        publish(session, make_reviewer(session), material)
    assert caught.value.code == "not_in_review"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({"scan_state": ScanState.WAITING}, "scanning"),
        ({"scan_state": ScanState.INFECTED}, "malware"),
        ({"condition": Condition.DAMAGED}, "damaged_file"),
        ({"condition": Condition.MISSING}, "damaged_file"),
    ],
)
def test_a_file_that_is_not_known_to_be_good_is_not_published(session, state, code):
    make_blob(session, b"content", **state)
    material = make_submitted(session)
    with pytest.raises(Conflict) as caught:
        publish(session, make_reviewer(session), material)
    assert caught.value.code == code
    assert not material.is_public


def test_formats_are_those_of_the_content(session):
    material = make_published(session)
    assert [term.code for term in material.current_version.terms if term.scheme == "format"] == ["pdf"]
    link = make_published(session, content=None, source_url="https://example.org/bai")
    assert [term.code for term in link.current_version.terms if term.scheme == "format"] == ["link"]


@pytest.mark.parametrize("field", ["title", "language", "licence"])
def test_no_program_publishes_without_title_language_and_licence(session, field):
    material = make_material(session, **{field: None})
    with pytest.raises(Invalid) as caught:
        publish_version(session, material.newest_version, None)
    assert caught.value.field == field


def test_a_program_may_publish_with_no_more_than_these(session):
    educator = make_educator(session)
    material = make_material(session, educator, content=None)
    left_out = ["summary", "subjects", "types", "audiences", "creators"]
    set_metadata(session, educator, material, record(**dict.fromkeys(left_out), source_url="https://example.org"))
    publish_version(session, material.newest_version, None)
    assert material.is_public
    assert material.current_version.record["licence"] == BY


def test_the_queue_is_in_order_of_submission(session):
    materials = [make_submitted(session) for _ in range(3)]
    queue = review_queue(session, make_reviewer(session))
    assert [version.material_id for version in queue.items] == [material.id for material in materials]
