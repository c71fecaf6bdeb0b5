"""What a question about figures is limited to: a stretch of days, and materials of some kind."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from oer.accounts.models import Unit
from oer.catalogue.models import Collection, CollectionItem, Material, VersionTerm
from oer.core.months import first_of_month, last_of_month, months_back
from oer.usage.counter import ALL_FORMATS
from oer.usage.queries.totals import Scope

TERM_FILTERS = ("subject", "level", "audience", "licence", "language")
FILTERS = ("collection", "unit", *TERM_FILTERS, "format")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Days from and to, both included; every other field is a code, empty for all; `owner` is an account's number."""

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
        """The same over the period before: as many whole months where these are whole months, else as many days."""
        until = self.since - timedelta(days=1)
        if self.since == first_of_month(self.since) and self.until == last_of_month(self.until):
            months = (self.until.year - self.since.year) * 12 + self.until.month - self.since.month + 1
            return replace(self, since=months_back(self.since, months), until=until)
        return replace(self, since=self.since - (self.until - until), until=until)

    @property
    def scope(self) -> Scope:
        """What is asked of the totals."""
        return Scope(self.since, self.until, materials_matching(self), self.format or ALL_FORMATS)


def materials_matching(filters: Filters) -> sa.Select[Any] | None:
    """Return a query for the public ids of the materials that the filters leave, or None where they leave all.

    A material counts by what its current version says, for the whole of the period; withdrawn ones keep their figures.
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
