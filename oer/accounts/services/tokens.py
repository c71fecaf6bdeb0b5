"""Secrets that are mailed and work once."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, OneTimeToken, TokenPurpose
from oer.accounts.queries.sign_ins import DEAD_LINK, usable_token
from oer.core.clock import now
from oer.core.errors import Invalid
from oer.core.ids import new_token, token_hash

LIFETIMES = {
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
            expires_at=now() + LIFETIMES[purpose],
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


def void_tokens(session: Session, account_id: int, *purposes: TokenPurpose) -> None:
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
