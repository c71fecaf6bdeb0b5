"""One table says who may do what."""

import pytest

from oer.accounts.models import AccountState, Role
from oer.accounts.permissions import ROLES_FOR, Action, is_staff, may, may_in, require, require_in, roles_of, units_for
from oer.core.errors import Forbidden
from tests.accounts.factories import make_account, make_unit


def test_every_action_is_in_the_table():
    assert set(ROLES_FOR) == set(Action)


def test_nobody_may_do_anything_unless_signed_in_to_an_active_account(session):
    closed = make_account(session, *Role, state=AccountState.DISABLED)
    for account in (None, closed):
        assert roles_of(account) == frozenset()
        assert not any(may(account, action) or may_in(account, action, None) for action in Action)
        assert units_for(account, Action.MATERIAL_CREATE) == frozenset()


def test_a_learner_may_do_nothing_of_all_this(session):
    learner = make_account(session)
    assert roles_of(learner) == {Role.LEARNER}
    assert not any(may(learner, action) for action in Action)


def test_an_administrator_may_do_all_of_it_everywhere(session):
    admin, unit = make_account(session, Role.ADMIN), make_unit(session)
    assert all(may_in(admin, action, unit.id) and may_in(admin, action, None) for action in Action)
    assert units_for(admin, Action.COLLECTION_EDIT) is None


@pytest.mark.parametrize(
    ("role", "action"),
    [
        (Role.EDUCATOR, Action.COLLECTION_EDIT),
        (Role.REVIEWER, Action.MATERIAL_REVIEW),
        (Role.REPORTER, Action.INDICATOR_REPORT),
    ],
)
def test_a_role_for_a_unit_counts_for_that_unit(session, role, action):
    mine, other = make_unit(session), make_unit(session)
    account = make_account(session, role, unit=mine)
    assert may(account, action)
    assert may_in(account, action, mine.id)
    assert not may_in(account, action, other.id)
    assert not may_in(account, action, None)
    assert units_for(account, action) == {mine.id}


def test_a_reviewer_without_a_unit_reviews_everywhere(session):
    reviewer, unit = make_account(session, Role.REVIEWER), make_unit(session)
    assert may_in(reviewer, Action.MATERIAL_REVIEW, unit.id)
    assert units_for(reviewer, Action.MATERIAL_REVIEW) is None


@pytest.mark.parametrize("role", [Role.EDUCATOR, Role.REPORTER])
def test_an_educator_or_reporter_without_a_unit_acts_for_none(session, role):
    account, unit = make_account(session, role), make_unit(session)
    actions = [action for action in Action if role in ROLES_FOR[action]]
    assert actions
    assert all(may(account, action) and may_in(account, action, None) for action in actions)
    assert not any(may_in(account, action, unit.id) for action in actions)


def test_what_one_may_not_do_is_forbidden(session):
    learner, unit = make_account(session), make_unit(session)
    with pytest.raises(Forbidden):
        require(learner, Action.MATERIAL_CREATE)
    with pytest.raises(Forbidden):
        require_in(learner, Action.MATERIAL_CREATE, unit.id)
    require(make_account(session, Role.EDUCATOR), Action.MATERIAL_CREATE)


def test_reviewers_and_administrators_are_staff_whose_visits_do_not_count(session):
    staff = {role for role in Role if is_staff(make_account(session, role))}
    assert staff == {Role.REVIEWER, Role.ADMIN}
    assert not is_staff(None)
