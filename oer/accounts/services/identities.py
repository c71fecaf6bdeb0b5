"""Identities at the provider of sign-ins: linked to an account, made into one, removed. Each service flushes."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, Consent, ExternalIdentity, Purpose, TokenPurpose
from oer.accounts.queries import account_with_email
from oer.accounts.services.consents import CONSENT_TEXTS
from oer.accounts.services.identity_provider import Identity
from oer.accounts.services.profile import read_email
from oer.accounts.services.registration import activate, revoke_tokens
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.jobs.mail import send_later

TAKEN = N_("This identity already belongs to another account.")
ONLY_WAY = N_(
    "It is your only way to sign in. Set a password first: “I forgot my password” on the sign-in page sends a link."
)
NOT_VERIFIED = N_("The sign-in service does not vouch for an e-mail address of yours.")
CLOSED = N_("This account is closed. Please contact the people who run this site.")


def account_of_identity(session: Session, identity: Identity) -> Account | None:
    """Return the account that an identity belongs to, and note that it was used."""
    found = session.scalar(
        sa.select(ExternalIdentity).where(
            ExternalIdentity.issuer == identity.issuer, ExternalIdentity.subject == identity.subject
        )
    )
    if found is None:
        return None
    found.used_at = now()
    session.flush()
    return found.account


def identity_of_account(session: Session, account_id: int, issuer: str) -> ExternalIdentity | None:
    """Return the identity of an account at a provider."""
    theirs = (ExternalIdentity.account_id == account_id, ExternalIdentity.issuer == issuer)
    return session.scalar(sa.select(ExternalIdentity).where(*theirs))


def link_identity(session: Session, account: Account, identity: Identity) -> None:
    """Let an account be signed in to by an identity, in place of another one of the same provider; tell its owner.

    The caller has seen proof of both. Raises Conflict if the identity belongs to another account.
    """
    before = identity_of_account(session, account.id, identity.issuer)
    try:
        with session.begin_nested():
            if before is not None:
                session.delete(before)
                session.flush()
            row = ExternalIdentity(account_id=account.id, issuer=identity.issuer, subject=identity.subject)
            session.add(row)
            session.flush()
    except IntegrityError:
        raise Conflict(TAKEN, code="identity_taken") from None
    audit.record(session, account.id, "identity.linked", "account", account.id)
    send_later(session, to=account.email, template="identity_linked", language=account.language)


def remove_identity(session: Session, account: Account, issuer: str) -> None:
    """Let an account be signed in to by its identity no more. Raises Conflict if it has no password."""
    found = identity_of_account(session, account.id, issuer)
    if found is None:
        return
    if account.password_hash is None:
        raise Conflict(ONLY_WAY, code="only_way")
    session.delete(found)
    audit.record(session, account.id, "identity.removed", "account", account.id)
    session.flush()


def make_account_of_identity(session: Session, identity: Identity, *, name: str, language: str) -> Account:
    """Make an account for an identity whose address the provider has verified; it has no password.

    One that somebody registered with this address and never confirmed is taken over without what they had typed.
    Raises Invalid without such an address, Conflict if it has an account: that one is linked, once its owner has
    proved that it is theirs.
    """
    if not identity.email:
        raise Invalid(NOT_VERIFIED, code="not_verified")
    email = read_email(identity.email)
    account = account_with_email(session, email)
    if account is not None and account.state is not AccountState.UNCONFIRMED:
        raise Conflict(CLOSED if account.state is not AccountState.ACTIVE else TAKEN, code="email_taken")
    if account is None:
        account = Account(email=email, name=name, language=language)
        try:
            with session.begin_nested():
                session.add(account)
                session.flush()
        except IntegrityError:
            raise Conflict(TAKEN, code="email_taken") from None
        version = CONSENT_TEXTS[Purpose.ACCOUNT].version
        session.add(Consent(account_id=account.id, purpose=Purpose.ACCOUNT, text_version=version, method="identity"))
    account.name, account.language, account.password_hash = name, language, None
    activate(account)
    revoke_tokens(session, account.id, *TokenPurpose)
    link_identity(session, account, identity)
    return account
