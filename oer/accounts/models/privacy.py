"""What a person agreed to, and what they told us about themselves."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.clock import now
from oer.core.db import Base, choice


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
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose, "purpose"))
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
    dimension: Mapped[Dimension] = mapped_column(choice(Dimension, "dimension"))
    value: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[datetime] = mapped_column(default=now)
    valid_to: Mapped[datetime | None]
