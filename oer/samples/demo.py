"""Demo accounts: one for each role, with a passphrase that everybody knows.

They exist only with the sample collection. Where others can reach the service they are closed, unless a setting says
otherwise: what everybody knows is no secret.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, Role, Unit
from oer.accounts.queries import account_with_email
from oer.accounts.services.administration import create_account, grant_role
from oer.accounts.services.passwords import hash_password
from oer.accounts.services.sign_ins import end_sign_ins
from oer.core import audit

PASSPHRASE = "hoc lieu mo cho moi nguoi"  # noqa: S105 (known to everybody on purpose)


@dataclass(frozen=True)
class Demo:
    """A demo account: its address, the name shown, its role."""

    email: str
    name: str
    role: Role


DEMOS = (
    Demo("learner@example.org", "Tài khoản thử: người học", Role.LEARNER),
    Demo("educator@example.org", "Tài khoản thử: nhà giáo", Role.EDUCATOR),
    Demo("reviewer@example.org", "Tài khoản thử: người duyệt", Role.REVIEWER),
    Demo("reporter@example.org", "Tài khoản thử: người báo cáo", Role.REPORTER),
    Demo("admin@example.org", "Tài khoản thử: quản trị", Role.ADMIN),
)


def make_demo_accounts(session: Session, unit: Unit, ward: Unit) -> None:
    """Make the demo accounts that are not there: the educator of `unit`, the reporter of `ward`."""
    for demo in DEMOS:
        if account_with_email(session, demo.email) is not None:
            continue
        hashed = hash_password(PASSPHRASE)
        account = create_account(session, email=demo.email, name=demo.name, password_hash=hashed, language="vi")
        if demo.role is not Role.LEARNER:
            place = {Role.EDUCATOR: unit, Role.REPORTER: ward}.get(demo.role)
            grant_role(session, None, account.id, demo.role, place)


def open_demo_accounts(session: Session, *, wanted: bool) -> bool:
    """Open the demo accounts, or close them and end their sign-ins; return whether there are any."""
    state = AccountState.ACTIVE if wanted else AccountState.DISABLED
    found = session.scalars(sa.select(Account).where(Account.email.in_([demo.email for demo in DEMOS]))).all()
    for account in found:
        if account.state is not state:
            # Not `disable`: that keeps the last administrator in, and this one everybody could be.
            account.state = state
            end_sign_ins(session, account.id)
            audit.record(session, None, f"account.{state.value}", "account", account.id, why="demo")
    session.flush()
    return bool(found)
