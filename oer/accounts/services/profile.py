"""A person's name, language and e-mail address: how they are read from a form and how they are changed."""

import re

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, TokenPurpose
from oer.accounts.queries import account_with_email
from oer.accounts.services.registration import issue_token, revoke_tokens, use_token
from oer.core import audit
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import LANGUAGES, N_
from oer.core.text import clean_line
from oer.jobs.mail import send_later

BAD_EMAIL = N_("Enter an e-mail address like name@example.com.")
NO_NAME = N_("Enter a name of 1 to %(count)s characters.")
LONGEST_EMAIL = 254
LONGEST_NAME = 120
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# RFC 5321's dot-string and domain, without quoted and international forms: with a letter that only looks like another,
# a mailed link would go to somebody else.
_EMAIL = re.compile(
    rf"[a-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*@(?:{_LABEL}\.)+{_LABEL}", re.IGNORECASE
)


def read_email(text: str) -> str:
    """Return an e-mail address without the spaces around it. Raises Invalid if it cannot be one."""
    email = text.strip()
    if len(email) > LONGEST_EMAIL or len(email.partition("@")[0]) > 64 or not _EMAIL.fullmatch(email):
        raise Invalid(BAD_EMAIL, code="email", field="email")
    return email


def read_name(text: str) -> str:
    """Return a person's name, cleaned by `clean_line`. Raises Invalid if nothing is left of it, or too much."""
    name = clean_line(text)
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(NO_NAME, code="name", field="name", count=LONGEST_NAME)
    return name


TAKEN = N_("Another account already uses this e-mail address.")


def change_name(session: Session, account: Account, name: str) -> None:
    """Set the name that others see."""
    account.name = name
    session.flush()


def change_language(session: Session, account: Account, language: str) -> None:
    """Set the language of mails. Raises Invalid for one that the site is not in."""
    if language not in LANGUAGES:
        raise Invalid(N_("This language is not available."), field="language")
    account.language = language
    session.flush()


def request_new_email(session: Session, account: Account, email: str) -> None:
    """Mail a link to the new address; until it is opened the old address stays.

    If another account has the address, its owner is told by mail; whoever asks sees no difference.
    """
    other = account_with_email(session, email)
    if other is not None and other.id != account.id:
        send_later(session, to=other.email, template="already_registered", language=other.language)
        return
    revoke_tokens(session, account.id, TokenPurpose.NEW_EMAIL)
    token = issue_token(session, account, TokenPurpose.NEW_EMAIL, email=email)
    send_later(
        session,
        to=email,
        template="new_email",
        language=account.language,
        values={"path": f"/account/new-email/{token}"},
    )


def confirm_new_email(session: Session, token: str) -> Account:
    """Give the account of a mailed link its new address, and notify the old address.

    Raises Invalid if the link is not valid (any more), Conflict if another account has taken the address meanwhile.
    All other mailed links of the account are revoked, those to the old address among them.
    """
    used = use_token(session, token, TokenPurpose.NEW_EMAIL)
    account, old = used.account, used.account.email
    if account.state is not AccountState.ACTIVE:
        raise Conflict(N_("This account is closed. Please contact the people who run this site."))
    try:
        with session.begin_nested():
            account.email = used.email
            session.flush()
    except IntegrityError:
        raise Conflict(TAKEN, code="email_taken", field="email") from None
    revoke_tokens(session, account.id, *TokenPurpose)
    audit.record(session, account.id, "email.changed", "account", account.id)
    send_later(session, to=old, template="email_changed", language=account.language)
    return account
