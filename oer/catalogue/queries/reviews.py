"""What stands beside a decision: who has the submission in hand, and the rounds of review before this one."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import Version
from oer.catalogue.review_models import ReviewClaim, ReviewReturn
from oer.catalogue.seen import content_parts
from oer.core.seen import changed_parts


class Claim(NamedTuple):
    """A claim that counts, with the name of whoever has it."""

    claim: ReviewClaim
    name: str


def claim_of(session: Session, version: Version) -> Claim | None:
    """Return the claim on a version, None if nobody has it in hand or the claim has ended by itself."""
    query = sa.select(ReviewClaim, Account.name).join(Account, Account.id == ReviewClaim.account_id)
    row = session.execute(query.where(ReviewClaim.version_id == version.id)).first()
    return Claim(*row) if row is not None and row[0].counts else None


def returns_of(session: Session, version: Version) -> Sequence[ReviewReturn]:
    """Return the times that a version was returned, the latest first."""
    query = sa.select(ReviewReturn).where(ReviewReturn.version_id == version.id)
    return session.scalars(query.order_by(ReviewReturn.id.desc())).all()


def changed_since_return(version: Version, returns: Sequence[ReviewReturn]) -> list[str] | None:
    """Return the names of the parts that were changed since the latest of `returns`; None if there was none."""
    return changed_parts(returns[0].seen, content_parts(version)) if returns else None
