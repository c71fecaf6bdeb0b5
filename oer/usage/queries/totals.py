"""Figures over any range of days, from totals alone: closed months by their frozen figures, other days by their own.

Packs answer in milliseconds what would otherwise be a scan of every row; where there is no pack, the rows are read.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from oer.core.clock import first_of_month, last_of_month, next_month
from oer.core.db import plain_rows
from oer.usage.counter.counting import ALL_FORMATS, UsageCounts
from oer.usage.counter.event_kinds import REGULAR, TDM
from oer.usage.models import DailyUsage, MonthlyUsage, ReadTogether, UsageItem, UsagePack
from oer.usage.queries.processing import versions

Matrix = NDArray[Any]
ITEM, METHOD, FORMAT, FIRST_MEASURE = range(4)
_TYPE = np.dtype("<i4")
_FAST = 1


def pack(rows: Iterable[Sequence[int]], width: int) -> bytes:
    """Return rows of `width` whole numbers below 2^31 as bytes."""
    matrix = np.array(list(rows), dtype=_TYPE).reshape(-1, width)
    return zlib.compress(matrix.tobytes(), _FAST)


def unpack(data: bytes, width: int) -> Matrix:
    """Return what `pack` was given, as a matrix."""
    return np.frombuffer(zlib.decompress(data), dtype=_TYPE).reshape(-1, width)


# The scope of a question, the days and closed months that it consists of, and the tables that hold them.


@dataclass(frozen=True)
class Scope:
    """Which rows to add up: first and last day (inclusive), items (a query for keys; None for all), one format."""

    since: date
    until: date
    items: sa.Select[Any] | None = None
    format: str = ALL_FORMATS
    method: str = REGULAR

    @property
    def days(self) -> int:
        """How many days it spans."""
        return (self.until - self.since).days + 1


def months_within(since: date, until: date) -> Iterator[tuple[date, date, date]]:
    """Yield the months of a range: the month's first day, and its first and last day within the range."""
    month = first_of_month(since)
    while month <= until:
        following = next_month(month)
        yield month, max(since, month), min(until, following - timedelta(days=1))
        month = following


@dataclass(frozen=True)
class Span:
    """A day (version 0) or a version of a closed month, by its first day."""

    begins: date
    version: int


def days_between(first: date, last: date) -> list[Span]:
    """Return every day from `first` to `last`, inclusive."""
    return [Span(first + timedelta(days=n), 0) for n in range((last - first).days + 1)]


def time_of(table: Any) -> Any:
    """Return the time column of a table of totals."""
    return table.month if table is MonthlyUsage else table.day


def tables_of(stretches: list[Span]) -> Iterator[tuple[Any, Any]]:
    """Yield the tables that hold the rows of these spans, each with the condition that selects them."""
    days = sorted(each.begins for each in stretches if each.version == 0)
    while days:  # consecutive days are one range
        last = next((n for n in range(1, len(days)) if days[n] - days[n - 1] > timedelta(days=1)), len(days)) - 1
        yield DailyUsage, sa.and_(DailyUsage.day >= days[0], DailyUsage.day <= days[last])
        days = days[last + 1 :]
    for each in stretches:
        if each.version:
            yield MonthlyUsage, sa.and_(MonthlyUsage.month == each.begins, MonthlyUsage.version == each.version)


COUNTS = tuple(field.name for field in fields(UsageCounts))
_WIDTH = FIRST_MEASURE + len(COUNTS)
_METHODS = (REGULAR, TDM)


@dataclass(frozen=True)
class _Packed:
    """The rows of one span that are within the scope."""

    begins: date
    formats: list[str]
    rows: Matrix


class Usage:
    """The totals of one scope; what several of its methods need is read once."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def by_time(self, *, daily: bool) -> dict[date, UsageCounts]:
        """Return the figures of each day, or of each month (by its first day), that has any."""
        packs, missing = self._days if daily else self._whole
        found: dict[date, UsageCounts] = {}
        for packed in packs:
            rows = self._of_format(packed)
            if len(rows):
                _add(found, packed.begins if daily else first_of_month(packed.begins), rows[:, FIRST_MEASURE:])
        for table, query in self._row_queries(missing):
            key = time_of(table)
            for row in self._session.execute(query.add_columns(key.label("time")).group_by(key)):
                time = row.time if daily else first_of_month(row.time)
                found.setdefault(time, UsageCounts()).add(_measures(row))
        return dict(sorted(found.items()))

    def by_item(self, order: str = "tir", limit: int = 20) -> list[tuple[str, UsageCounts]]:
        """Return the items with the highest value of the count `order`, highest first, each with all its counts."""
        packs, missing = self._whole
        rows = [self._of_format(packed) for packed in packs]
        matrix = np.concatenate(rows) if rows else np.empty((0, _WIDTH), dtype=np.int32)
        sums = _sums_by_item(matrix)
        more = self._items_of_rows(missing)
        if more:
            return _highest(self._named(sums, np.flatnonzero(sums.any(axis=1))), more, order, limit)
        # More than `limit`, so that items with equal counts can be ordered by their keys.
        column = sums[:, COUNTS.index(order)]
        highest = np.argsort(-column, kind="stable")[: limit + 200]
        named = self._named(sums, [number for number in highest if sums[number].any()])
        return _highest(named, {}, order, limit)

    def by_format(self) -> dict[str, UsageCounts]:
        """Return the figures by format: codes of the vocabulary, `NO_FORMAT` and `ALL_FILES`."""
        packs, missing = self._load(self._stretches, UsagePack.by_format)
        found: dict[str, UsageCounts] = {}
        for packed in packs:
            for number, name in enumerate(packed.formats):
                rows = packed.rows[packed.rows[:, FORMAT] == number]
                if len(rows):
                    found.setdefault(name, UsageCounts()).add(_summed(rows[:, FIRST_MEASURE:]))
        for table, query in self._row_queries(missing, by_format=True):
            for row in self._session.execute(query.add_columns(table.format).group_by(table.format)):
                found.setdefault(row.format, UsageCounts()).add(_measures(row))
        return found

    @cached_property
    def _whole(self) -> tuple[list[_Packed], list[Span]]:
        return self._load(self._stretches, self._column)

    @cached_property
    def _days(self) -> tuple[list[_Packed], list[Span]]:
        return self._load(list(days_between(self._scope.since, self._scope.until)), self._column)

    @property
    def _column(self) -> Any:
        return UsagePack.together if self._scope.format == ALL_FORMATS else UsagePack.by_format

    @cached_property
    def _stretches(self) -> list[Span]:
        closed = versions(self._session)
        found: list[Span] = []
        for month, first, last in months_within(self._scope.since, self._scope.until):
            whole = first == month and last == last_of_month(month)
            found += [Span(month, closed[month])] if whole and month in closed else days_between(first, last)
        return found

    @cached_property
    def _is_asked_for(self) -> Any:
        """A mask over the numbers of items: which are in the scope; None for all."""
        if self._scope.items is None:
            return None
        numbers = self._session.scalars(sa.select(UsageItem.id).where(UsageItem.key.in_(self._scope.items)))
        mask = np.zeros((self._session.scalar(sa.select(sa.func.max(UsageItem.id))) or 0) + 1, dtype=bool)
        mask[list(numbers)] = True
        return mask

    def _load(self, stretches: list[Span], column: Any) -> tuple[list[_Packed], list[Span]]:
        """Return the packs of these spans, and the spans without a pack."""
        pack, wanted = UsagePack, {(each.begins, each.version) for each in stretches}
        if not wanted:
            return [], []
        query = sa.select(pack.begins, pack.version, pack.formats, column).where(
            pack.begins.in_({begins for begins, _ in wanted})
        )
        found = []
        for begins, version, formats, data in self._session.execute(query):
            if (begins, version) in wanted:
                wanted.remove((begins, version))
                found.append(_Packed(begins, formats, self._asked_rows(unpack(data, _WIDTH))))
        return sorted(found, key=lambda each: each.begins), [
            each for each in stretches if (each.begins, each.version) in wanted
        ]

    def _asked_rows(self, rows: Matrix) -> Matrix:
        asked = rows[:, METHOD] == _METHODS.index(self._scope.method)
        if self._is_asked_for is not None:
            asked &= self._is_asked_for[rows[:, ITEM]]
        return rows if asked.all() else rows[asked]

    def _of_format(self, packed: _Packed) -> Matrix:
        if self._scope.format == ALL_FORMATS:
            return packed.rows
        if self._scope.format not in packed.formats:
            return packed.rows[:0]
        wanted: Matrix = packed.rows[packed.rows[:, FORMAT] == packed.formats.index(self._scope.format)]
        return wanted

    def _named(self, sums: Matrix, numbers: Iterable[int]) -> dict[str, UsageCounts]:
        wanted = [int(number) for number in numbers]
        rows = self._session.execute(sa.select(UsageItem.id, UsageItem.key).where(UsageItem.id.in_(wanted)))
        return {key: UsageCounts(*(int(value) for value in sums[number])) for number, key in rows}

    def _items_of_rows(self, missing: list[Span]) -> dict[str, UsageCounts]:
        found: dict[str, UsageCounts] = {}
        for table, query in self._row_queries(missing):
            for row in self._session.execute(query.add_columns(table.item).group_by(table.item)):
                found.setdefault(row.item, UsageCounts()).add(_measures(row))
        return found

    def _row_queries(self, missing: list[Span], *, by_format: bool = False) -> Iterator[tuple[Any, Any]]:
        """Yield, for spans without packs, the tables that hold their rows, each with the query for the sums."""
        for table, condition in tables_of(missing):
            query = sa.select(*(sa.func.sum(getattr(table, name)).label(name) for name in COUNTS))
            format_ = table.format != ALL_FORMATS if by_format else table.format == self._scope.format
            query = query.where(condition, format_, table.method == self._scope.method)
            yield table, query if self._scope.items is None else query.where(table.item.in_(self._scope.items))


def _add(found: dict[date, UsageCounts], time: date, rows: Matrix) -> None:
    found.setdefault(time, UsageCounts()).add(_summed(rows))


def _summed(rows: Matrix) -> UsageCounts:
    return UsageCounts(*(int(value) for value in rows.sum(axis=0, dtype=np.int64)))


def _sums_by_item(rows: Matrix) -> Matrix:
    size = int(rows[:, ITEM].max()) + 1 if len(rows) else 0
    columns = [np.bincount(rows[:, ITEM], rows[:, FIRST_MEASURE + n], size) for n in range(len(COUNTS))]
    return np.stack(columns, axis=1).astype(np.int64) if size else np.zeros((0, len(COUNTS)), dtype=np.int64)


def _highest(
    one: dict[str, UsageCounts], other: dict[str, UsageCounts], order: str, limit: int
) -> list[tuple[str, UsageCounts]]:
    for key, figures in other.items():
        one.setdefault(key, UsageCounts()).add(figures)
    return sorted(one.items(), key=lambda each: (-getattr(each[1], order), each[0]))[:limit]


def _measures(row: Any) -> UsageCounts:
    return UsageCounts(**{name: int(getattr(row, name) or 0) for name in COUNTS})


def by_time(session: Session, scope: Scope, *, daily: bool) -> dict[date, UsageCounts]:
    """Return the figures of each day, or of each month (by its first day), that has any."""
    return Usage(session, scope).by_time(daily=daily)


def by_item(session: Session, scope: Scope, order: str = "tir", limit: int = 20) -> list[tuple[str, UsageCounts]]:
    """Return the items with the highest value of the count `order`, highest first, each with all its counts."""
    return Usage(session, scope).by_item(order, limit)


def by_format(session: Session, scope: Scope) -> dict[str, UsageCounts]:
    """Return the figures by format: codes of the vocabulary, `NO_FORMAT` and `ALL_FILES`."""
    return Usage(session, scope).by_format()


def total_of(figures: dict[date, UsageCounts]) -> UsageCounts:
    """Return the sum over several days or months. Uniques add up too: no session crosses midnight."""
    total = UsageCounts()
    for each in figures.values():
        total.add(each)
    return total


# What readers of one item also read.

WITHIN = timedelta(days=90)
# Built once: it runs for every material's page.
_READ_WITH = (
    sa.select(ReadTogether.other)
    .where(ReadTogether.item == sa.bindparam("item"), ReadTogether.day > sa.bindparam("after"))
    .group_by(ReadTogether.other)
    .order_by(sa.func.sum(ReadTogether.visitors).desc(), ReadTogether.other)
    .limit(sa.bindparam("size", type_=sa.Integer))
)


def read_with(session: Session, item: str, today: date, size: int) -> list[str]:
    """Return the items that at least five visitors of one day also read, the most common first."""
    values = {"item": item, "after": today - WITHIN, "size": size}
    return [other for (other,) in plain_rows(session, _READ_WITH, values)]
