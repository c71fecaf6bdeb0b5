"""Where to go on from a material: what people read besides, and what is like it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.search import SearchIndex
from oer.catalogue.models import Material, Version
from oer.catalogue.queries.browsing import IN_SERVICE
from oer.catalogue.queries.covers import covers_of
from oer.catalogue.queries.formats import formats_of
from oer.core.clock import today
from oer.search.queries import similar_materials
from oer.usage.queries.neighbours import read_with

MOST = 4
_ASKED = 3 * MOST  # some may have been withdrawn since
# Built once: it is asked for every material's page.
_CARDS = (
    sa.select(Material.public_id, Version.id, Version.record)
    .join(Version, Version.id == Material.current_version_id)
    .where(Material.public_id.in_(sa.bindparam("public_ids", expanding=True)), *IN_SERVICE)
)


@dataclass(frozen=True)
class Neighbour:
    """A material as a card shows it."""

    public_id: str
    record: dict[str, Any]
    formats: list[str]
    cover: str | None


@dataclass(frozen=True)
class Neighbours:
    """What is shown below a material; no material stands in both lists."""

    read_besides: list[Neighbour]
    alike: list[Neighbour]


def neighbours(session: Session, index: SearchIndex, material: Material) -> Neighbours:
    """Return what at least five visitors of one day read besides, and the materials most like this one."""
    besides = read_with(session, material.public_id, today(), _ASKED)
    alike = similar_materials(session, index, material, 2 * MOST)
    known = _cards(session, {*besides, *alike})
    read = [each for each in besides if each in known][:MOST]
    rest = [each for each in alike if each in known and each not in read][:MOST]
    return Neighbours([known[each] for each in read], [known[each] for each in rest])


def _cards(session: Session, public_ids: Collection[str]) -> dict[str, Neighbour]:
    """Return the cards of those that are in service: rows alone, for they are on every material's page."""
    if not public_ids:
        return {}
    rows = session.execute(_CARDS, {"public_ids": list(public_ids)}).all()
    version_ids = [version_id for _, version_id, _ in rows]
    covers, formats = covers_of(session, version_ids), formats_of(session, version_ids)
    return {
        public_id: Neighbour(public_id, record, formats[version_id], covers.get(version_id))
        for public_id, version_id, record in rows
    }
