"""What administrators and the console do to accounts."""

from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, TokenPurpose
from oer.accounts.queries import account_with_email, find_account
from oer.accounts.services.roles import require_another_admin
from oer.accounts.services.sign_ins import end_sign_ins
from oer.accounts.services.tokens import void_tokens
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict
from oer.core.i18n import N_

SYSTEM_EMAIL = "system@oer.invalid"
SYSTEM_NAME = "Kho học liệu mở Thành phố Hồ Chí Minh"


def create_account(session: Session, *, email: str, name: str, password_hash: str | None, language: str) -> Account:
    """Make an active account whose address nobody needs to prove: for the console. Raises Conflict if there is one."""
    if account_with_email(session, email) is not None:
        raise Conflict(N_("There is an account with this e-mail address already."), code="email_taken", field="email")
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
    """Return the account that owns what no person brought (an import, say), made at need. Nobody signs in as it."""
    found = account_with_email(session, SYSTEM_EMAIL)
    if found is None:
        found = Account(email=SYSTEM_EMAIL, name=SYSTEM_NAME, password_hash=None, state=AccountState.SYSTEM)
        session.add(found)
        session.flush()
    return found


def disable(session: Session, actor_id: int | None, account_id: int) -> None:
    """Close an account to its owner at once. Raises NotFound, or Conflict for the last administrator or the system."""
    account = find_account(session, account_id)
    if account.state is AccountState.SYSTEM:
        raise Conflict(N_("The system's own account cannot be closed."))
    if account.state is AccountState.DISABLED:
        return
    require_another_admin(session, account.id)
    account.state = AccountState.DISABLED
    end_sign_ins(session, account.id)
    void_tokens(session, account.id, *TokenPurpose)
    audit.record(session, actor_id, "account.disabled", "account", account.id)
    session.flush()


def enable(session: Session, actor_id: int | None, account_id: int) -> None:
    """Open a closed account again. Raises NotFound."""
    account = find_account(session, account_id)
    if account.state is not AccountState.DISABLED:
        return
    account.state = AccountState.ACTIVE if account.confirmed_at else AccountState.UNCONFIRMED
    audit.record(session, actor_id, "account.enabled", "account", account.id)
    session.flush()
