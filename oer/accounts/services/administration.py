"""Roles and accounts: granted, revoked, requested; created, disabled, enabled.

Every change and its audit record are one transaction.
"""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import (
    Account,
    AccountState,
    Role,
    RoleGrant,
    RoleRequest,
    RoleRequestState,
    TokenPurpose,
    Unit,
)
from oer.accounts.queries import account_with_email, find_account
from oer.accounts.services.registration import revoke_tokens
from oer.accounts.services.sign_ins import end_sign_ins
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import N_
from oer.core.seen import require_seen
from oer.jobs.mail import send_later

LAST_ADMIN = N_("This is the last administrator. Give somebody else that role first.")
NOT_GRANTED = N_("Every account is a learner: this role cannot be granted.")
CITYWIDE = N_("The administrator role is for the whole site, not for one unit.")
LEADER_CITYWIDE = N_("A leader reads the reports of all units: leave the unit empty.")
NOT_OPEN = N_("This request has already been decided.")


def grant_role(session: Session, actor_id: int | None, account_id: int, role: Role, unit: Unit | None = None) -> None:
    """Grant an account a role, for a unit or without one; nothing happens if it has the role already.

    It counts from the account's next sign-in, so that no older cookie has the new rights; what somebody is typing goes
    on. Raises NotFound, Invalid (LEARNER; ADMIN
    or LEADER for a unit) or Conflict (the account is not active).
    """
    account = find_account(session, account_id)
    if role is Role.LEARNER:
        raise Invalid(NOT_GRANTED, field="role")
    if role in {Role.ADMIN, Role.LEADER} and unit is not None:
        raise Invalid(CITYWIDE if role is Role.ADMIN else LEADER_CITYWIDE, field="unit")
    if account.state is not AccountState.ACTIVE:
        raise Conflict(N_("This account is not active."))
    if _add_grant(session, RoleGrant(account_id=account.id, role=role, unit=unit, granted_by_id=actor_id)):
        _changed(session, actor_id, account, "role.granted", role, unit)


def revoke_role(session: Session, actor_id: int | None, grant_id: int) -> None:
    """Revoke a role, for every sign-in at once. Raises NotFound, or Conflict for the last administrator."""
    grant = session.get(RoleGrant, grant_id)
    if grant is None:
        raise NotFound(N_("This role has already been removed."))
    account = find_account(session, grant.account_id)
    if grant.role is Role.ADMIN:
        require_another_admin(session, account.id)
    role, unit = grant.role, grant.unit
    account.grants.remove(grant)
    session.flush()
    _changed(session, actor_id, account, "role.revoked", role, unit)


def require_another_admin(session: Session, account_id: int) -> None:
    """Raise Conflict if no other active account is an administrator. Locks the rows until the commit."""
    # If two administrators demote each other at the same time, the second waits here and then finds nobody left.
    admins = session.scalars(
        sa.select(RoleGrant.account_id).where(RoleGrant.role == Role.ADMIN).order_by(RoleGrant.id).with_for_update()
    ).all()
    if account_id not in admins:
        return
    active = sa.select(sa.func.count()).where(
        Account.id.in_([admin for admin in admins if admin != account_id]), Account.state == AccountState.ACTIVE
    )
    if not session.scalar(active):
        raise Conflict(LAST_ADMIN, code="last_admin")


def request_educator_role(session: Session, account: Account, unit: Unit, reason: str) -> RoleRequest:
    """Request the educator role in a unit. A second request while one is open replaces its reason.

    Raises Conflict if the account has the role already.
    """
    if any(grant.role is Role.EDUCATOR and grant.unit_id == unit.id for grant in account.grants):
        raise Conflict(N_("You already have the educator role in this unit."), code="has_role", field="unit")
    query = sa.select(RoleRequest).where(
        RoleRequest.account_id == account.id,
        RoleRequest.unit_id == unit.id,
        RoleRequest.state == RoleRequestState.OPEN,
    )
    request = session.scalar(query)
    if request is None:
        request = RoleRequest(account_id=account.id, unit_id=unit.id, reason=reason)
        session.add(request)
    request.reason = reason
    session.flush()
    return request


def decide_role_request(
    session: Session, actor_id: int, request_id: int, *, granted: bool, answer: str = "", seen: str | None = None
) -> RoleRequest:
    """Grant or refuse a request and mail the answer. Raises NotFound, or Conflict if it has been decided already.

    `seen` is what the page of the decision showed (`RoleRequest.seen_parts`); ChangedMeanwhile if it is another now.
    """
    found = sa.select(RoleRequest).where(RoleRequest.id == request_id).with_for_update(of=RoleRequest)
    request = session.scalar(found)
    if request is None:
        raise NotFound(N_("This request does not exist."))
    if request.state is not RoleRequestState.OPEN:
        raise Conflict(NOT_OPEN, code="decided")
    require_seen(seen, request.seen_parts)
    request.state = RoleRequestState.GRANTED if granted else RoleRequestState.REFUSED
    request.decided_at, request.decided_by_id, request.answer = now(), actor_id, answer
    session.flush()
    if granted:
        grant_role(session, actor_id, request.account_id, Role.EDUCATOR, request.unit)
    else:
        audit.record(session, actor_id, "role.refused", "account", request.account_id, unit=request.unit.code)
    values = {"granted": granted, "answer": answer, "unit": request.unit.name, "path": "/account"}
    send_later(
        session,
        to=request.account.email,
        template="role_request_decided",
        language=request.account.language,
        values=values,
    )
    return request


def _add_grant(session: Session, grant: RoleGrant) -> bool:
    account = find_account(session, grant.account_id)
    unit_id = grant.unit.id if grant.unit else None
    if any(each.role is grant.role and each.unit_id == unit_id for each in account.grants):
        return False
    try:
        with session.begin_nested():
            account.grants.append(grant)
            session.flush()
    except IntegrityError:  # the same grant at the same time
        session.refresh(account)
        return False
    return True


def _changed(
    session: Session, actor_id: int | None, account: Account, action: str, role: Role, unit: Unit | None
) -> None:
    audit.record(session, actor_id, action, "account", account.id, role=role.value, unit=unit.code if unit else None)
    session.flush()


SYSTEM_EMAIL = "system@oer.invalid"
SYSTEM_NAME = "Kho học liệu mở Thành phố Hồ Chí Minh"


def create_account(session: Session, *, email: str, name: str, password_hash: str | None, language: str) -> Account:
    """Create an active account without confirming its address: for the console. Raises Conflict if it exists."""
    if account_with_email(session, email) is not None:
        raise Conflict(N_("There is already an account with this e-mail address."), code="email_taken", field="email")
    account = Account(
        email=email,
        name=name,
        password_hash=password_hash,
        language=language,
        state=AccountState.ACTIVE,
        confirmed_at=now(),
    )
    session.add(account)
    session.flush()
    audit.record(session, None, "account.created", "account", account.id)
    session.flush()
    return account


def system_account(session: Session) -> Account:
    """Return the account that owns imports, creating it if needed. Nobody can sign in as it."""
    found = account_with_email(session, SYSTEM_EMAIL)
    if found is None:
        found = Account(email=SYSTEM_EMAIL, name=SYSTEM_NAME, password_hash=None, state=AccountState.SYSTEM)
        session.add(found)
        session.flush()
    return found


def disable_account(session: Session, actor_id: int | None, account_id: int) -> None:
    """Close an account at once. Raises NotFound, or Conflict for the last administrator or the system account."""
    account = find_account(session, account_id)
    if account.state is AccountState.SYSTEM:
        raise Conflict(N_("The system's own account cannot be closed."))
    if account.state is AccountState.DISABLED:
        return
    require_another_admin(session, account.id)
    account.state = AccountState.DISABLED
    end_sign_ins(session, account.id)
    revoke_tokens(session, account.id, *TokenPurpose)
    audit.record(session, actor_id, "account.disabled", "account", account.id)
    session.flush()


def enable_account(session: Session, actor_id: int | None, account_id: int) -> None:
    """Reopen a closed account. Raises NotFound."""
    account = find_account(session, account_id)
    if account.state is not AccountState.DISABLED:
        return
    account.state = AccountState.ACTIVE if account.confirmed_at else AccountState.UNCONFIRMED
    audit.record(session, actor_id, "account.enabled", "account", account.id)
    session.flush()
