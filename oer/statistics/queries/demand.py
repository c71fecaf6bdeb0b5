"""What people look for and do not find. A query is shown once five different visitors made it within one day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.months import first_of_month
from oer.usage.models import QueryFigure, SearchFigure

VISITORS_TO_SHOW = 5
MOST_QUERIES = 200


@dataclass(frozen=True)
class Searched:
    """How often was searched, without a result, and without that anything was opened within half an hour."""

    searches: int = 0
    without_result: int = 0
    abandoned: int = 0

    @property
    def in_vain(self) -> int:
        """Searches that led nowhere, for one reason or the other."""
        return self.without_result + self.abandoned


@dataclass(frozen=True)
class WantedQuery:
    """A query in the spelling that most used, the days that it was asked on, and what came of it."""

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
    """Return the searches of each day, or of each month (by its first day), that has any."""
    figure = SearchFigure
    query = sa.select(figure.day, *_sums(figure)).where(figure.day >= since, figure.day <= until).group_by(figure.day)
    found: dict[date, Searched] = {}
    for row in session.execute(query.order_by(figure.day)):
        key = row.day if daily else first_of_month(row.day)
        before, more = found.get(key, Searched()), _searched(row)
        found[key] = Searched(*(getattr(before, name) + getattr(more, name) for name in _NAMES))
    return found


def searches_by_language(session: Session, since: date, until: date) -> dict[str, Searched]:
    """Return the searches of a stretch of time by the language of the pages they were made on."""
    figure = SearchFigure
    query = sa.select(figure.language, *_sums(figure)).where(figure.day >= since, figure.day <= until)
    rows = session.execute(query.group_by(figure.language).order_by(figure.language))
    return {row.language: _searched(row) for row in rows}


def queries_in_vain(session: Session, since: date, until: date, limit: int = MOST_QUERIES) -> list[WantedQuery]:
    """Return the queries of a stretch of time that led nowhere, those asked most often first.

    Only queries that five visitors made within one day of the stretch: a rare one could tell who asked.
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
    """Return for each query the spelling of its busiest day: one of those on which enough people made it."""
    figure = QueryFigure
    query = (
        sa.select(figure.folded, figure.words)
        .where(figure.day >= since, figure.day <= until, figure.folded.in_(folded))
        .where(figure.visitors >= VISITORS_TO_SHOW)
        .order_by(figure.visitors, figure.day)
    )
    return {row.folded: row.words for row in session.execute(query)}


def query_between(session: Session, folded: str, since: date, until: date) -> Searched:
    """Return what became of one query within a stretch of time."""
    figure = QueryFigure
    row = session.execute(
        sa.select(*_sums(figure)).where(figure.folded == folded, figure.day >= since, figure.day <= until)
    ).one()
    return _searched(row)
