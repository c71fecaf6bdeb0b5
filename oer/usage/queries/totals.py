"""Figures over any range of days, from totals alone: closed months by their frozen rows, other days by their own."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.usage.counter import ALL_FORMATS, REGULAR, Measures
from oer.usage.models import DailyUsage, MonthlyUsage, MonthVersion
from oer.usage.queries.days import first_of_month, next_month
from oer.usage.queries.months import versions

MEASURES = tuple(field.name for field in fields(Measures))


@dataclass(frozen=True)
class Scope:
    """Which rows a figure adds up: days from and to (both included), items by a query for their keys, one format."""

    since: date
    until: date
    items: sa.Select[Any] | None = None
    format: str = ALL_FORMATS
    method: str = REGULAR

    @property
    def days(self) -> int:
        """How many days it spans."""
        return (self.until - self.since).days + 1


@dataclass(frozen=True)
class _Part:
    """A stretch of a scope that one table answers for: `key` is its column of time."""

    table: type[MonthlyUsage] | type[DailyUsage]
    since: date
    until: date

    @property
    def key(self) -> Any:
        return self.table.month if issubclass(self.table, MonthlyUsage) else self.table.day


def months_within(since: date, until: date) -> Iterator[tuple[date, date, date]]:
    """Give the months that a range touches: the month's first day, and the first and last day within the range."""
    month = first_of_month(since)
    while month <= until:
        following = next_month(month)
        yield month, max(since, month), min(until, following - timedelta(days=1))
        month = following


def _parts(session: Session, scope: Scope) -> list[_Part]:
    closed = versions(session)
    parts: list[_Part] = []
    for month, first, last in months_within(scope.since, scope.until):
        whole = first == month and last == next_month(month) - timedelta(days=1)
        table: type[MonthlyUsage] | type[DailyUsage] = MonthlyUsage if whole and month in closed else DailyUsage
        if parts and parts[-1].table is table:
            parts[-1] = _Part(table, parts[-1].since, last)
        else:
            parts.append(_Part(table, first, last))
    return parts


def _select(part: _Part, scope: Scope, *columns: Any) -> Any:
    table = part.table
    query = sa.select(*columns).where(part.key >= part.since, part.key <= part.until, table.method == scope.method)
    if issubclass(table, MonthlyUsage):
        newest = sa.select(MonthVersion.month, sa.func.max(MonthVersion.version).label("version"))
        standing = newest.group_by(MonthVersion.month).subquery()
        query = query.join_from(
            standing, table, sa.and_(table.month == standing.c.month, table.version == standing.c.version)
        )
    if scope.items is not None:
        query = query.where(table.item.in_(scope.items))
    return query


def _sums(table: Any, names: tuple[str, ...] = MEASURES) -> list[Any]:
    return [sa.func.sum(getattr(table, name)).label(name) for name in names]


def _measures(row: Any) -> Measures:
    return Measures(**{name: int(getattr(row, name) or 0) for name in MEASURES})


def by_time(session: Session, scope: Scope, *, daily: bool) -> dict[date, Measures]:
    """Return the figures of each day, or of each month (by its first day), that has any."""
    parts = [_Part(DailyUsage, scope.since, scope.until)] if daily else _parts(session, scope)
    found: dict[date, Measures] = {}
    for part in parts:
        query = _select(part, scope, part.key.label("time"), *_sums(part.table)).where(
            part.table.format == scope.format
        )
        for row in session.execute(query.group_by(part.key)):
            key = row.time if daily else first_of_month(row.time)
            found.setdefault(key, Measures()).add(_measures(row))
    return dict(sorted(found.items()))


def total_of(figures: dict[date, Measures]) -> Measures:
    """Return the sum of the figures of several days or months: uniques add too, for a session never crosses a day."""
    total = Measures()
    for each in figures.values():
        total.add(each)
    return total


def by_format(session: Session, scope: Scope) -> dict[str, Measures]:
    """Return the figures by format: `none` is the page about the material, `zip` everything in one."""
    found: dict[str, Measures] = {}
    for part in _parts(session, scope):
        table = part.table
        query = _select(part, scope, table.format, *_sums(table)).where(table.format != ALL_FORMATS)
        for row in session.execute(query.group_by(table.format)):
            found.setdefault(row.format, Measures()).add(_measures(row))
    return found


def by_item(session: Session, scope: Scope, order: str = "tir", limit: int = 20) -> list[tuple[str, Measures]]:
    """Return the items with the highest figure of one measure, the highest first, each with all its figures."""
    parts = [
        _select(part, scope, part.table.item, *_sums(part.table))
        .where(part.table.format == scope.format)
        .group_by(part.table.item)
        for part in _parts(session, scope)
    ]
    each = sa.union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    query = sa.select(each.c.item, *_sums(each.c)).group_by(each.c.item) if len(parts) > 1 else sa.select(each)
    highest = query.order_by(sa.desc(order), each.c.item).limit(limit)
    return [(row.item, _measures(row)) for row in session.execute(highest)]
