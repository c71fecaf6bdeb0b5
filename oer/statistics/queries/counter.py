"""Data for COUNTER reports: figures of closed months by item and access method, searches, metadata of items."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import Contributor, Material, Version
from oer.core.clock import city_date, first_of_month
from oer.core.db import in_portions
from oer.core.i18n import in_language
from oer.usage.counter.counting import ALL_FORMATS, UsageCounts
from oer.usage.models import MonthlyUsage, SearchFigure
from oer.usage.queries.processing import versions
from oer.vocabularies import vocabularies

METRICS = {
    "Total_Item_Investigations": "tii",
    "Total_Item_Requests": "tir",
    "Unique_Item_Investigations": "uii",
    "Unique_Item_Requests": "uir",
}
UNKNOWN_YEAR = "0001"
MOST_AUTHORS = 3


@dataclass(frozen=True)
class ItemFacts:
    """What a report says about an item besides its figures."""

    title: str = ""
    publisher: str = ""
    authors: list[dict[str, str]] = field(default_factory=list)
    published: date | None = None
    year: str = UNKNOWN_YEAR
    data_type: str = "Unspecified"
    access_type: str = "Open"


@dataclass(frozen=True)
class ItemUsage:
    """One item by one access method: its figures by month."""

    item: str
    method: str
    months: dict[date, UsageCounts]


def available_months(session: Session) -> list[date]:
    """Return the months with reports, oldest first: the closed ones."""
    return sorted(versions(session))


def item_usage(session: Session, months: Collection[date]) -> list[ItemUsage]:
    """Return the valid figures of every item in closed months, by item and access method."""
    found: defaultdict[tuple[str, str], dict[date, UsageCounts]] = defaultdict(dict)
    for month, version in versions(session).items():
        if month in months:
            for row in session.execute(_rows(month, version)):
                found[row.item, row.method][month] = UsageCounts(tii=row.tii, tir=row.tir, uii=row.uii, uir=row.uir)
    return [ItemUsage(item, method, by_month) for (item, method), by_month in sorted(found.items())]


def _rows(month: date, version: int) -> Any:
    usage = MonthlyUsage
    columns = (usage.item, usage.method, usage.tii, usage.tir, usage.uii, usage.uir)
    return sa.select(*columns).where(
        usage.month == month, usage.version == version, usage.format == ALL_FORMATS, usage.tii > 0
    )


def searches_by_month(session: Session, months: Collection[date]) -> dict[date, int]:
    """Return the searches of each month with any (CoP 5.1, 7.6: Searches_Platform)."""
    if not months:
        return {}
    figure = SearchFigure
    query = sa.select(figure.day, sa.func.sum(figure.searches)).where(figure.day >= min(months)).group_by(figure.day)
    found: defaultdict[date, int] = defaultdict(int)
    for day, number in session.execute(query):
        if first_of_month(day) in months:
            found[first_of_month(day)] += int(number)
    return {month: number for month, number in found.items() if number}


def item_facts(session: Session, items: Collection[str]) -> dict[str, ItemFacts]:
    """Return the metadata of items; items that no longer exist in the catalogue are missing."""
    found: dict[str, ItemFacts] = {}
    for some in in_portions(list(dict.fromkeys(items))):
        found.update(_facts(session, some))
    return found


def _facts(session: Session, items: Sequence[str]) -> dict[str, ItemFacts]:
    query = (
        sa.select(Material.public_id, Material.first_published_at, Version.id, Version.record, Unit.name)
        .join(Version, Version.id == Material.current_version_id)
        .outerjoin(Unit, Unit.id == Material.unit_id)
        .where(Material.public_id.in_(items))
    )
    rows = session.execute(query).all()
    authors = _authors(session, [row.id for row in rows])
    return {row.public_id: _fact(row, authors.get(row.id, [])) for row in rows}


def _authors(session: Session, version_ids: list[int]) -> dict[int, list[dict[str, str]]]:
    query = sa.select(Contributor).where(Contributor.version_id.in_(version_ids), Contributor.position < MOST_AUTHORS)
    found: defaultdict[int, list[dict[str, str]]] = defaultdict(list)
    for each in session.scalars(query.order_by(Contributor.version_id, Contributor.position)):
        named = {"Name": each.name, **({"ORCID": each.orcid.rsplit("/", 1)[-1]} if each.orcid else {})}
        if named not in found[each.version_id]:
            found[each.version_id].append(named)
    return found


def _fact(row: Any, authors: list[dict[str, str]]) -> ItemFacts:
    record, words = row.record, vocabularies()
    published = _day(record.get("published_on")) or (row.first_published_at and city_date(row.first_published_at))
    types = [words.types.get(code) for code in record.get("types", [])]
    licence = words.licences.get(record.get("licence", ""))
    rights_reserved = licence is not None and "rightsstatements.org" in licence.code
    return ItemFacts(
        title=in_language(record.get("title"), "vi"),
        publisher=in_language(row.name, "vi"),
        authors=authors,
        published=published or None,
        year=f"{published.year:04}" if published else UNKNOWN_YEAR,
        data_type=next((term.facts["counter"] for term in types if term and "counter" in term.facts), "Unspecified"),
        access_type="Free_To_Read" if rights_reserved else "Open",
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return date(int(text[:4]), 1, 1) if text and text[:4].isdecimal() else None


@dataclass(frozen=True)
class Spike:
    """A month with an unusual number of requests, and the mean of the twelve months before."""

    month: date
    requests: int
    mean: float


def spikes(session: Session) -> list[Spike]:
    """Return the months to check before they are reported (CoP 5.1, 7.12).

    Those with more than three times the mean of the 12 months before plus 100, or under 1 % of a mean of at least 20.
    """
    usage, found = MonthlyUsage, []
    standing = versions(session)
    totals = {}
    for month, version in sorted(standing.items()):
        query = sa.select(sa.func.coalesce(sa.func.sum(usage.tir), 0))
        within = (usage.month == month, usage.version == version, usage.format == ALL_FORMATS)
        totals[month] = int(session.scalar(query.where(*within)) or 0)
    months = list(totals)
    for place, month in enumerate(months):
        before = [totals[each] for each in months[max(0, place - 12) : place]]
        if len(before) == 12:
            mean = sum(before) / 12
            if totals[month] > 3 * mean + 100 or (mean >= 20 and totals[month] < mean / 100):
                found.append(Spike(month, totals[month], mean))
    return found
