"""From a form to an account whose e-mail address is proven."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, Consent, Purpose, TokenPurpose
from oer.accounts.queries import account_with_email
from oer.accounts.queries.purposes import TEXTS
from oer.accounts.services.tokens import issue_token, use_token, void_tokens
from oer.core.clock import now
from oer.jobs.mail import send_later


def register(session: Session, *, email: str, name: str, password_hash: str, language: str) -> None:
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
    void_tokens(session, account.id, TokenPurpose.CONFIRM)
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
    version = TEXTS[Purpose.ACCOUNT].version
    session.add(Consent(account_id=account.id, purpose=Purpose.ACCOUNT, text_version=version, method="registration"))
    session.flush()
    return account
