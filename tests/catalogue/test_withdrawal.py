"""Out of service and back."""

import pytest

from oer.accounts.models import Role
from oer.catalogue.queries.indexing import excluded_from_results
from oer.catalogue.queries.materials import find_public, find_published, withdrawal_requests, withdrawn_materials
from oer.catalogue.services.withdrawal import decline_withdrawal, request_withdrawal, restore, withdraw
from oer.core.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import make_educator, make_material, make_published, make_reviewer


def test_the_owner_asks_and_the_reviewers_are_told(session, mails):
    educator = make_educator(session)
    material = make_published(session, educator)
    reviewer = make_reviewer(session)
    mails()
    request_withdrawal(session, educator, material, "Số liệu đã cũ")
    assert material.is_public
    assert reviewer.email in {to for to, template, _ in mails() if template == "withdrawal_asked"}
    assert [each.id for each in withdrawal_requests(session, reviewer).items] == [material.id]


def test_what_was_asked_may_be_declined(session, mails):
    educator = make_educator(session)
    material = make_published(session, educator)
    request_withdrawal(session, educator, material, "Số liệu đã cũ")
    mails()
    reviewer = make_reviewer(session)
    decline_withdrawal(session, reviewer, material)
    assert withdrawal_requests(session, reviewer).total == 0
    assert [template for _, template, _ in mails()] == ["withdrawal_declined"]


def test_a_draft_is_not_withdrawn(session):
    with pytest.raises(Conflict):
        withdraw(session, make_reviewer(session), make_material(session), "wrong", "Sai")


def test_a_withdrawn_material_leaves_a_tombstone(session, audited):
    material = make_published(session)
    withdraw(session, make_reviewer(session), material, "rights", "Ảnh chưa xin phép")
    with pytest.raises(Gone):
        find_public(session, material.public_id)
    tombstone = find_published(session, material.public_id)
    assert (tombstone.withdrawal_category, tombstone.withdrawal_reason) == ("rights", "Ảnh chưa xin phép")
    assert tombstone.withdrawn_at is not None
    assert audited()[-1] == "material.withdrawn"


def test_a_restored_material_is_as_it_was(session, audited):
    material = make_published(session)
    reviewer = make_reviewer(session)
    withdraw(session, reviewer, material, "rights", "Ảnh chưa xin phép")
    version, revision = material.current_version_id, material.revision
    assert [each.id for each in withdrawn_materials(session, reviewer).items] == [material.id]
    restore(session, reviewer, material)
    assert find_public(session, material.public_id).current_version_id == version
    assert material.withdrawal_reason is None
    assert material.revision > revision
    assert audited()[-1] == "material.restored"


def test_what_is_in_service_is_not_restored(session):
    with pytest.raises(Conflict):
        restore(session, make_reviewer(session), make_published(session))


@pytest.mark.parametrize(("category", "reason"), [("rights", " "), ("no-such", "Sai"), ("", "Sai")])
def test_a_withdrawal_says_why(session, category, reason):
    material = make_published(session)
    with pytest.raises(Invalid):
        withdraw(session, make_reviewer(session), material, category, reason)
    assert material.is_public


def test_an_owner_does_not_withdraw_by_themselves(session):
    unit = make_unit(session)
    educator = make_educator(session, unit)
    material = make_published(session, educator)
    for actor in (educator, make_account(session, Role.REVIEWER, unit=make_unit(session))):
        with pytest.raises(Forbidden):
            withdraw(session, actor, material, "wrong", "Sai")


def test_the_index_is_masked_until_it_has_removed_what_was_withdrawn(session):
    material = make_published(session)
    withdraw(session, make_reviewer(session), material, "wrong", "Sai")
    assert excluded_from_results(session) == frozenset(), "the index never had it"


def test_an_unknown_material_and_a_draft_look_the_same(session):
    draft = make_material(session)
    messages = set()
    for public_id in (draft.public_id, "00000-00000"):
        with pytest.raises(NotFound) as caught:
            find_published(session, public_id)
        messages.add(str(caught.value))
    assert len(messages) == 1
