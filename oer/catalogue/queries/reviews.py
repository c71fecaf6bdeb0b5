"""What stands beside a decision: who has the submission in hand, and the rounds of review before this one."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Unit
from oer.catalogue.models import Material, Version
from oer.catalogue.queries.materials import to_decide
from oer.catalogue.review_models import PlannedPublication, ReviewClaim, ReviewComment, ReviewEdit, ReviewReturn
from oer.catalogue.seen import content_parts
from oer.core.clock import city_date, today
from oer.core.seen import changed_parts


class Claim(NamedTuple):
    """A claim that counts, with the name of whoever has it."""

    claim: ReviewClaim
    name: str

    @property
    def mark(self) -> str:
        """What a page says about it, so that the claim that is taken over is the one that was seen."""
        return self.claim.claimed_at.isoformat()

    def is_of(self, account: Account) -> bool:
        """Whether an account has it."""
        return self.claim.account_id == account.id


def claims_on(session: Session, versions: Iterable[Version]) -> dict[int, Claim]:
    """Return the claims that count, by the ids of their versions."""
    query = sa.select(ReviewClaim, Account.name).join(Account, Account.id == ReviewClaim.account_id)
    query = query.where(ReviewClaim.version_id.in_([version.id for version in versions]))
    return {claim.version_id: Claim(claim, name) for claim, name in session.execute(query) if claim.counts}


def claim_of(session: Session, version: Version) -> Claim | None:
    """Return the claim on a version, None if nobody has it in hand or the claim has ended by itself."""
    return claims_on(session, [version]).get(version.id)


def units_waiting(session: Session, account: Account) -> list[Unit]:
    """Return the units that have something in an account's queue."""
    waiting = to_decide(account).with_only_columns(Material.unit_id)
    return sorted(session.scalars(sa.select(Unit).where(Unit.id.in_(waiting))), key=lambda unit: unit.code)


def days_waiting(version: Version) -> int:
    """Return since how many days of the city a version waits for a decision; 0: since today."""
    return (today() - city_date(version.submitted_at)).days if version.submitted_at else 0


def returns_of(session: Session, version: Version) -> Sequence[ReviewReturn]:
    """Return the times that a version was returned, the latest first."""
    query = sa.select(ReviewReturn).where(ReviewReturn.version_id == version.id)
    return session.scalars(query.order_by(ReviewReturn.id.desc())).all()


def changed_since_return(version: Version, returns: Sequence[ReviewReturn]) -> list[str] | None:
    """Return the names of the parts that were changed since the latest of `returns`; None if there was none."""
    return changed_parts(returns[0].seen, content_parts(version)) if returns else None


def comments_on(session: Session, version: Version) -> Sequence[ReviewComment]:
    """Return the comments on a version: those that are not handled first, each group in the order of writing."""
    query = sa.select(ReviewComment).where(ReviewComment.version_id == version.id)
    return session.scalars(query.order_by(ReviewComment.handled_at.is_not(None), ReviewComment.id)).all()


def edits_of(session: Session, version: Version) -> Sequence[ReviewEdit]:
    """Return the small edits that reviewers made in a version, in their order."""
    return session.scalars(
        sa.select(ReviewEdit).where(ReviewEdit.version_id == version.id).order_by(ReviewEdit.id)
    ).all()


def plans_for(session: Session, versions: Iterable[Version]) -> dict[int, PlannedPublication]:
    """Return the planned publications of versions, by the ids of these."""
    query = sa.select(PlannedPublication)
    query = query.where(PlannedPublication.version_id.in_([version.id for version in versions]))
    return {plan.version_id: plan for plan in session.scalars(query)}
