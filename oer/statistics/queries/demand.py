"""Demand: unsuccessful searches, what people say they need, and wanted materials."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import CITY_TIME_ZONE, city_date, first_of_month
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.statistics.models import MaterialNeed, WantedMaterial, WantedState
from oer.usage.models import QueryFigure, SearchFigure

VISITORS_TO_SHOW = 5
MOST_QUERIES = 200


@dataclass(frozen=True)
class Searched:
    """Searches, those without a result, and those abandoned: no result was opened within half an hour."""

    searches: int = 0
    without_result: int = 0
    abandoned: int = 0

    @property
    def in_vain(self) -> int:
        """Searches without a result or abandoned."""
        return self.without_result + self.abandoned


@dataclass(frozen=True)
class WantedQuery:
    """A query in its most common spelling, the number of days it was asked on, and its searches."""

    folded: str
    words: str
    days: int
    figures: Searched


_NAMES = ("searches", "without_result", "abandoned")


def _sums(table: type[SearchFigure] | type[QueryFigure]) -> list[Any]:
    return [sa.func.coalesce(sa.func.sum(getattr(table, name)), 0).label(name) for name in _NAMES]


def _searched(row: Any) -> Searched:
    return Searched(*(int(getattr(row, name)) for name in _NAMES))


def searches_by_time(session: Session, since: date, until: date, *, daily: bool) -> dict[date, Searched]:
    """Return the searches of each day, or of each month (by its first day), with any."""
    figure = SearchFigure
    query = sa.select(figure.day, *_sums(figure)).where(figure.day >= since, figure.day <= until).group_by(figure.day)
    found: dict[date, Searched] = {}
    for row in session.execute(query.order_by(figure.day)):
        key = row.day if daily else first_of_month(row.day)
        before, more = found.get(key, Searched()), _searched(row)
        found[key] = Searched(*(getattr(before, name) + getattr(more, name) for name in _NAMES))
    return found


def searches_by_language(session: Session, since: date, until: date) -> dict[str, Searched]:
    """Return the searches of a period by the language of the page."""
    figure = SearchFigure
    query = sa.select(figure.language, *_sums(figure)).where(figure.day >= since, figure.day <= until)
    rows = session.execute(query.group_by(figure.language).order_by(figure.language))
    return {row.language: _searched(row) for row in rows}


def queries_in_vain(session: Session, since: date, until: date, limit: int = MOST_QUERIES) -> list[WantedQuery]:
    """Return the unsuccessful queries of a period, the most frequent first.

    Only queries that five visitors made on one day: a rare one could reveal who asked.
    """
    figure = QueryFigure
    within = (figure.day >= since, figure.day <= until)
    shown = sa.select(figure.folded).where(*within, figure.visitors >= VISITORS_TO_SHOW)
    sums = _sums(figure)
    in_vain = sa.func.sum(figure.without_result + figure.abandoned)
    query = (
        sa.select(figure.folded, sa.func.count().label("days"), *sums)
        .where(*within, figure.folded.in_(shown))
        .group_by(figure.folded)
        .having(in_vain > 0)
        .order_by(in_vain.desc(), figure.folded)
        .limit(limit)
    )
    rows = session.execute(query).all()
    words = _spellings(session, since, until, [row.folded for row in rows])
    return [WantedQuery(row.folded, words[row.folded], row.days, _searched(row)) for row in rows]


def _spellings(session: Session, since: date, until: date, folded: list[str]) -> dict[str, str]:
    """Return for each query the spelling of its busiest day among those with enough visitors."""
    figure = QueryFigure
    query = (
        sa.select(figure.folded, figure.words)
        .where(figure.day >= since, figure.day <= until, figure.folded.in_(folded))
        .where(figure.visitors >= VISITORS_TO_SHOW)
        .order_by(figure.visitors, figure.day)
    )
    return {row.folded: row.words for row in session.execute(query)}


def query_between(session: Session, folded: str, since: date, until: date) -> Searched:
    """Return the searches for one query within a period."""
    figure = QueryFigure
    row = session.execute(
        sa.select(*_sums(figure)).where(figure.folded == folded, figure.day >= since, figure.day <= until)
    ).one()
    return _searched(row)


# Needs: how many people said that they need a material, and their remarks.

MOST_REMARKS = 5


@dataclass
class Needs:
    """The needs for one wanted material: how many, and the newest remarks."""

    number: int = 0
    remarks: list[str] = field(default_factory=list)


def needs_of(session: Session, wish_ids: Collection[int]) -> Mapping[int, Needs]:
    """Return the needs for these wanted materials, by id."""
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
    """Return how many people said within a period that they need what these queries ask for."""
    wish, need = WantedMaterial, MaterialNeed
    query = (
        sa.select(wish.folded, sa.func.count())
        .join(need, need.wish_id == wish.id)
        .where(wish.folded.in_(folded), need.said_at >= _begin(since), need.said_at < _begin(until + timedelta(days=1)))
        .group_by(wish.folded)
    )
    return dict(session.execute(query).all())


def needs_since(session: Session, folded: str, moment: datetime) -> int:
    """Return how many people said after `moment` that they need what a query asks for."""
    wish, need = WantedMaterial, MaterialNeed
    query = sa.select(sa.func.count(need.id)).join(wish, need.wish_id == wish.id)
    return session.scalar(query.where(wish.folded == folded, need.said_at > moment)) or 0


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_TIME_ZONE)


# Wanted materials, and how they were closed.

NO_SUCH_WISH = N_("There is no such request.")
COMPARED = timedelta(days=30)
MOST = 200


def wishes(session: Session, *states: WantedState) -> list[WantedMaterial]:
    """Return the wanted materials in these states: the most needed first, then the oldest."""
    needs = sa.select(sa.func.count()).where(MaterialNeed.wish_id == WantedMaterial.id).scalar_subquery()
    query = sa.select(WantedMaterial).where(WantedMaterial.state.in_(states))
    return list(session.scalars(query.order_by(needs.desc(), WantedMaterial.asked_at, WantedMaterial.id).limit(MOST)))


def find_wish(session: Session, number: int) -> WantedMaterial:
    """Return a wanted material. Raises NotFound."""
    found = session.get(WantedMaterial, number)
    if found is None:
        raise NotFound(NO_SUCH_WISH)
    return found


def standing_queries(session: Session) -> set[str]:
    """Return the folded queries for which a material is already wanted."""
    standing = WantedMaterial.state.in_([WantedState.OPEN, WantedState.TAKEN])
    return set(session.scalars(sa.select(WantedMaterial.folded).where(standing)))


@dataclass(frozen=True)
class Closure:
    """A wanted material that was closed: after how many days, and its query in the 30 days before and after.

    `needed`: how many people had said that they need it; `needed_since`: how many said so after it was closed.
    """

    wish: WantedMaterial
    days: int
    before: Searched
    after: Searched
    needed: int
    needed_since: int


def closures(session: Session) -> list[Closure]:
    """Return the wanted materials that were closed, the newest first."""
    closed = sa.select(WantedMaterial).where(WantedMaterial.state == WantedState.CLOSED)
    found = session.scalars(closed.order_by(WantedMaterial.closed_at.desc()).limit(MOST))
    return [_closure(session, wish) for wish in found]


def _closure(session: Session, wish: WantedMaterial) -> Closure:
    ended = wish.closed_at or wish.asked_at
    day = city_date(ended)
    return Closure(
        wish,
        (ended - wish.asked_at).days,
        query_between(session, wish.folded, day - COMPARED, day - timedelta(days=1)),
        query_between(session, wish.folded, day, day + COMPARED),
        needs_of(session, [wish.id])[wish.id].number,
        needs_since(session, wish.folded, ended),
    )


def median_days(ended: Sequence[Closure]) -> float | None:
    """Return the median number of days until a wanted material is closed; None if none was."""
    return float(median(each.days for each in ended)) if ended else None
