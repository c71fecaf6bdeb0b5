"""Deletes what accounts no longer need."""

from datetime import timedelta

import sqlalchemy as sa

from oer.accounts.models import Account, AccountState, KeptForm, KnownDevice, OneTimeToken, SignIn
from oer.accounts.queries import TOKEN_USED_JOB
from oer.accounts.services import throttling
from oer.accounts.services.api_tokens import note_used
from oer.accounts.services.second_steps import delete_old_steps
from oer.core.clock import now, today
from oer.core.installation import Installation
from oer.jobs.queue import every, job

UNCONFIRMED_DAYS = 7
ENDED_DAYS = 30


@every(3600, "accounts.tidy")
def tidy(installation: Installation) -> None:
    """Delete throttling counts after a day, accounts never confirmed after a week, ended sign-ins after a month."""
    moment = now()
    with installation.database.transaction() as session:
        throttling.delete_old_counts(session)
        delete_old_steps(session)
        ended = moment - timedelta(days=ENDED_DAYS)
        session.execute(sa.delete(SignIn).where(sa.or_(SignIn.expires_at < ended, SignIn.revoked_at < ended)))
        session.execute(sa.delete(OneTimeToken).where(OneTimeToken.expires_at < ended))
        session.execute(sa.delete(KeptForm).where(KeptForm.expires_at < moment))
        session.execute(sa.delete(KnownDevice).where(KnownDevice.expires_at < moment))
        session.execute(
            sa.delete(Account).where(
                Account.state == AccountState.UNCONFIRMED,
                Account.confirmed_at.is_(None),
                Account.created_at < moment - timedelta(days=UNCONFIRMED_DAYS),
            )
        )


@job(TOKEN_USED_JOB)
def note_token_used(installation: Installation, token_id: str) -> None:
    """Note that a personal token was used today. A hint that is lost is given again with the next use."""
    with installation.database.transaction() as session:
        note_used(session, int(token_id), today())
