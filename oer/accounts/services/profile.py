"""What people change on their own page."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, TokenPurpose
from oer.accounts.queries import account_with_email
from oer.accounts.services.tokens import issue_token, use_token, void_tokens
from oer.core import audit
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import LANGUAGES, N_
from oer.jobs.mail import send_later

TAKEN = N_("Another account has this e-mail address by now.")


def change_name(session: Session, account: Account, name: str) -> None:
    """Set the name that others see."""
    account.name = name
    session.flush()


def change_language(session: Session, account: Account, language: str) -> None:
    """Set the language of mails. Raises Invalid for one that the site does not speak."""
    if language not in LANGUAGES:
        raise Invalid(N_("This language is not offered."), field="language")
    account.language = language
    session.flush()


def request_new_email(session: Session, account: Account, email: str) -> None:
    """Mail the new address a link that proves it. Until then the old one stays.

    Nothing tells whether another account has the address: its owner learns of it by mail.
    """
    other = account_with_email(session, email)
    if other is not None and other.id != account.id:
        send_later(session, to=other.email, template="already_registered", language=other.language)
        return
    void_tokens(session, account.id, TokenPurpose.NEW_EMAIL)
    token = issue_token(session, account, TokenPurpose.NEW_EMAIL, email=email)
    send_later(
        session,
        to=email,
        template="new_email",
        language=account.language,
        values={"path": f"/account/new-email/{token}"},
    )


def confirm_new_email(session: Session, token: str) -> Account:
    """Give the account of a mailed link its new address, and tell the old one.

    Raises Invalid if the link does not work (any more), Conflict if another account has the address by now.
    Links to reset the password that went to the old address are dead from now on.
    """
    used = use_token(session, token, TokenPurpose.NEW_EMAIL)
    account, old = used.account, used.account.email
    if account.state is not AccountState.ACTIVE:
        raise Conflict(N_("This account is closed. Please write to the people who run this site."))
    try:
        with session.begin_nested():
            account.email = used.email
            session.flush()
    except IntegrityError:
        raise Conflict(TAKEN, code="email_taken", field="email") from None
    void_tokens(session, account.id, *TokenPurpose)
    audit.record(session, account.id, "email.changed", "account", account.id)
    send_later(session, to=old, template="email_changed", language=account.language)
    return account
