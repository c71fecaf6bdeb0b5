"""Tables of units, accounts, roles, sign-ins, consents and declarations."""

import unicodedata
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from oer.core.clock import now
from oer.core.db import Base, enum_type
from oer.core.ids import new_token
from oer.vietnamese.marks import fold

# Organisations: who publishes materials and owes indicators. Each of the 168 wards is one.

WARD = "ward"


class Unit(Base):
    """An organisation. A ward's code is its official 5-digit one; others choose a word.

    `kind` is a code of the vocabulary of unit kinds. `ward_code` says where the unit is (a ward's own code for a
    ward). `revision` is raised by each change that a material's index document or page would show, so that both are
    made anew.
    """

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[dict[str, str]]
    kind: Mapped[str] = mapped_column(String(40), index=True)
    ward_code: Mapped[str | None] = mapped_column(String(5), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)


# Accounts, the roles that they hold and the roles that they ask for.


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
    state: Mapped[AccountState] = mapped_column(enum_type(AccountState, "state"), default=AccountState.UNCONFIRMED)
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
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"), index=True)
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
    state: Mapped[RoleRequestState] = mapped_column(enum_type(RoleRequestState, "state"), default=RoleRequestState.OPEN)
    asked_at: Mapped[datetime] = mapped_column(default=now, index=True)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    answer: Mapped[str] = mapped_column(String(1000), default="")

    account: Mapped[Account] = relationship(foreign_keys=[account_id], lazy="joined")
    unit: Mapped[Unit] = relationship(lazy="joined")


# Sign-ins, secrets that work once, and the counts that slow guessing down.


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
    purpose: Mapped[TokenPurpose] = mapped_column(enum_type(TokenPurpose, "purpose"))
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


# What a person agreed to, and what they told us about themselves.


class Purpose(StrEnum):
    """What a consent is for, each apart (Law 91/2025/QH15; the account itself is agreed to by registering)."""

    ACCOUNT = "account"
    HISTORY = "history"
    STATISTICS = "statistics"
    GROUPS = "groups"
    DISABILITY = "disability"
    MESSAGES = "messages"


class Consent(Base):
    """One giving of a consent: to which wording, when, and when it was withdrawn. Rows are kept as the proof."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_of", "account_id", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose, "purpose"))
    text_version: Mapped[str] = mapped_column(String(20))
    method: Mapped[str] = mapped_column(String(40))
    given_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]


class Dimension(StrEnum):
    """What a person may tell about themselves, if they like."""

    WARD = "ward"
    BIRTH_YEAR = "birth-year"
    GENDER = "gender"
    GROUP = "group"
    DISABILITY = "disability"


class Declaration(Base):
    """One value of one dimension as a person declared it, from a moment until another; `valid_to` None is in force.

    Only `group` has several values at once. Old values are kept, so that past figures keep their sense, until the
    consent that they stand on is withdrawn.
    """

    __tablename__ = "declaration"
    __table_args__ = (Index("ix_declaration_of", "account_id", "dimension"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    dimension: Mapped[Dimension] = mapped_column(enum_type(Dimension, "dimension"))
    value: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[datetime] = mapped_column(default=now)
    valid_to: Mapped[datetime | None]
