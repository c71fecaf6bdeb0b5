"""Sign-ins, secrets that work once, and the counts that slow guessing down."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.accounts.models.people import Account
from oer.core.clock import now
from oer.core.db import Base, choice


class SignIn(Base):
    """A signed-in browser. The cookie holds the token, the row its hash: a row that is revoked ends the cookie."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(String(60), default="")

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class TokenPurpose(StrEnum):
    """What a one-time token is good for."""

    CONFIRM = "confirm"
    RESET = "reset"
    NEW_EMAIL = "new-email"


class OneTimeToken(Base):
    """A secret sent by mail that works once, for one purpose, for a while. `email` is the address it proves.

    `password_hash` is what a registration chose: a mail confirms the form that it was sent for, so that a stranger who
    registers with somebody's address does not get a password of theirs confirmed by another mail.
    """

    __tablename__ = "one_time_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[TokenPurpose] = mapped_column(choice(TokenPurpose, "purpose"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class ThrottleCount(Base):
    """How often something was tried in a window of time. `key` is a keyed hash: no address is kept."""

    __tablename__ = "throttle_count"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    count: Mapped[int] = mapped_column(default=0)
