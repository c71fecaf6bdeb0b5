"""Tables of the rounds of a review: who has a submission in hand, and with which reasons it was returned before."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from oer.accounts.models import Account
from oer.catalogue.models import Version
from oer.core.clock import now
from oer.core.db import Base

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
