"""Registration, password reset, and the one-time links that both send by mail."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, Consent, OneTimeToken, Purpose, TokenPurpose
from oer.accounts.queries import DEAD_LINK, account_with_email, usable_token
from oer.accounts.services.consents import CONSENT_TEXTS
from oer.accounts.services.sign_ins import end_sign_ins
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Invalid
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
    """Return a new secret for `purpose`; only its hash is kept."""
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
    """Return a token's row and make it useless from now on. Raises Invalid if it does not work (any more)."""
    found = usable_token(session, token, purpose)
    # Two clicks at once: only one of them finds the row unused.
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
    """Make an account's mailed secrets of these purposes useless."""
    session.execute(
        sa.update(OneTimeToken)
        .where(
            OneTimeToken.account_id == account_id,
            OneTimeToken.purpose.in_(purposes),
            OneTimeToken.used_at.is_(None),
        )
        .values(used_at=now())
    )


# From a form to an account whose e-mail address is proven.


def register_account(session: Session, *, email: str, name: str, password_hash: str, language: str) -> None:
    """Begin an account and mail the link that proves the address; nothing tells whether the address was known.

    Where it was known, the mail says so to its owner, and the account stays as it is.
    """
    account = account_with_email(session, email) or _new_account(session, email, name, password_hash, language)
    if account.state is not AccountState.UNCONFIRMED:
        send_later(session, to=account.email, template="already_registered", language=language)
        return
    account.password_hash = password_hash
    send_confirmation(session, account, language)


def send_confirmation(session: Session, account: Account, language: str) -> None:
    """Mail an unconfirmed account the link that confirms it, with the password that it has now."""
    token = issue_token(
        session, account, TokenPurpose.CONFIRM, email=account.email, password_hash=account.password_hash
    )
    # The name is not in this mail: a stranger may have typed it, and whoever gets the mail never asked for it.
    send_later(
        session, to=account.email, template="confirm_email", language=language, values={"path": f"/confirm/{token}"}
    )


def confirm_email(session: Session, token: str) -> Account:
    """Make the account of a confirmation link active. Raises Invalid if the link does not work (any more).

    The password becomes the one of the form that this very mail was sent for.
    """
    used = use_token(session, token, TokenPurpose.CONFIRM)
    account = used.account
    account.password_hash = used.password_hash
    activate(account)
    revoke_tokens(session, account.id, TokenPurpose.CONFIRM)
    session.flush()
    return account


def activate(account: Account) -> None:
    """Note that an account's address is proven."""
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
        # Somebody else registered the same address at the same moment: theirs was first.
        return session.scalars(sa.select(Account).where(Account.email_folded == account.email_folded)).one()
    version = CONSENT_TEXTS[Purpose.ACCOUNT].version
    session.add(Consent(account_id=account.id, purpose=Purpose.ACCOUNT, text_version=version, method="registration"))
    session.flush()
    return account


# Passwords that were forgotten, and passwords that are changed.

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


def update_password_hash(session: Session, account: Account, password_hash: str) -> None:
    """Keep the same password under today's hashing costs."""
    account.password_hash = password_hash
    session.flush()


def _set_password(session: Session, account: Account, password_hash: str) -> None:
    account.password_hash = password_hash
    end_sign_ins(session, account.id)
    revoke_tokens(session, account.id, TokenPurpose.RESET, TokenPurpose.NEW_EMAIL, TokenPurpose.CONFIRM)
    audit.record(session, account.id, "password.changed", "account", account.id)
    send_later(session, to=account.email, template="password_changed", language=account.language)
    session.flush()
