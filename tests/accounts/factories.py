"""People and organisations for tests."""

import itertools
from functools import cache

from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, Role, RoleGrant, Unit
from oer.accounts.services.passwords import hash_password

PASSWORD = "con meo treo cay cau"
_numbers = itertools.count(1)


@cache
def password_hash(password: str = PASSWORD) -> str:
    """The hash of a password, made once for all tests: hashing is slow on purpose."""
    return hash_password(password)


def make_unit(session: Session, **fields) -> Unit:
    number = next(_numbers)
    values = {"code": f"unit-{number}", "name": {"vi": f"Đơn vị {number}", "en": f"Unit {number}"}, "kind": "school"}
    unit = Unit(**{**values, **fields})
    session.add(unit)
    session.flush()
    return unit


def make_account(
    session: Session, *roles: Role, unit: Unit | None = None, password: str = PASSWORD, **fields
) -> Account:
    """An active account with these roles, each for `unit`; an administrator's is always citywide."""
    number = next(_numbers)
    values = {"email": f"person{number}@example.com", "name": f"Người {number}", "state": AccountState.ACTIVE}
    account = Account(password_hash=password_hash(password), **{**values, **fields})
    account.grants = [RoleGrant(role=role, unit=None if role is Role.ADMIN else unit) for role in roles]
    session.add(account)
    session.flush()
    return account
