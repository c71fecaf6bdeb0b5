"""Passwords that were forgotten, and passwords that are changed."""

from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, TokenPurpose
from oer.accounts.queries import account_with_email
from oer.accounts.services.registration import activate
from oer.accounts.services.sign_ins import end_sign_ins
from oer.accounts.services.tokens import issue_token, use_token, void_tokens
from oer.core import audit
from oer.jobs.mail import send_later

MAY_RESET = frozenset({AccountState.ACTIVE, AccountState.UNCONFIRMED})


def request_reset(session: Session, *, email: str, language: str) -> None:
    """Mail a link that sets a new password; nothing but the mail tells whether the address has an account."""
    account = account_with_email(session, email)
    if account is None or account.state not in MAY_RESET:
        send_later(session, to=email, template="no_account", language=language)
        return
    token = issue_token(session, account, TokenPurpose.RESET, email=account.email)
    send_later(
        session, to=account.email, template="reset_password", language=language, values={"path": f"/reset/{token}"}
    )


def reset_password(session: Session, token: str, password_hash: str) -> Account:
    """Set a new password by a mailed link, ending every sign-in. Raises Invalid if the link does not work (any more).

    The link came by mail, so it proves the address as well.
    """
    used = use_token(session, token, TokenPurpose.RESET)
    activate(used.account)
    _set_password(session, used.account, password_hash)
    return used.account


def change_password(session: Session, account: Account, password_hash: str) -> None:
    """Set a new password for somebody who knows the old one. Every sign-in ends: the caller begins a new one."""
    _set_password(session, account, password_hash)


def replace_hash(session: Session, account: Account, password_hash: str) -> None:
    """Keep the same password under today's hashing costs."""
    account.password_hash = password_hash
    session.flush()


def _set_password(session: Session, account: Account, password_hash: str) -> None:
    account.password_hash = password_hash
    end_sign_ins(session, account.id)
    void_tokens(session, account.id, TokenPurpose.RESET, TokenPurpose.NEW_EMAIL, TokenPurpose.CONFIRM)
    audit.record(session, account.id, "password.changed", "account", account.id)
    send_later(session, to=account.email, template="password_changed", language=account.language)
    session.flush()
