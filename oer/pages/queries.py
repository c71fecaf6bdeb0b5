"""What the public pages show: lists of cards, courses with their length, counts per term."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import CatalogueState, Collection, CollectionItem, Material, VersionTerm
from oer.catalogue.queries.browsing import IS_PUBLIC, Card, cards_of, count_public
from oer.catalogue.queries.collections import Chapter, chapters_of, item_counts
from oer.core.db import Page
from oer.core.durations import learning_minutes

# Built once, because building this statement takes longer than executing it, and the home page needs it.
_COUNTS = (
    sa.select(VersionTerm.scheme, VersionTerm.code, sa.func.count())
    .join(Material, Material.current_version_id == VersionTerm.version_id)
    .where(VersionTerm.scheme.in_(sa.bindparam("schemes", expanding=True)), Material.withdrawn_at.is_(None))
    .group_by(VersionTerm.scheme, VersionTerm.code)
)


@dataclass(frozen=True)
class CollectionCard:
    """A collection as lists show it, with the number of its public materials."""

    collection: Collection
    materials: int


@dataclass(frozen=True)
class Course:
    """A published collection: its chapters, the cards of its materials by material id, and its length.

    `minutes` is the sum over the materials that state their length; `all_timed` tells whether all of them do.
    """

    collection: Collection
    unit: Unit | None
    chapters: list[Chapter]
    cards: dict[int, Card]
    minutes: float
    all_timed: bool

    @property
    def first(self) -> Card | None:
        """The card of the material to start with."""
        items = (item for chapter in self.chapters for item in chapter.items)
        return next((self.cards[item.material_id] for item in items), None)


def counts_of_terms(session: Session, *schemes: str) -> dict[str, dict[str, int]]:
    """Return how many public materials have each term, by scheme and code."""
    found: dict[str, dict[str, int]] = {scheme: {} for scheme in schemes}
    for scheme, code, count in session.execute(_COUNTS, {"schemes": schemes}):
        found[scheme][code] = count
    return found


def page_of_cards(session: Session, page: Page[Material]) -> Page[Card]:
    """Return a page of materials as a page of cards."""
    return Page(cards_of(session, page.items), page.number, page.size, page.total)


def collection_cards(session: Session, collections: Sequence[Collection]) -> list[CollectionCard]:
    """Return collections with the number of their public materials."""
    counts = item_counts(session, [each.id for each in collections])
    return [CollectionCard(each, counts[each.id]) for each in collections]


def course(session: Session, collection: Collection) -> Course:
    """Return what the page of a collection shows."""
    chapters = chapters_of(session, collection)
    materials = [item.material for chapter in chapters for item in chapter.items]
    by_id = dict(zip([each.id for each in materials], cards_of(session, materials), strict=True))
    times = [learning_minutes(card.record.get("time_required")) for card in by_id.values()]
    unit = session.get(Unit, collection.unit_id) if collection.unit_id else None
    known = [time for time in times if time]
    return Course(collection, unit, chapters, by_id, sum(known), bool(times) and len(known) == len(times))


def collections_of_unit(session: Session, unit_id: int) -> list[Collection]:
    """Return a unit's published collections that contain a public material, newest first."""
    filled = (
        sa.select(CollectionItem.collection_id)
        .join(Material, Material.id == CollectionItem.material_id)
        .where(*IS_PUBLIC)
    )
    query = sa.select(Collection).where(
        Collection.unit_id == unit_id, Collection.published_at.is_not(None), Collection.id.in_(filled)
    )
    return list(session.scalars(query.order_by(Collection.published_at.desc(), Collection.id.desc())))


# It rises with each publication, withdrawal and change of a collection.
_REVISION = sa.select(CatalogueState.page_revision)


@dataclass(frozen=True)
class CatalogueCounts:
    """How many public materials there are, in all and for each audience and subject by code."""

    total: int
    audiences: Mapping[str, int]
    subjects: Mapping[str, int]


class CachedCounts:
    """Counts of the catalogue, made anew when its revision changes: with 10,000 materials they take 20 ms."""

    def __init__(self) -> None:
        self._cached: tuple[int | None, CatalogueCounts] | None = None

    def current(self, session: Session) -> CatalogueCounts:
        """Return the counts of the current catalogue. Threads may share this; at worst two of them count."""
        revision, cached = session.scalar(_REVISION), self._cached
        if cached is None or cached[0] != revision:
            terms = counts_of_terms(session, "audience", "subject")
            counts = CatalogueCounts(count_public(session), terms["audience"], terms["subject"])
            cached = self._cached = revision, counts
        return cached[1]
