"""The entries of the sitemap: the paths of everything public."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Collection, Material
from oer.catalogue.queries.browsing import IS_PUBLIC
from oer.vocabularies import vocabularies

MOST_ADDRESSES = 20_000
"""Paths per file: in two languages fewer than the 50,000 addresses that sitemaps.org allows."""

_FIXED = ("/", "/subjects", "/collections", "/help", "/help/educators", "/privacy")


@dataclass(frozen=True)
class SitemapEntry:
    """A path of the site, the same in each language, and when its content was last published."""

    path: str
    changed: datetime | None = None


def sitemap_file_count(session: Session) -> int:
    """Return how many files the sitemap has: one for pages, then those for materials."""
    count = session.scalar(sa.select(sa.func.count()).select_from(Material).where(*IS_PUBLIC)) or 0
    return 1 + -(-count // MOST_ADDRESSES)


def sitemap_entries(session: Session, number: int) -> list[SitemapEntry]:
    """Return the entries of a file of the sitemap, numbered from 1; none for a number out of range."""
    if number == 1:
        return [*map(SitemapEntry, _FIXED), *_term_entries(), *_collection_entries(session)]
    query = (
        sa.select(Material.public_id, Material.published_at)
        .where(*IS_PUBLIC)
        .order_by(Material.id)
        .offset((number - 2) * MOST_ADDRESSES)
        .limit(MOST_ADDRESSES)
    )
    return [SitemapEntry(f"/materials/{public_id}", published) for public_id, published in session.execute(query)]


def _term_entries() -> Iterator[SitemapEntry]:
    terms = vocabularies()
    for folder, scheme in (("subjects", terms.subjects), ("audiences", terms.audiences), ("levels", terms.levels)):
        yield from (SitemapEntry(f"/{folder}/{term.code}") for term in scheme)


def _collection_entries(session: Session) -> Iterator[SitemapEntry]:
    query = sa.select(Collection.public_id, Collection.published_at).where(Collection.published_at.is_not(None))
    for public_id, published in session.execute(query.order_by(Collection.id)):
        yield SitemapEntry(f"/collections/{public_id}", published)
