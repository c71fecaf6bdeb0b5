"""Accounts, the roles that they hold and the roles that they ask for."""

import unicodedata
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from oer.accounts.models.units import Unit
from oer.core.clock import now
from oer.core.db import Base, choice
from oer.core.ids import new_token
from oer.core.vietnamese import fold


class AccountState(StrEnum):
    """Whether a person may sign in. `system` is the product itself: it owns imports and never signs in."""

    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    DISABLED = "disabled"
    SYSTEM = "system"


class Role(StrEnum):
    """What an account may be. Every account is a learner's; the others are granted."""

    LEARNER = "learner"
    EDUCATOR = "educator"
    REVIEWER = "reviewer"
    REPORTER = "reporter"
    ADMIN = "admin"


def fold_email(email: str) -> str:
    """Return an e-mail address in the one spelling by which accounts are told apart."""
    return email.strip().casefold()


def fold_name(name: str) -> str:
    """Return a name in small letters without marks or invisible characters, to be found however it is typed."""
    plain = fold(unicodedata.normalize("NFC", " ".join(name.split())))
    return " ".join("".join(letter for letter in plain if letter.isprintable()).split())


class Account(Base):
    """A person who has registered, or the system.

    `pseudonym_secret` is what a person's key in the usage figures is derived from: with it goes the link.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_folded: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_folded: Mapped[str] = mapped_column(String(160), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(2), default="vi")
    state: Mapped[AccountState] = mapped_column(choice(AccountState, "state"), default=AccountState.UNCONFIRMED)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    confirmed_at: Mapped[datetime | None]
    pseudonym_secret: Mapped[str] = mapped_column(String(64), default=new_token)

    grants: Mapped[list["RoleGrant"]] = relationship(
        foreign_keys="RoleGrant.account_id", lazy="selectin", passive_deletes=True, cascade="all, delete-orphan"
    )

    @validates("email", "name")
    def _fold_too(self, column: str, value: str) -> str:
        if column == "email":
            self.email_folded = fold_email(value)
        else:
            self.name_folded = fold_name(value)[:160]
        return value


class RoleGrant(Base):
    """A role that an account holds, for one unit or without one: `permissions` says what the latter means."""

    __tablename__ = "role_grant"
    # NULL differs from NULL in a unique constraint, so a grant without a unit has an index of its own.
    __table_args__ = (
        Index("ix_role_grant_in_unit", "account_id", "role", "unit_id", unique=True),
        Index(
            "ix_role_grant_everywhere",
            "account_id",
            "role",
            unique=True,
            sqlite_where=text("unit_id IS NULL"),
            postgresql_where=text("unit_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(choice(Role, "role"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    granted_at: Mapped[datetime] = mapped_column(default=now)

    unit: Mapped[Unit | None] = relationship(lazy="joined")


class RoleRequestState(StrEnum):
    """Where a request for a role stands."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


class RoleRequest(Base):
    """A learner's wish to become an educator of a unit, and an admin's answer."""

    __tablename__ = "role_request"
    # A form sent twice asks once.
    __table_args__ = (
        Index(
            "ix_role_request_open",
            "account_id",
            "unit_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    reason: Mapped[str] = mapped_column(String(1000))
    state: Mapped[RoleRequestState] = mapped_column(choice(RoleRequestState, "state"), default=RoleRequestState.OPEN)
    asked_at: Mapped[datetime] = mapped_column(default=now, index=True)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    answer: Mapped[str] = mapped_column(String(1000), default="")

    account: Mapped[Account] = relationship(foreign_keys=[account_id], lazy="joined")
    unit: Mapped[Unit] = relationship(lazy="joined")
