"""Roles and their audit records happen both or neither."""

import threading

import pytest
import sqlalchemy as sa

from oer.accounts import queries
from oer.accounts.models import AccountState, Role, RoleGrant, RoleRequest, RoleRequestState
from oer.accounts.permissions import roles_of
from oer.accounts.services.administration import (
    decide_role_request,
    disable_account,
    grant_role,
    request_educator_role,
    revoke_role,
)
from oer.accounts.services.personal_data import erase_account
from oer.core import audit
from oer.core.audit import AuditRecord
from oer.core.errors import Conflict, Invalid, NotFound
from tests.accounts.factories import make_account, make_unit


def test_a_granted_role_is_held_and_recorded(session):
    admin, person, unit = make_account(session, Role.ADMIN), make_account(session), make_unit(session)
    grant_role(session, admin.id, person.id, Role.EDUCATOR, unit)
    assert roles_of(person) == {Role.LEARNER, Role.EDUCATOR}
    record = session.scalars(sa.select(AuditRecord)).one()
    assert (record.actor_id, record.action, record.subject_id) == (admin.id, "role.granted", str(person.id))
    assert record.details == {"role": "educator", "unit": unit.code}


def test_a_role_is_held_once(session, audited):
    person, unit = make_account(session), make_unit(session)
    for _ in range(2):
        grant_role(session, None, person.id, Role.REVIEWER)
        grant_role(session, None, person.id, Role.REVIEWER, unit)
    assert len(person.grants) == 2
    assert audited() == ["role.granted"] * 2


def test_the_database_itself_refuses_a_second_grant_of_the_same(session):
    person = make_account(session, Role.REVIEWER)
    session.add(RoleGrant(account_id=person.id, role=Role.REVIEWER))
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_a_revoked_role_is_gone_and_recorded(session, audited):
    person = make_account(session, Role.EDUCATOR)
    revoke_role(session, None, person.grants[0].id)
    assert roles_of(person) == {Role.LEARNER}
    assert audited() == ["role.revoked"]


def test_neither_happens_when_the_record_cannot_be_written(installation, monkeypatch):
    with installation.database.transaction() as session:
        person_id = make_account(session).id

    def fail(*_args, **_details):
        raise OSError("no record today")

    monkeypatch.setattr(audit, "record", fail)
    with pytest.raises(OSError), installation.database.transaction() as session:
        grant_role(session, None, person_id, Role.ADMIN)
    with installation.database.reading() as session:
        assert roles_of(queries.find_account(session, person_id)) == {Role.LEARNER}


@pytest.mark.parametrize("role", [Role.LEARNER])
def test_a_learners_role_is_not_granted(session, role):
    with pytest.raises(Invalid):
        grant_role(session, None, make_account(session).id, role)


def test_an_administrator_is_one_for_the_whole_site(session):
    with pytest.raises(Invalid) as refused:
        grant_role(session, None, make_account(session).id, Role.ADMIN, make_unit(session))
    assert refused.value.field == "unit"


def test_only_active_accounts_get_roles(session):
    with pytest.raises(Conflict):
        grant_role(session, None, make_account(session, state=AccountState.UNCONFIRMED).id, Role.ADMIN)
    with pytest.raises(NotFound):
        grant_role(session, None, 10**9, Role.ADMIN)


def revoke(session, admin):
    revoke_role(session, admin.id, admin.grants[0].id)


def close(session, admin):
    disable_account(session, admin.id, admin.id)


def erase(session, admin):
    erase_account(session, admin.id, admin.id)


@pytest.mark.parametrize("deed", [revoke, close, erase])
def test_the_last_administrator_stays(session, deed):
    admin = make_account(session, Role.ADMIN)
    make_account(session, Role.ADMIN, state=AccountState.DISABLED)
    with pytest.raises(Conflict) as refused:
        deed(session, admin)
    assert (refused.value.code, refused.value.status) == ("last_admin", 409)
    make_account(session, Role.ADMIN)
    deed(session, admin)


def test_two_administrators_cannot_demote_each_other_at_once(installation):
    with installation.database.transaction() as session:
        grants = [make_account(session, Role.ADMIN).grants[0].id for _ in range(2)]
    refused = []

    def demote(grant_id):
        try:
            with installation.database.transaction() as session:
                revoke_role(session, None, grant_id)
        except Conflict as error:
            refused.append(error.code)

    threads = [threading.Thread(target=demote, args=(grant_id,)) for grant_id in grants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["last_admin"]
    with installation.database.reading() as session:
        assert len(queries.accounts_with_role(session, Role.ADMIN)) == 1


def test_a_learner_asks_and_becomes_an_educator(session, mails):
    admin, learner, unit = make_account(session, Role.ADMIN), make_account(session), make_unit(session)
    request = request_educator_role(session, learner, unit, "Tôi dạy ở đây.")
    assert [each.id for each in queries.list_role_requests(session, RoleRequestState.OPEN).items] == [request.id]
    decide_role_request(session, admin.id, request.id, granted=True, answer="Chào mừng!")
    assert roles_of(learner) == {Role.LEARNER, Role.EDUCATOR}
    assert [grant.unit_id for grant in learner.grants] == [unit.id]
    assert [(mail[0], mail[1], mail[2]["granted"]) for mail in mails()] == [
        (learner.email, "role_request_decided", True)
    ]


def test_a_refused_request_changes_no_role(session, mails, audited):
    admin, learner, unit = make_account(session, Role.ADMIN), make_account(session), make_unit(session)
    request = request_educator_role(session, learner, unit, "")
    decide_role_request(session, admin.id, request.id, granted=False, answer="Chưa đủ thông tin.")
    assert roles_of(learner) == {Role.LEARNER}
    assert request.state is RoleRequestState.REFUSED
    assert audited() == ["role.refused"]
    assert mails()[0][2]["answer"] == "Chưa đủ thông tin."


def test_a_request_is_decided_once(session):
    admin, learner, unit = make_account(session, Role.ADMIN), make_account(session), make_unit(session)
    request = request_educator_role(session, learner, unit, "")
    decide_role_request(session, admin.id, request.id, granted=False)
    with pytest.raises(Conflict):
        decide_role_request(session, admin.id, request.id, granted=True)
    with pytest.raises(NotFound):
        decide_role_request(session, admin.id, 10**9, granted=True)


def test_asking_twice_is_one_request(session):
    learner, unit = make_account(session), make_unit(session)
    first = request_educator_role(session, learner, unit, "một")
    assert request_educator_role(session, learner, unit, "hai").id == first.id
    assert session.scalars(sa.select(RoleRequest)).one().reason == "hai"


def test_an_educator_of_the_unit_need_not_ask(session):
    unit = make_unit(session)
    with pytest.raises(Conflict):
        request_educator_role(session, make_account(session, Role.EDUCATOR, unit=unit), unit, "")


def test_who_hears_of_a_submission_are_the_active_reviewers_of_the_unit_and_of_all(session):
    mine, other = make_unit(session), make_unit(session)
    everywhere, here = make_account(session, Role.REVIEWER), make_account(session, Role.REVIEWER, unit=mine)
    make_account(session, Role.REVIEWER, unit=other)
    make_account(session, Role.REVIEWER, state=AccountState.DISABLED)
    assert queries.accounts_with_role(session, Role.REVIEWER, mine.id) == [everywhere, here]
    assert queries.accounts_with_role(session, Role.REVIEWER) == [everywhere]
