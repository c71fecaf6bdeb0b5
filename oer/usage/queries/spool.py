"""How far the spool is in the database, and what was lost on the way."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.usage.models import SetAsideLine, SpoolProgress, UserAgent


def offsets(session: Session, files: Collection[str]) -> dict[str, int]:
    """Return how far each of these spool files is in the database; a file that is not named is not in it at all."""
    found = session.execute(sa.select(SpoolProgress.name, SpoolProgress.offset).where(SpoolProgress.name.in_(files)))
    return dict(found.all())


def known_agents(session: Session, digests: Collection[str]) -> set[str]:
    """Return which of these user agents are judged already."""
    return set(session.scalars(sa.select(UserAgent.digest).where(UserAgent.digest.in_(digests))))


@dataclass(frozen=True)
class SpoolReport:
    """What came through the spool and what did not: events taken, lost on a full disk, lines that say no event."""

    events: int
    lost: int
    set_aside: int


def spool_report(session: Session) -> SpoolReport:
    """Return what came through the spool since its records begin (13 months)."""
    events, lost = (
        session.scalar(sa.select(sa.func.coalesce(sa.func.sum(column), 0))) or 0
        for column in (SpoolProgress.events, SpoolProgress.lost)
    )
    return SpoolReport(int(events), int(lost), session.scalar(sa.select(sa.func.count(SetAsideLine.id))) or 0)
