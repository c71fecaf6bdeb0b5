"""Where to go on from a material: what people read besides, and what is like it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from oer.backends.search import SearchIndex
from oer.catalogue.models import Material
from oer.catalogue.queries import materials_by_public_ids
from oer.catalogue.queries.covers import covers_of
from oer.core.clock import today
from oer.search.queries import similar_materials
from oer.usage.queries.neighbours import read_with

MOST = 4
_ASKED = 3 * MOST  # some may have been withdrawn since


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
    known = materials_by_public_ids(session, besides) if besides else {}
    read = [known[each] for each in besides if each in known][:MOST]
    alike = [each for each in similar_materials(session, index, material, 2 * MOST) if each not in read][:MOST]
    return Neighbours(_cards(session, read), _cards(session, alike))


def _cards(session: Session, materials: Iterable[Material]) -> list[Neighbour]:
    versions = [(each.public_id, each.current_version) for each in materials if each.current_version]
    covers = covers_of(session, [version.id for _, version in versions])
    return [
        Neighbour(
            public_id,
            version.record,
            [term.code for term in version.terms if term.scheme == "format"],
            covers.get(version.id),
        )
        for public_id, version in versions
    ]
