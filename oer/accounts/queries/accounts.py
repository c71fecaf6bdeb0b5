"""Accounts, who holds which role, who asks for one."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, Role, RoleGrant, RoleRequest, RoleRequestState
from oer.accounts.models.people import fold_email, fold_name
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.core.paging import Page, page_of

LONGEST_QUESTION = 100


def find_account(session: Session, account_id: int) -> Account:
    """Return an account. Raises NotFound."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound(N_("There is no such account."))
    return account


def account_with_email(session: Session, email: str) -> Account | None:
    """Return the account of an e-mail address, however its letters are written, or None."""
    folded = fold_email(email)
    if not folded.isprintable():  # NUL and the like cannot even be asked for everywhere
        return None
    return session.scalar(sa.select(Account).where(Account.email_folded == folded))


def accounts_with_role(session: Session, role: Role, unit_id: int | None = None) -> list[Account]:
    """Return the active accounts that hold a role everywhere or, if a unit is named, for that unit."""
    grants = sa.select(RoleGrant.account_id).where(
        RoleGrant.role == role, sa.or_(RoleGrant.unit_id.is_(None), RoleGrant.unit_id == unit_id)
    )
    query = sa.select(Account).where(Account.id.in_(grants), Account.state == AccountState.ACTIVE)
    return list(session.scalars(query.order_by(Account.id)))


def list_accounts(
    session: Session, *, words: str = "", role: Role | None = None, state: AccountState | None = None, page: int = 1
) -> Page[Account]:
    """Return a page of accounts whose name or e-mail address holds each of the words, newest first."""
    query = sa.select(Account).order_by(Account.created_at.desc(), Account.id.desc())
    for word in fold_name(words[:LONGEST_QUESTION]).split():
        query = query.where(
            sa.or_(
                Account.name_folded.contains(word, autoescape=True),
                Account.email_folded.contains(word, autoescape=True),
            )
        )
    if role is not None:
        query = query.where(Account.id.in_(sa.select(RoleGrant.account_id).where(RoleGrant.role == role)))
    if state is not None:
        query = query.where(Account.state == state)
    return page_of(session, query, page)


def list_role_requests(session: Session, state: RoleRequestState, page: int = 1) -> Page[RoleRequest]:
    """Return a page of requests for a role that stand at `state`, the oldest first."""
    query = sa.select(RoleRequest).where(RoleRequest.state == state).order_by(RoleRequest.asked_at, RoleRequest.id)
    return page_of(session, query, page)


def role_requests_of(session: Session, account_id: int) -> list[RoleRequest]:
    """Return an account's own requests, newest first."""
    query = sa.select(RoleRequest).where(RoleRequest.account_id == account_id)
    return list(session.scalars(query.order_by(RoleRequest.id.desc())))
