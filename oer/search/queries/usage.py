"""What usage says to searching: what is used most, which queries bear fruit."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import today
from oer.usage.models import DailyUsage, QueryFigure

# "Most used" is what was read, heard, watched or downloaded lately, so that what was new once does not lead for ever.
USED_WITHIN = timedelta(days=30)
MOST_USED = 1000
# A query is shown to others only where this many people made it within one day.
LEAST_VISITORS = 5
_QUERIES_WITHIN = timedelta(days=365)
_MOST_QUERIES = 2000


def most_used(session: Session) -> dict[str, int]:
    """Return public id -> requests of the last 30 days, of the most used materials."""
    requests = sa.func.sum(DailyUsage.tir).label("requests")
    query = (
        sa.select(DailyUsage.item, requests)
        .where(DailyUsage.day >= today() - USED_WITHIN, DailyUsage.format == "all")
        .group_by(DailyUsage.item)
        .order_by(requests.desc(), DailyUsage.item)
        .limit(MOST_USED)
    )
    return {item: int(count) for item, count in session.execute(query)}


@dataclass(frozen=True)
class FruitfulQuery:
    """A query that many made, and that found something: folded, and as most of them typed it."""

    folded: str
    words: str


def fruitful_queries(session: Session) -> list[FruitfulQuery]:
    """Return the queries of the last year that at least five visitors made within one day, the commonest first."""
    visitors = sa.func.max(QueryFigure.visitors).label("visitors")
    query = (
        sa.select(QueryFigure.folded, sa.func.max(QueryFigure.words))
        .where(
            QueryFigure.day >= today() - _QUERIES_WITHIN,
            QueryFigure.visitors >= LEAST_VISITORS,
            QueryFigure.without_result < QueryFigure.searches,
        )
        .group_by(QueryFigure.folded)
        .order_by(visitors.desc(), QueryFigure.folded)
        .limit(_MOST_QUERIES)
    )
    return [FruitfulQuery(folded, words) for folded, words in session.execute(query)]
