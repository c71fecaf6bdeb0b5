"""How many people said that they need a material, and what they added."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import CITY_TIME_ZONE
from oer.statistics.models import MaterialNeed, WantedMaterial

MOST_REMARKS = 5


@dataclass
class Needs:
    """The needs behind one wish: how many, and the newest remarks."""

    number: int = 0
    remarks: list[str] = field(default_factory=list)


def needs_of(session: Session, wish_ids: Collection[int]) -> Mapping[int, Needs]:
    """Return the needs behind these wishes, by the wish's number; one that nobody asked for has none."""
    found: defaultdict[int, Needs] = defaultdict(Needs)
    need = MaterialNeed
    counts = sa.select(need.wish_id, sa.func.count()).where(need.wish_id.in_(wish_ids)).group_by(need.wish_id)
    for wish_id, number in session.execute(counts):
        found[wish_id].number = number
    said = sa.select(need.wish_id, need.remark).where(need.wish_id.in_(wish_ids), need.remark != "")
    for wish_id, remark in session.execute(said.order_by(need.said_at.desc(), need.id.desc()).limit(1000)):
        if remark not in found[wish_id].remarks and len(found[wish_id].remarks) < MOST_REMARKS:
            found[wish_id].remarks.append(remark)
    return found


def needs_by_query(session: Session, since: date, until: date, folded: Collection[str]) -> Mapping[str, int]:
    """Return how many people said within a stretch of days that they need what these queries ask for."""
    wish, need = WantedMaterial, MaterialNeed
    query = (
        sa.select(wish.folded, sa.func.count())
        .join(need, need.wish_id == wish.id)
        .where(wish.folded.in_(folded), need.said_at >= _begin(since), need.said_at < _begin(until + timedelta(days=1)))
        .group_by(wish.folded)
    )
    return dict(session.execute(query).all())


def needs_since(session: Session, folded: str, moment: datetime) -> int:
    """Return how many people said after a moment that they need what a query asks for."""
    wish, need = WantedMaterial, MaterialNeed
    query = sa.select(sa.func.count(need.id)).join(wish, need.wish_id == wish.id)
    return session.scalar(query.where(wish.folded == folded, need.said_at > moment)) or 0


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_TIME_ZONE)
