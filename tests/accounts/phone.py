"""A phone with an authenticator app, whose clock a test sets."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyotp
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.accounts.second_factor_models import AuthenticatorApp
from oer.accounts.services.authenticator_codes import new_secret, seal
from oer.config import Settings

STEP = timedelta(seconds=30)


@dataclass
class Phone:
    """`time` is the server's; `code(-1)` is what the app showed half a minute ago."""

    secret: str = field(default_factory=new_secret)
    time: datetime = datetime(2026, 11, 29, 9, 0, 10, tzinfo=UTC)

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self.time + steps * STEP)

    def wait(self, steps: int = 1) -> None:
        self.time += steps * STEP

    def add_to(self, session: Session, settings: Settings, account: Account) -> None:
        """As if its owner had set it up long ago."""
        sealed = seal(settings.secret_key, account.id, self.secret)
        session.add(AuthenticatorApp(account_id=account.id, sealed_secret=sealed, last_step=0))
        session.flush()
