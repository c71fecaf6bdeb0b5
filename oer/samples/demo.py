"""Demo sign-ins: an account for each role, with a passphrase that everybody knows.

They are apart from the sample collection. A start that is for this machine alone makes and opens them; one that is for
the public closes them, unless a setting says otherwise: what everybody knows is no secret. What people did with these
accounts stands: one that was closed, deleted or given another passphrase is no demo sign-in any more.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, Role, Unit
from oer.accounts.services.administration import create_account, grant_role
from oer.accounts.services.devices import forget_devices
from oer.accounts.services.passwords import hash_password, verify_password
from oer.accounts.services.sign_ins import end_sign_ins
from oer.core import audit
from oer.core.audit import AuditRecord

PASSPHRASE = "hoc lieu mo cho moi nguoi"  # noqa: S105 (known to everybody on purpose)
MADE = "demo.made"  # in the audit log, once they were made
# Why the state of an account was changed: what the product closed, and nobody else, it may open again.
_WHY = "demo"


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


def demo_accounts(session: Session) -> list[Account]:
    """Return the accounts that have the addresses of demo sign-ins, whatever has become of them."""
    query = sa.select(Account).where(Account.email_folded.in_([demo.email for demo in DEMOS]))
    return list(session.scalars(query.order_by(Account.id)))


def were_made(session: Session) -> bool:
    """Tell whether the demo accounts were made before, whatever has become of them since."""
    marked = sa.select(sa.exists().where(AuditRecord.action == MADE))
    return bool(session.scalar(marked)) or bool(demo_accounts(session))  # older versions left no mark


def make_demo_accounts(session: Session, unit: Unit, ward: Unit) -> None:
    """Make the demo accounts, once: the educator of `unit`, the reporter of `ward`."""
    if were_made(session):
        return
    for demo in DEMOS:
        hashed = hash_password(PASSPHRASE)
        account = create_account(session, email=demo.email, name=demo.name, password_hash=hashed, language="vi")
        if demo.role is not Role.LEARNER:
            place = {Role.EDUCATOR: unit, Role.REPORTER: ward}.get(demo.role)
            grant_role(session, None, account.id, demo.role, place)
    audit.record(session, None, MADE, "samples", "demo")
    session.flush()


def open_demo_accounts(session: Session) -> list[str]:
    """Open again what `close_demo_accounts` closed; return the addresses at which the passphrase signs in."""
    for account in demo_accounts(session):
        if account.state is AccountState.DISABLED and _closed_by_the_product(session, account):
            account.state = AccountState.ACTIVE
            audit.record(session, None, "account.enabled", "account", account.id, why=_WHY)
    session.flush()
    return [account.email for account in demo_accounts(session) if _is_demo(account)]


def close_demo_accounts(session: Session) -> list[str]:
    """Close every account that the passphrase opens and end its sign-ins; return the addresses."""
    closed = [account for account in demo_accounts(session) if _is_demo(account)]
    for account in closed:
        # Not `disable_account`: that keeps the last administrator in, and this one everybody could be.
        account.state = AccountState.DISABLED
        end_sign_ins(session, account.id)
        forget_devices(session, account.id)
        audit.record(session, None, "account.disabled", "account", account.id, why=_WHY)
    session.flush()
    return [account.email for account in closed]


def _is_demo(account: Account) -> bool:
    return account.state is AccountState.ACTIVE and verify_password(account.password_hash, PASSPHRASE)


def _closed_by_the_product(session: Session, account: Account) -> bool:
    query = sa.select(AuditRecord).where(
        AuditRecord.subject_type == "account",
        AuditRecord.subject_id == str(account.id),
        AuditRecord.action == "account.disabled",
    )
    last = session.scalar(query.order_by(AuditRecord.id.desc()).limit(1))
    return last is not None and last.actor_id is None and last.details.get("why") == _WHY
