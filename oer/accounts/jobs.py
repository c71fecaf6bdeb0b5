"""Deletes what accounts no longer need."""

from datetime import timedelta

import sqlalchemy as sa

from oer.accounts.models import Account, AccountState, KeptForm, KnownDevice, OneTimeToken, SignIn
from oer.accounts.services import throttling
from oer.accounts.services.second_steps import delete_old_steps
from oer.core.clock import now
from oer.core.installation import Installation
from oer.jobs.queue import every

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
