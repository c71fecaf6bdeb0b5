"""Tables of units, accounts, roles, sign-ins, consents and declarations. Second factors: `second_factor_models`."""

import unicodedata
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, inspect, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from oer.core.clock import now
from oer.core.db import Base, enum_type
from oer.core.ids import new_token
from oer.vietnamese.marks import fold

WARD = "ward"


class Unit(Base):
    """An organisation that publishes materials or reports indicators. Each of the 168 wards is one.

    `code` is a ward's official 5-digit code, or a word that others choose. `kind` is a code of the vocabulary of unit
    kinds. `ward_code` says where the unit is (for a ward: its own code). `revision` rises with each change that shows
    in index documents or pages, so that both are made anew.
    """

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[dict[str, str]]
    kind: Mapped[str] = mapped_column(String(40), index=True)
    ward_code: Mapped[str | None] = mapped_column(String(5), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def seen_parts(self) -> dict[str, Any]:
        """What its form shows, for `oer.core.seen`."""
        return {"name": self.name, "kind": self.kind, "ward_code": self.ward_code}


class AccountState(StrEnum):
    """Whether a person may sign in. SYSTEM is the product itself: it owns imports and never signs in."""

    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    DISABLED = "disabled"
    SYSTEM = "system"


class Role(StrEnum):
    """A role. Every account is a LEARNER; the other roles are granted. A LEADER reads all of the indicators."""

    LEARNER = "learner"
    EDUCATOR = "educator"
    REVIEWER = "reviewer"
    REPORTER = "reporter"
    LEADER = "leader"
    ADMIN = "admin"


def fold_email(email: str) -> str:
    """Return an e-mail address as it is compared: two accounts never have the same folded address."""
    return email.strip().casefold()


def fold_name(name: str) -> str:
    """Return a name in lower case without marks and invisible characters, for searching."""
    plain = fold(unicodedata.normalize("NFC", " ".join(name.split())))
    return " ".join("".join(letter for letter in plain if letter.isprintable()).split())


_ACTS_AS_OF = "acts_as_of"


class Account(Base):
    """A person who has registered, or the system.

    A person's pseudonym in the usage figures is derived from `pseudonym_secret`. A new one cuts the link to past use.
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
    # Not stored: set for whoever is signed in, where the settings require what they have not set up yet.
    lacks_second_factor = False

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

    def act_as_of(self, moment: datetime | None) -> None:
        """Let this object have only the roles granted until `moment`; None: all. For a sign-in of that time.

        So whoever copied a cookie before a role was granted never gets the role by it.
        """
        inspect(self).info[_ACTS_AS_OF] = moment

    @property
    def is_educator(self) -> bool:
        """Whether it has the educator role, for whatever unit."""
        return any(grant.role is Role.EDUCATOR for grant in self.grants)

    @property
    def held_grants(self) -> list["RoleGrant"]:
        """The roles that count now: what was revoked is gone at once, what was granted counts from the next sign-in."""
        moment: datetime | None = inspect(self).info.get(_ACTS_AS_OF)
        return [grant for grant in self.grants if moment is None or grant.granted_at <= moment]


class RoleGrant(Base):
    """A role that an account holds, for one unit or without one (see `permissions` for what that means)."""

    __tablename__ = "role_grant"
    # In a unique index NULL differs from NULL, so grants without a unit have an index of their own.
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
    """The state of a request for a role."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


class RoleRequest(Base):
    """A request to become an educator of a unit, and an administrator's answer."""

    __tablename__ = "role_request"
    # One open request per unit, even if the form is sent twice.
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

    @property
    def seen_parts(self) -> dict[str, Any]:
        """What a decision looks at, for `oer.core.seen`: a second request while it is open changes the reason."""
        return {"reason": self.reason, "unit": self.unit_id}


class SignIn(Base):
    """A signed-in browser. Its cookie holds the token, the row the token's hash: revoking the row ends the sign-in."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(String(60), default="")

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class ExternalIdentity(Base):
    """Somebody's identity at a provider of OpenID Connect, by which they sign in: at most one for each provider."""

    __tablename__ = "external_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("account_id", "issuer"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime] = mapped_column(default=now)

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class TokenPurpose(StrEnum):
    """What a one-time token is for."""

    CONFIRM = "confirm"
    RESET = "reset"
    NEW_EMAIL = "new-email"


class OneTimeToken(Base):
    """A secret sent by mail, valid once, for one purpose and a limited time. It confirms the address `email`.

    `password_hash` is the password of the registration form that the mail was sent for. Confirming sets this one, so a
    stranger who registers with somebody's address cannot have their own password confirmed by another mail.
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
    """How often something was tried within a time window. `key` is a keyed hash: no IP address is stored."""

    __tablename__ = "throttle_count"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    count: Mapped[int] = mapped_column(default=0)


class KeptForm(Base):
    """What somebody had typed when their sign-in had ended, sealed by the token in their browser's cookie."""

    __tablename__ = "kept_form"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class KnownDevice(Base):
    """A browser that signed in to an account before. Its cookie holds the token, the row the token's hash.

    It lets nobody in: see `services.devices`.
    """

    __tablename__ = "known_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Purpose(StrEnum):
    """What a consent is for. Each is given separately (Law 91/2025/QH15); ACCOUNT is given by registering."""

    ACCOUNT = "account"
    HISTORY = "history"
    STATISTICS = "statistics"
    GROUPS = "groups"
    DISABILITY = "disability"
    MESSAGES = "messages"


OPTIONAL_PURPOSES = tuple(purpose for purpose in Purpose if purpose is not Purpose.ACCOUNT)


class Consent(Base):
    """A consent: to which wording, when, and when it was withdrawn. Rows are kept as evidence."""

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
    """What a person may declare about themselves, if they like."""

    WARD = "ward"
    BIRTH_YEAR = "birth-year"
    GENDER = "gender"
    GROUP = "group"
    DISABILITY = "disability"


class Declaration(Base):
    """One value of one dimension that a person declared, valid from `valid_from` to `valid_to` (None: still valid).

    Only GROUP has several values at once. Old values are kept for past figures until the consent that they depend on
    is withdrawn.
    """

    __tablename__ = "declaration"
    __table_args__ = (Index("ix_declaration_of", "account_id", "dimension"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    dimension: Mapped[Dimension] = mapped_column(enum_type(Dimension, "dimension"))
    value: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[datetime] = mapped_column(default=now)
    valid_to: Mapped[datetime | None]


class ApiScope(StrEnum):
    """What a personal token may be used for."""

    DRAFTS = "drafts"
    SUBMIT = "submit"
    REVIEW = "review"


class ApiToken(Base):
    """A personal token for the API. The person has the token, the row its hash: deleting the row ends it."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_on: Mapped[date | None]

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)
