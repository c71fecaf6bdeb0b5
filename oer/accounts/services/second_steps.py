"""The second step of a sign-in: begun when the password was right, finished once, in the same browser."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState
from oer.accounts.second_factor_models import PasskeyChallenge, SecondStep
from oer.core.clock import now
from oer.core.ids import new_token, token_hash

LIFETIME = timedelta(minutes=10)
LONGEST_ADDRESS = 2000


def begin_second_step(session: Session, account: Account, next_page: str) -> str:
    """Begin the second step of somebody whose password was right; return the token for their browser's cookie."""
    token = new_token()
    session.add(
        SecondStep(
            account=account,
            token_hash=token_hash(token),
            password_digest=_digest(account),
            next_page=next_page if len(next_page) <= LONGEST_ADDRESS else "",
            expires_at=now() + LIFETIME,
        )
    )
    session.flush()
    return token


def second_step_begun(session: Session, token: str) -> SecondStep | None:
    """Return the second step of a token, or None if it was finished or is too old, or the account has changed since."""
    query = sa.select(SecondStep).where(SecondStep.token_hash == token_hash(token), SecondStep.expires_at > now())
    found = session.scalar(query)
    if (
        found is None
        or found.account.state is not AccountState.ACTIVE
        or found.password_digest != _digest(found.account)
    ):
        return None
    return found


def finish_second_step(session: Session, step_id: int) -> bool:
    """Tell whether a second step is there to be finished, and finish it: of two requests at once one does."""
    return bool(session.execute(sa.delete(SecondStep).where(SecondStep.id == step_id).returning(SecondStep.id)).all())


def delete_old_steps(session: Session) -> None:
    """Delete second steps and challenges that nobody can finish any more."""
    for table in (SecondStep, PasskeyChallenge):
        session.execute(sa.delete(table).where(table.expires_at < now()))


def _digest(account: Account) -> str:
    return token_hash(account.password_hash or "")
