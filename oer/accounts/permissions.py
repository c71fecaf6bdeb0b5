"""Who may do what: one table from actions to roles, and for which unit.

A grant for a unit is valid in that unit. A grant without a unit is valid everywhere for reviewers, leaders and
administrators; an educator or reporter without a unit has their own drafts, but can do nothing in the name of a unit.
"""

from enum import StrEnum

from oer.accounts.models import Account, AccountState, Role, RoleGrant
from oer.core.errors import Forbidden, OerError, SecondFactorNeeded, SignInNeeded
from oer.core.i18n import N_


class Action(StrEnum):
    """Something that needs a permission."""

    ACCOUNT_ADMINISTER = "account.administer"
    UNIT_ADMINISTER = "unit.administer"
    MATERIAL_CREATE = "material.create"
    MATERIAL_REVIEW = "material.review"
    MATERIAL_WITHDRAW = "material.withdraw"
    MATERIAL_ADMINISTER = "material.administer"
    COLLECTION_EDIT = "collection.edit"
    COLLECTION_ADMINISTER = "collection.administer"
    PROBLEM_ANSWER = "problem.answer"
    VOICE_REVIEW = "voice.review"
    STATISTICS_OWN = "statistics.own"
    STATISTICS_ALL = "statistics.all"
    INDICATOR_REPORT = "indicator.report"
    INDICATOR_READ = "indicator.read"
    INDICATOR_ADMINISTER = "indicator.administer"
    CITY_EDIT = "city.edit"
    SYSTEM_WATCH = "system.watch"


ROLES_FOR: dict[Action, frozenset[Role]] = {
    Action.ACCOUNT_ADMINISTER: frozenset({Role.ADMIN}),
    Action.UNIT_ADMINISTER: frozenset({Role.ADMIN}),
    Action.MATERIAL_CREATE: frozenset({Role.EDUCATOR, Role.ADMIN}),
    Action.MATERIAL_REVIEW: frozenset({Role.REVIEWER, Role.ADMIN}),
    Action.MATERIAL_WITHDRAW: frozenset({Role.REVIEWER, Role.ADMIN}),
    Action.MATERIAL_ADMINISTER: frozenset({Role.ADMIN}),
    Action.COLLECTION_EDIT: frozenset({Role.EDUCATOR, Role.ADMIN}),
    Action.COLLECTION_ADMINISTER: frozenset({Role.ADMIN}),
    Action.PROBLEM_ANSWER: frozenset({Role.REVIEWER, Role.ADMIN}),
    Action.VOICE_REVIEW: frozenset({Role.REVIEWER, Role.ADMIN}),
    Action.STATISTICS_OWN: frozenset({Role.EDUCATOR, Role.ADMIN}),
    Action.STATISTICS_ALL: frozenset({Role.ADMIN}),
    Action.INDICATOR_REPORT: frozenset({Role.REPORTER, Role.ADMIN}),
    Action.INDICATOR_READ: frozenset({Role.LEADER, Role.ADMIN}),
    Action.INDICATOR_ADMINISTER: frozenset({Role.ADMIN}),
    Action.CITY_EDIT: frozenset({Role.REPORTER, Role.ADMIN}),
    Action.SYSTEM_WATCH: frozenset({Role.ADMIN}),
}
EVERYWHERE_WITHOUT_UNIT = frozenset({Role.REVIEWER, Role.LEADER, Role.ADMIN})
# Their visits are work on the repository and are not counted as use.
STAFF = frozenset({Role.REVIEWER, Role.ADMIN})
# Whoever holds another role decides about other people's work, data or figures. A role that comes later is among them.
WITHOUT_SECOND_FACTOR = frozenset({Role.LEARNER, Role.EDUCATOR})
REFUSAL = N_("You do not have permission to do this.")
GRANTED_SINCE = N_("You were given a role for this after you signed in. Please sign in again to use it.")
SET_UP_FIRST = N_("Your role needs a second step when signing in. Please set it up on the page of your account.")


def roles_of(account: Account | None) -> frozenset[Role]:
    """Return the roles that an account may use anywhere, LEARNER included; none without an active account."""
    if account is None or account.state is not AccountState.ACTIVE:
        return frozenset()
    return frozenset({Role.LEARNER, *(grant.role for grant in _usable_grants(account))})


def is_staff(account: Account | None) -> bool:
    """Tell whether an account works for the repository: its visits are not counted as use."""
    if account is None or account.state is not AccountState.ACTIVE:
        return False
    return any(grant.role in STAFF for grant in account.held_grants)


def may(account: Account | None, action: Action) -> bool:
    """Tell whether an account may do something in at least one unit: for menus and lists."""
    return bool(roles_of(account) & ROLES_FOR[action])


def may_in(account: Account | None, action: Action, unit_id: int | None) -> bool:
    """Tell whether an account may do something to what belongs to a unit (None: what belongs to no unit)."""
    return any(grant.role in ROLES_FOR[action] and _covers(grant, unit_id) for grant in _usable_grants(account))


def require(account: Account | None, action: Action) -> None:
    """Raise Forbidden unless `may`; SignInNeeded or SecondFactorNeeded if it will be so after that."""
    if not may(account, action):
        raise _refusal(account, [grant for grant in _grants(account) if grant.role in ROLES_FOR[action]])


def require_in(account: Account | None, action: Action, unit_id: int | None) -> None:
    """Raise Forbidden unless `may_in`; SignInNeeded or SecondFactorNeeded if it will be so after that."""
    if not may_in(account, action, unit_id):
        granted = [grant for grant in _grants(account) if grant.role in ROLES_FOR[action]]
        raise _refusal(account, [grant for grant in granted if _covers(grant, unit_id)])


def units_for(account: Account | None, action: Action) -> frozenset[int] | None:
    """Return the ids of the units in which an account may do something; None means in all."""
    grants = [grant for grant in _usable_grants(account) if grant.role in ROLES_FOR[action]]
    if any(grant.unit_id is None and grant.role in EVERYWHERE_WITHOUT_UNIT for grant in grants):
        return None
    return frozenset(grant.unit_id for grant in grants if grant.unit_id is not None)


def has_roles_since(account: Account) -> bool:
    """Tell whether an account was granted a role after this sign-in began, so that it counts from the next one."""
    held = account.held_grants
    return any(grant not in held for grant in _grants(account))


def needs_second_factor(account: Account) -> bool:
    """Tell whether an account holds a role for which the settings may require a second step when signing in."""
    return any(grant.role not in WITHOUT_SECOND_FACTOR for grant in account.grants)


def _grants(account: Account | None) -> list[RoleGrant]:
    return account.grants if account is not None and account.state is AccountState.ACTIVE else []


def _usable_grants(account: Account | None) -> list[RoleGrant]:
    """Return the grants that count now: without a second factor that is required, only those that need none."""
    if account is None or account.state is not AccountState.ACTIVE:
        return []
    held = account.held_grants
    return [grant for grant in held if grant.role in WITHOUT_SECOND_FACTOR] if account.lacks_second_factor else held


def _refusal(account: Account | None, granted: list[RoleGrant]) -> OerError:
    """Return why somebody may not what these grants allow: the first of what is missing."""
    if account is None or not granted:
        return Forbidden(REFUSAL)
    if not any(grant in account.held_grants for grant in granted):
        return SignInNeeded(GRANTED_SINCE, code="role_granted_since")
    return SecondFactorNeeded(SET_UP_FIRST)


def _covers(grant: RoleGrant, unit_id: int | None) -> bool:
    if grant.unit_id is None and grant.role in EVERYWHERE_WITHOUT_UNIT:
        return True
    return grant.unit_id == unit_id
