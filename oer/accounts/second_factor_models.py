"""Tables of second factors: authenticator apps, passkeys, recovery codes, and the steps that are being taken."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.accounts.models import Account
from oer.core.clock import now
from oer.core.db import Base, enum_type


class AuthenticatorApp(Base):
    """An app that shows a new code every 30 seconds. `sealed_secret` is encrypted (see `services.authenticator_codes`).

    `last_step` is the time step of the last code that was taken: no code is taken twice, nor an older one after it.
    """

    __tablename__ = "authenticator_app"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    sealed_secret: Mapped[str] = mapped_column(String(255))
    last_step: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(default=now)


class Passkey(Base):
    """A key pair of WebAuthn, kept by a device of the person. Here are its id and its public key, both base64url."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(String(4000))
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]]
    added_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code for somebody whose device is lost, valid once. Only its keyed hash is stored."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]


class SecondStep(Base):
    """A browser that gave the right password and has yet to take the second step. Its cookie holds the token.

    `password_digest` is the SHA-256 of the password hash that was right: a new password ends every second step begun.
    """

    __tablename__ = "second_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    password_digest: Mapped[str] = mapped_column(String(64))
    next_page: Mapped[str] = mapped_column(String(2000))
    began_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class PasskeyPurpose(StrEnum):
    """What a passkey is asked for."""

    ADD = "add"
    SECOND_STEP = "second-step"
    CONFIRM = "confirm"
    SIGN_IN = "sign-in"


class PasskeyChallenge(Base):
    """What a passkey is to sign: valid once, for minutes, for one purpose, in the browser that it is bound to."""

    __tablename__ = "passkey_challenge"

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge: Mapped[str] = mapped_column(String(100), unique=True)
    purpose: Mapped[PasskeyPurpose] = mapped_column(enum_type(PasskeyPurpose, "purpose"))
    bound_to: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(index=True)
