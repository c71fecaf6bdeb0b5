"""Who is behind a cookie or a mailed link."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, OneTimeToken, SignIn, TokenPurpose
from oer.core.clock import now
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.ids import token_hash

DEAD_LINK = N_("This link was used already, or is too old. Please ask for a new one.")


def find_sign_in(session: Session, token: str) -> SignIn | None:
    """Return the sign-in of a token, or None where it was ended, is too old, or its account may not sign in."""
    query = (
        sa.select(SignIn)
        .join(SignIn.account)
        .where(
            SignIn.token_hash == token_hash(token),
            SignIn.revoked_at.is_(None),
            SignIn.expires_at > now(),
            Account.state == AccountState.ACTIVE,
        )
    )
    return session.scalar(query)


def account_of_sign_in(session: Session, token: str) -> Account | None:
    """Return the account that a sign-in's token stands for, or None."""
    found = find_sign_in(session, token)
    return found.account if found else None


def sign_ins_of(session: Session, account_id: int) -> list[SignIn]:
    """Return an account's sign-ins that work, newest first."""
    query = sa.select(SignIn).where(
        SignIn.account_id == account_id, SignIn.revoked_at.is_(None), SignIn.expires_at > now()
    )
    return list(session.scalars(query.order_by(SignIn.created_at.desc(), SignIn.id.desc())))


def usable_token(session: Session, token: str, purpose: TokenPurpose) -> OneTimeToken:
    """Return a mailed token that still works for this purpose. Raises Invalid for every other."""
    query = sa.select(OneTimeToken).where(
        OneTimeToken.token_hash == token_hash(token),
        OneTimeToken.purpose == purpose,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > now(),
    )
    found = session.scalar(query)
    if found is None:
        raise Invalid(DEAD_LINK, code="dead_link")
    return found
