"""Browsers that signed in to an account before: what others do behind the same IP address does not shut them out.

A browser keeps a random token for each account that signed in there, the database its hash. A token lets nobody in: it
only has its own small budget of wrong passwords for its one account (`throttling`), whatever the address has used up.
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import KnownDevice
from oer.core.clock import now
from oer.core.ids import new_token, token_hash

KNOWN_DAYS = 180
# A browser in a library or a family: the accounts that signed in there last.
MOST_IN_A_BROWSER = 5
MOST_OF_AN_ACCOUNT = 20


def remember_device(session: Session, account_id: int, tokens: Sequence[str]) -> list[str]:
    """Make a browser known to an account; return the tokens that it is to keep instead of `tokens`, the newest first.

    What it had for this account before is replaced.
    """
    hashes = {token_hash(token): token for token in tokens[:MOST_IN_A_BROWSER]}
    mine = KnownDevice.account_id == account_id
    replaced = session.scalars(
        sa.delete(KnownDevice)
        .where(mine, KnownDevice.token_hash.in_(hashes))
        .returning(KnownDevice.token_hash)
        .execution_options(synchronize_session=False)
    ).all()
    token = new_token()
    session.add(
        KnownDevice(account_id=account_id, token_hash=token_hash(token), expires_at=now() + timedelta(days=KNOWN_DAYS))
    )
    session.flush()
    newest = sa.select(KnownDevice.id).where(mine).order_by(KnownDevice.id.desc()).limit(MOST_OF_AN_ACCOUNT)
    session.execute(sa.delete(KnownDevice).where(mine, KnownDevice.id.not_in(newest)))
    kept = [old for hashed, old in hashes.items() if hashed not in replaced]
    return [token, *kept][:MOST_IN_A_BROWSER]


def known_device(session: Session, account_id: int | None, tokens: Sequence[str]) -> str:
    """Return the key under which the attempts of a browser at an account it is known to are counted, or ""."""
    hashes = [token_hash(token) for token in tokens[:MOST_IN_A_BROWSER]]
    if account_id is None or not hashes:
        return ""
    query = sa.select(KnownDevice.token_hash).where(
        KnownDevice.account_id == account_id, KnownDevice.token_hash.in_(hashes), KnownDevice.expires_at > now()
    )
    return session.scalar(query.limit(1)) or ""


def forget_devices(session: Session, account_id: int) -> None:
    """Make every browser a stranger to an account: where somebody else may have signed in to it."""
    session.execute(sa.delete(KnownDevice).where(KnownDevice.account_id == account_id))
