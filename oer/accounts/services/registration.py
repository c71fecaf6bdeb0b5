"""Registration, password reset, and the one-time links that both send by mail."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, Consent, OneTimeToken, Purpose, TokenPurpose
from oer.accounts.queries import DEAD_LINK, account_with_email, usable_token
from oer.accounts.services.consents import CONSENT_TEXTS
from oer.accounts.services.devices import forget_devices
from oer.accounts.services.sign_ins import end_sign_ins
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.core.ids import new_token, token_hash
from oer.jobs.mail import send_later

TOKEN_LIFETIMES = {
    TokenPurpose.CONFIRM: timedelta(days=3),
    TokenPurpose.RESET: timedelta(hours=2),
    TokenPurpose.NEW_EMAIL: timedelta(days=1),
}


def issue_token(
    session: Session, account: Account, purpose: TokenPurpose, *, email: str, password_hash: str | None = None
) -> str:
    """Return a new secret for `purpose`; only its hash is stored."""
    token = new_token()
    session.add(
        OneTimeToken(
            account=account,
            purpose=purpose,
            token_hash=token_hash(token),
            email=email,
            password_hash=password_hash,
            expires_at=now() + TOKEN_LIFETIMES[purpose],
        )
    )
    session.flush()
    return token


def use_token(session: Session, token: str, purpose: TokenPurpose) -> OneTimeToken:
    """Return a token's row and mark it as used. Raises Invalid if the token is not valid (any more)."""
    found = usable_token(session, token, purpose)
    # Of two simultaneous clicks only one finds the row unused.
    used = session.execute(
        sa.update(OneTimeToken)
        .where(OneTimeToken.id == found.id, OneTimeToken.used_at.is_(None))
        .values(used_at=now())
        .returning(OneTimeToken.id)
    ).all()
    if not used:
        raise Invalid(DEAD_LINK, code="dead_link")
    return found


def revoke_tokens(session: Session, account_id: int, *purposes: TokenPurpose) -> None:
    """Revoke an account's mailed secrets for these purposes."""
    session.execute(
        sa.update(OneTimeToken)
        .where(
            OneTimeToken.account_id == account_id,
            OneTimeToken.purpose.in_(purposes),
            OneTimeToken.used_at.is_(None),
        )
        .values(used_at=now())
    )


def register_account(session: Session, *, email: str, name: str, password_hash: str, language: str) -> None:
    """Create an unconfirmed account and mail the link that confirms its address.

    If the address has an account already, that account stays as it is and its owner is told by mail. The caller cannot
    tell the difference.
    """
    account = account_with_email(session, email) or _new_account(session, email, name, password_hash, language)
    if account.state is not AccountState.UNCONFIRMED:
        send_later(session, to=account.email, template="already_registered", language=language)
        return
    account.password_hash = password_hash
    send_confirmation(session, account, language)


def send_confirmation(session: Session, account: Account, language: str) -> None:
    """Mail the link that confirms an account, together with the password that it has now."""
    token = issue_token(
        session, account, TokenPurpose.CONFIRM, email=account.email, password_hash=account.password_hash
    )
    # No name in this mail: a stranger may have typed it to have us send their text to somebody else.
    send_later(
        session, to=account.email, template="confirm_email", language=language, values={"path": f"/confirm/{token}"}
    )


def confirm_email(session: Session, token: str) -> Account:
    """Activate the account of a confirmation link. Raises Invalid if the link is not valid (any more).

    The password becomes the one of the registration form that this mail was sent for.
    """
    used = use_token(session, token, TokenPurpose.CONFIRM)
    account = used.account
    account.password_hash = used.password_hash
    activate(account)
    revoke_tokens(session, account.id, TokenPurpose.CONFIRM)
    session.flush()
    return account


def activate(account: Account) -> None:
    """Record that an account's address is confirmed."""
    if account.state is AccountState.UNCONFIRMED:
        account.state = AccountState.ACTIVE
        account.confirmed_at = now()


def _new_account(session: Session, email: str, name: str, password_hash: str, language: str) -> Account:
    account = Account(email=email, name=name, password_hash=password_hash, language=language)
    try:
        with session.begin_nested():
            session.add(account)
            session.flush()
    except IntegrityError:
        # Another request registered the same address first.
        return session.scalars(sa.select(Account).where(Account.email_folded == account.email_folded)).one()
    version = CONSENT_TEXTS[Purpose.ACCOUNT].version
    session.add(Consent(account_id=account.id, purpose=Purpose.ACCOUNT, text_version=version, method="registration"))
    session.flush()
    return account


MAY_RESET = frozenset({AccountState.ACTIVE, AccountState.UNCONFIRMED})


def request_reset(session: Session, *, email: str, language: str) -> None:
    """Mail a link to set a new password. Only the mail tells whether the address has an account."""
    account = account_with_email(session, email)
    if account is None or account.state not in MAY_RESET:
        send_later(session, to=email, template="no_account", language=language)
        return
    token = issue_token(session, account, TokenPurpose.RESET, email=account.email)
    send_later(
        session, to=account.email, template="reset_password", language=language, values={"path": f"/reset/{token}"}
    )


def start_console_reset(session: Session, account: Account) -> str:
    """End every sign-in, make the password unusable, and return the secret of a link that sets a new one.

    Raises Conflict for a closed account, which must be opened first, and for the system's own.
    """
    if account.state not in MAY_RESET:
        raise Conflict(N_("This account is not active."))
    account.password_hash = None
    end_sign_ins(session, account.id)
    forget_devices(session, account.id)
    revoke_tokens(session, account.id, *TokenPurpose)
    token = issue_token(session, account, TokenPurpose.RESET, email=account.email)
    audit.record(session, None, "password.reset", "account", account.id)
    session.flush()
    return token


def reset_password(session: Session, token: str, password_hash: str) -> Account:
    """Set a new password by a mailed link and end every sign-in. Raises Invalid if the link is not valid (any more).

    As the link came by mail, this confirms the address as well.
    """
    used = use_token(session, token, TokenPurpose.RESET)
    activate(used.account)
    _set_password(session, used.account, password_hash)
    return used.account


def change_password(session: Session, account: Account, password_hash: str) -> None:
    """Set a new password and end every sign-in; the caller has checked the old one, and starts a new sign-in."""
    _set_password(session, account, password_hash)


def update_password_hash(session: Session, account: Account, password_hash: str) -> None:
    """Store a hash of the same password with today's hashing costs."""
    account.password_hash = password_hash
    session.flush()


def _set_password(session: Session, account: Account, password_hash: str) -> None:
    account.password_hash = password_hash
    end_sign_ins(session, account.id)
    forget_devices(session, account.id)
    revoke_tokens(session, account.id, TokenPurpose.RESET, TokenPurpose.NEW_EMAIL, TokenPurpose.CONFIRM)
    audit.record(session, account.id, "password.changed", "account", account.id)
    send_later(session, to=account.email, template="password_changed", language=account.language)
    session.flush()
