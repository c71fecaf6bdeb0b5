"""Usage figures for pages and exports: the filters, and everything that is shown for them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import Collection, CollectionItem, Material, VersionTerm
from oer.catalogue.queries.browsing import titles_of
from oer.core.clock import first_of_month, last_of_month, months_back, next_month, today
from oer.core.db import in_portions, plain_rows
from oer.core.i18n import in_language
from oer.usage.counter.counting import ALL_FORMATS, UsageCounts
from oer.usage.counter.event_kinds import REGULAR
from oer.usage.models import DailyUsage, UsageDay
from oer.usage.queries.processing import SpoolReport, final_from, late_days, spool_report, versions
from oer.usage.queries.totals import Scope, Usage, total_of
from oer.vietnamese.keys import collation_key

TERM_FILTERS = ("subject", "level", "audience", "licence", "language")
FILTERS = ("collection", "unit", *TERM_FILTERS, "format")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """First and last day (inclusive); every other field is a code, empty for all; `owner` is an account's id."""

    since: date
    until: date
    collection: str = ""
    unit: str = ""
    subject: str = ""
    level: str = ""
    audience: str = ""
    licence: str = ""
    language: str = ""
    format: str = ""
    owner: int | None = None

    @property
    def chosen(self) -> dict[str, str]:
        """The filters that are set, by name."""
        return {name: getattr(self, name) for name in FILTERS if getattr(self, name)}

    @property
    def before(self) -> "Filters":
        """The same for the preceding period: as many whole months if these are whole months, else as many days."""
        until = self.since - timedelta(days=1)
        if self.since == first_of_month(self.since) and self.until == last_of_month(self.until):
            months = (self.until.year - self.since.year) * 12 + self.until.month - self.since.month + 1
            return replace(self, since=months_back(self.since, months), until=until)
        return replace(self, since=self.since - (self.until - until), until=until)

    @property
    def scope(self) -> Scope:
        """The scope in which the totals are read."""
        return Scope(self.since, self.until, materials_matching(self), self.format or ALL_FORMATS)


def materials_matching(filters: Filters) -> sa.Select[Any] | None:
    """Return a query for the public ids of the matching materials; None for all.

    The current version's metadata apply to the whole period. Withdrawn materials keep their figures.
    """
    query = sa.select(Material.public_id)
    conditions = [_has_term(name, getattr(filters, name)) for name in TERM_FILTERS if getattr(filters, name)]
    if filters.unit:
        conditions.append(Material.unit_id.in_(sa.select(Unit.id).where(Unit.code == filters.unit)))
    if filters.collection:
        conditions.append(Material.id.in_(_in_collection(filters.collection)))
    if filters.owner is not None:
        conditions.append(Material.owner_id == filters.owner)
    return query.where(*conditions) if conditions else None


def _has_term(scheme: str, code: str) -> sa.ColumnElement[bool]:
    marked = sa.select(VersionTerm.version_id).where(VersionTerm.scheme == scheme, VersionTerm.code == code)
    return Material.current_version_id.in_(marked)


def _in_collection(public_id: str) -> sa.Select[Any]:
    item = sa.select(CollectionItem.material_id).join(Collection, Collection.id == CollectionItem.collection_id)
    return item.where(Collection.public_id == public_id)


# Choices of the filters for units and courses.

MOST = 500


def units_with_materials(session: Session, language: str) -> list[tuple[str, str]]:
    """Return code and name of the units with a published material, in alphabetical order."""
    used = sa.select(Material.unit_id).where(Material.current_version_id.is_not(None)).distinct()
    rows = session.execute(sa.select(Unit.code, Unit.name).where(Unit.id.in_(used)).limit(MOST))
    return _by_name([(code, in_language(name, language)) for code, name in rows])


def courses(session: Session, language: str) -> list[tuple[str, str]]:
    """Return public id and title of the published collections, in alphabetical order."""
    query = sa.select(Collection.public_id, Collection.title).where(Collection.published_at.is_not(None)).limit(MOST)
    return _by_name([(public_id, in_language(title, language)) for public_id, title in session.execute(query)])


def _by_name(choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(choices, key=lambda each: collation_key(each[1]))


# What a page of usage figures shows.

DAYS_SHOWN_SINGLY = 92
OPEN_DAYS = 45
TOP = 20


@dataclass(frozen=True)
class Point:
    """The figures of one day, or of one month (by its first day); provisional until it is over and counted."""

    time: date
    figures: UsageCounts
    provisional: bool = False


@dataclass(frozen=True)
class TopMaterial:
    """A material with its figures; its title by language, empty if the catalogue no longer has it."""

    public_id: str
    title: dict[str, str]
    figures: UsageCounts


@dataclass(frozen=True)
class LeftOut:
    """What became of the events of a period, over all materials: `events` is the sum of the others."""

    events: int = 0
    robots: int = 0
    double_clicks: int = 0
    searches: int = 0
    investigations: int = 0

    @property
    def ratio(self) -> float | None:
        """How many log entries there are for each event that counts."""
        return (self.events - self.searches) / self.investigations if self.investigations else None


class UsageQuestion:
    """A question about usage: what several of its answers need is read once."""

    def __init__(self, session: Session, filters: Filters) -> None:
        self.session = session
        self.filters = filters

    @cached_property
    def usage(self) -> Usage:
        """The totals within the filters."""
        return Usage(self.session, self.filters.scope)

    @cached_property
    def before(self) -> Usage:
        """The totals of the preceding period."""
        return Usage(self.session, self.filters.before.scope)


def is_daily(filters: Filters) -> bool:
    """Tell whether a period is shown by day; longer ones are shown by month."""
    return (filters.until - filters.since).days < DAYS_SHOWN_SINGLY


def first_counted_day(session: Session) -> date:
    """Return the first day with figures; today if there is none yet."""
    return session.scalar(sa.select(sa.func.min(DailyUsage.day))) or today()


def totals(usage: Usage) -> UsageCounts:
    """Return the figures of the whole period."""
    return total_of(usage.by_time(daily=False))


def series(asked: UsageQuestion, *, daily: bool) -> list[Point]:
    """Return the figures of every day or month of the period, including those without any."""
    filters, found = asked.filters, asked.usage.by_time(daily=daily)
    final = final_before(asked.session)
    return [
        Point(time, found.get(time, UsageCounts()), _last_day(time, filters.until, daily=daily) >= final)
        for time in times_of(filters, daily=daily)
    ]


def times_of(filters: Filters, *, daily: bool) -> list[date]:
    """Return the days of a period, or the first days of its months."""
    if daily:
        return [filters.since + timedelta(days=n) for n in range((filters.until - filters.since).days + 1)]
    times, month = [], first_of_month(filters.since)
    while month <= filters.until:
        times.append(month)
        month = next_month(month)
    return times


def _last_day(time: date, until: date, *, daily: bool) -> date:
    return time if daily else min(until, last_of_month(time))


def final_before(session: Session) -> date:
    """Return the first day whose figures may still change: today, or an earlier day that is not completely counted."""
    day, closed = UsageDay, versions(session)
    rows = session.execute(
        sa.select(day.day, day.counted_at, day.touched, day.counted).order_by(day.day.desc()).limit(OPEN_DAYS)
    )
    moving = [
        each
        for each, at, touched, counted in rows
        if first_of_month(each) not in closed and (at is None or at < final_from(each) or touched != counted)
    ]
    return min([today(), *moving])


def top_materials(asked: UsageQuestion, measure: str, limit: int = TOP) -> list[TopMaterial]:
    """Return the materials with the highest values of a measure, highest first."""
    highest = asked.usage.by_item(measure, limit)
    found = [(item, figures) for item, figures in highest if getattr(figures, measure)]
    titles = titles_of(asked.session, [item for item, _ in found])
    return [TopMaterial(item, titles.get(item, {}), figures) for item, figures in found]


def formats(asked: UsageQuestion) -> dict[str, UsageCounts]:
    """Return the figures by format, the most used first, without views of the material's page, which has no format."""
    found = asked.usage.by_format()
    return dict(sorted(((name, it) for name, it in found.items() if it.tir), key=lambda each: -each[1].tir))


def left_out(session: Session, since: date, until: date) -> LeftOut:
    """Return what became of all events of a period."""
    day = UsageDay
    names = ("events", "robots", "double_clicks", "searches", "investigations")
    sums = [sa.func.coalesce(sa.func.sum(getattr(day, name)), 0) for name in names]
    row = session.execute(sa.select(*sums).where(day.day >= since, day.day <= until)).one()
    return LeftOut(*(int(value) for value in row))


@dataclass(frozen=True)
class Trouble:
    """Problems of the counting itself that administrators should know."""

    spool: SpoolReport
    late_days: list[date]


def spool_trouble(session: Session) -> Trouble:
    """Return what was lost, set aside, or came too late for a closed month."""
    return Trouble(spool_report(session), late_days(session))


# Single materials: their figures, and the subjects and levels that usage counts sessions by.

DIMENSIONS = ("subject", "level")
SHOWN = ("views", "reads", "plays", "downloads")


def subjects_and_levels(session: Session, items: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """Return the subjects (with broader ones) and levels of materials, by public id."""
    found: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for some in in_portions(list(items)):
        query = (
            sa.select(Material.public_id, VersionTerm.scheme, VersionTerm.code)
            .join(VersionTerm, VersionTerm.version_id == Material.current_version_id)
            .where(VersionTerm.scheme.in_(DIMENSIONS), Material.public_id.in_(some))
        )
        for public_id, scheme, code in session.execute(query):
            found[public_id].setdefault(scheme, []).append(code)
    return dict(found)


@dataclass(frozen=True)
class MaterialFigures:
    """A material's public figures, and the first day that they count."""

    views: int
    reads: int
    plays: int
    downloads: int
    since: date | None

    @property
    def uses(self) -> int:
        """How often its files were read, played or downloaded."""
        return self.reads + self.plays + self.downloads


_DAY = DailyUsage
# Built once: it runs for every material's page.
_FIGURES = sa.select(
    *[sa.func.coalesce(sa.func.sum(getattr(_DAY, name)), 0) for name in SHOWN], sa.func.min(_DAY.day)
).where(_DAY.item == sa.bindparam("item"), _DAY.format == ALL_FORMATS, _DAY.method == REGULAR)


def material_figures(session: Session, public_id: str) -> MaterialFigures:
    """Return the figures of one material as of the last count."""
    (row,) = plain_rows(session, _FIGURES, {"item": public_id})
    return MaterialFigures(int(row[0]), int(row[1]), int(row[2]), int(row[3]), row[4])
