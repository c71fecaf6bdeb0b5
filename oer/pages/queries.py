"""What the public pages show: lists of cards, courses with their length, counts per term."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import CatalogueState, Collection, CollectionItem, Material, VersionTerm
from oer.catalogue.queries.browsing import IS_PUBLIC, Card, cards_by_public_ids, cards_of, count_public
from oer.catalogue.queries.collections import Chapter, chapters_of, volumes_of
from oer.catalogue.queries.files import sizes_of
from oer.catalogue.queries.home import Feature, ShownPart, feature_of, shown_parts
from oer.core.clock import today
from oer.core.db import Page
from oer.core.durations import learning_minutes
from oer.covers.spines import FACING, ON_A_SHELF, Volume

# Built once, because building this statement takes longer than executing it, and the home page needs it.
_COUNTS = (
    sa.select(VersionTerm.scheme, VersionTerm.code, sa.func.count())
    .join(Material, Material.current_version_id == VersionTerm.version_id)
    .where(VersionTerm.scheme.in_(sa.bindparam("schemes", expanding=True)), Material.withdrawn_at.is_(None))
    .group_by(VersionTerm.scheme, VersionTerm.code)
)


_MOST_SHELVES, _MOST_COVERS = 3, 24


def _minutes(volumes: Sequence[Volume]) -> float:
    return sum(volume.minutes or 0 for volume in volumes)


@dataclass(frozen=True)
class CollectionCard:
    """A collection as lists show it: its public materials as volumes, and the cards of those that face out."""

    collection: Collection
    volumes: list[Volume]
    faces: list[Card]

    @property
    def materials(self) -> int:
        """How many public materials it has."""
        return len(self.volumes)

    @property
    def spines(self) -> list[Volume]:
        """Those that stand beside the first one, as far as there is room on a shelf."""
        return self.volumes[1:ON_A_SHELF] if len(self.volumes) > FACING else []

    @property
    def minutes(self) -> float:
        """How long those that state it take together."""
        return _minutes(self.volumes)

    @property
    def all_timed(self) -> bool:
        """Whether all materials state their length."""
        return all(volume.minutes for volume in self.volumes)


@dataclass(frozen=True)
class Course:
    """A published collection: its chapters, the cards of its materials by material id, its length and size.

    `sizes` are the bytes of each material that has files, by material id.
    """

    collection: Collection
    unit: Unit | None
    chapters: list[Chapter]
    cards: dict[int, Card]
    sizes: dict[int, int]

    @property
    def volumes(self) -> list[Volume]:
        """Its materials in order, as a shelf shows them."""
        return [volume for chapter in self.chapters for volume in self.volumes_in(chapter)]

    def volumes_in(self, chapter: Chapter) -> list[Volume]:
        """Return the materials of a chapter in order, as a shelf shows them."""
        return [_volume(self.cards[item.material_id]) for item in chapter.items]

    @property
    def faces(self) -> list[Card]:
        """The cards of those that face out: all of a few, else the first."""
        return self.ordered if len(self.cards) <= FACING else self.ordered[:1]

    @property
    def spines(self) -> list[list[Volume]]:
        """The others, shelf by shelf, as far as they are drawn."""
        volumes = self.volumes[: _MOST_SHELVES * ON_A_SHELF] if len(self.cards) > FACING else []
        shelves = [volumes[begin : begin + ON_A_SHELF] for begin in range(0, len(volumes), ON_A_SHELF)]
        return [shelves[0][1:], *shelves[1:]] if shelves else []

    @property
    def undrawn(self) -> int:
        """How many have no place on the shelves."""
        return max(0, len(self.cards) - _MOST_SHELVES * ON_A_SHELF)

    @property
    def has_covers(self) -> bool:
        """Whether its list shows covers: hundreds of them would be too heavy for a page."""
        return len(self.cards) <= _MOST_COVERS

    @property
    def ordered(self) -> list[Card]:
        """The cards of its materials in order."""
        return [self.cards[item.material_id] for chapter in self.chapters for item in chapter.items]

    @property
    def minutes(self) -> float:
        """The sum over the materials that state their length."""
        return _minutes(self.volumes)

    def minutes_of(self, chapter: Chapter) -> float:
        """Return the sum over the materials of a chapter that state their length."""
        return _minutes(self.volumes_in(chapter))

    @property
    def all_timed(self) -> bool:
        """Whether all materials state their length."""
        return all(volume.minutes for volume in self.volumes)

    @property
    def size(self) -> int:
        """The size of all files in bytes."""
        return sum(self.sizes.values())

    @property
    def first(self) -> Card | None:
        """The card of the material to start with."""
        return next(iter(self.ordered), None)


def _volume(card: Card) -> Volume:
    subjects = card.record.get("subjects") or [""]
    return Volume(card.public_id, subjects[0], learning_minutes(card.record.get("time_required")))


def drawn(cards: Sequence[Card]) -> list[Card]:
    """Return cards without their pictures, so that covers by rule stand for them: home is light on a phone."""
    return [replace(card, cover=None) for card in cards]


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
    """Return collections with their public materials as volumes, and with the cards of what faces out."""
    shelves = volumes_of(session, [each.id for each in collections])
    facing = {number: _facing(volumes) for number, volumes in shelves.items()}
    cards = cards_by_public_ids(session, {each.public_id for volumes in facing.values() for each in volumes})
    return [
        CollectionCard(each, shelves[each.id], [cards[one.public_id] for one in facing[each.id]])
        for each in collections
    ]


def _facing(volumes: list[Volume]) -> list[Volume]:
    return volumes if len(volumes) <= FACING else volumes[:1]


def course(session: Session, collection: Collection) -> Course:
    """Return what the page of a collection shows."""
    chapters = chapters_of(session, collection)
    materials = [item.material for chapter in chapters for item in chapter.items]
    by_id = dict(zip([each.id for each in materials], cards_of(session, materials), strict=True))
    unit = session.get(Unit, collection.unit_id) if collection.unit_id else None
    sizes = sizes_of(session, [each.current_version_id for each in materials if each.current_version_id])
    by_material = {each.id: sizes[each.current_version_id] for each in materials if each.current_version_id in sizes}
    return Course(collection, unit, chapters, by_id, by_material)


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


# It rises with each publication, withdrawal, change of a collection and of what home shows.
_REVISION = sa.select(CatalogueState.page_revision)


@dataclass(frozen=True)
class HomeFacts:
    """What home shows beside its lists: how many public materials there are, the week's feature, the day's parts.

    `audiences` and `subjects` count the materials for each of them, by code.
    """

    total: int
    audiences: Mapping[str, int]
    subjects: Mapping[str, int]
    feature: Feature | None
    parts: Sequence[ShownPart]


class CachedHome:
    """Facts of home, made anew each day and when the catalogue changes: with 10,000 materials they take 20 ms."""

    def __init__(self) -> None:
        self._cached: tuple[tuple[int | None, date], HomeFacts] | None = None

    def current(self, session: Session) -> HomeFacts:
        """Return what is so now. Threads may share this; at worst two of them ask."""
        day = today()
        state, cached = (session.scalar(_REVISION), day), self._cached
        if cached is None or cached[0] != state:
            terms = counts_of_terms(session, "audience", "subject")
            facts = HomeFacts(
                count_public(session),
                terms["audience"],
                terms["subject"],
                feature_of(session, day),
                shown_parts(session, day),
            )
            cached = self._cached = state, facts
        return cached[1]
