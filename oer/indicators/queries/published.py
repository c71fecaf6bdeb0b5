"""Rounds that everybody may see."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.errors import NotFound
from oer.indicators.models import Round
from oer.indicators.queries.rounds import NO_ROUND


def published_rounds(session: Session) -> list[Round]:
    """Return the published rounds, the latest period first."""
    query = sa.select(Round).where(Round.published_at.is_not(None))
    return list(session.scalars(query.order_by(Round.period_end.desc(), Round.id.desc())))


def published_round(session: Session, round_id: int) -> Round:
    """Return a published round. Raises NotFound for any other."""
    found = session.get(Round, round_id)
    if found is None or found.published_at is None:
        raise NotFound(NO_ROUND)
    return found
