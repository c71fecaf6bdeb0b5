"""Tables of the rounds of a review: who has a submission in hand, comments and small edits, returns and reasons."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from oer.accounts.models import Account
from oer.catalogue.models import Version
from oer.core.clock import now
from oer.core.db import Base, JsonValue

CLAIM_DAYS = 3


def claims_count_since() -> datetime:
    """Return the moment from which on a claim still counts: one that is older has ended by itself."""
    return now() - timedelta(days=CLAIM_DAYS)


class ReviewClaim(Base):
    """A reviewer has taken a submission in hand. It counts for CLAIM_DAYS, and nobody has to end it."""

    __tablename__ = "review_claim"

    version_id: Mapped[int] = mapped_column(ForeignKey(Version.id, ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), index=True)
    claimed_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def counts(self) -> bool:
        """Whether it has not ended by itself."""
        return self.claimed_at > claims_count_since()

    @property
    def ends_at(self) -> datetime:
        """When it ends by itself."""
        return self.claimed_at + timedelta(days=CLAIM_DAYS)


class ReviewReturn(Base):
    """A version was returned to its author; `seen` has digests of what it was then (`oer.core.seen`)."""

    __tablename__ = "review_return"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(Version.id, ondelete="CASCADE"), index=True)
    returned_at: Mapped[datetime] = mapped_column(default=now)
    reason: Mapped[str]
    seen: Mapped[str]


class ReviewComment(Base):
    """What a reviewer says about one part of a version, until its author has handled it. It names no person."""

    __tablename__ = "review_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(Version.id, ondelete="CASCADE"), index=True)
    field: Mapped[str]
    words: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(default=now)
    handled_at: Mapped[datetime | None]


class ReviewEdit(Base):
    """A small edit that a reviewer made in a submitted version: the field's value before and after."""

    __tablename__ = "review_edit"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(Version.id, ondelete="CASCADE"), index=True)
    field: Mapped[str]
    before: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    after: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    edited_at: Mapped[datetime] = mapped_column(default=now)


class PlannedPublication(Base):
    """A reviewer's decision to publish a submitted version on a day of the city; a job carries it out.

    `seen` is what the decision was about (`decision_parts`): if that is another by then, nothing is published.
    `refusal` is the message key and values of why it was not; then the day has passed in vain.
    """

    __tablename__ = "planned_publication"

    version_id: Mapped[int] = mapped_column(ForeignKey(Version.id, ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id, ondelete="SET NULL"), index=True)
    day: Mapped[date] = mapped_column(index=True)
    seen: Mapped[str]
    points: Mapped[list[Any] | None] = mapped_column(JsonValue)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JsonValue)
