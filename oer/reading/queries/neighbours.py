"""Where to go on from a material: what people read besides, and what is like it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from oer.backends.search import SearchIndex
from oer.catalogue.models import Material
from oer.catalogue.queries.cards import Card, cards_named
from oer.core.clock import today
from oer.search.queries import similar_materials
from oer.usage.queries.neighbours import read_with

MOST = 4
_ASKED = 3 * MOST  # some may have been withdrawn since


@dataclass(frozen=True)
class Neighbours:
    """What is shown below a material; no material stands in both lists."""

    read_besides: list[Card]
    alike: list[Card]


def neighbours(session: Session, index: SearchIndex, material: Material) -> Neighbours:
    """Return what at least five visitors of one day read besides, and the materials most like this one."""
    besides = read_with(session, material.public_id, today(), _ASKED)
    alike = similar_materials(session, index, material, 2 * MOST)
    known = cards_named(session, {*besides, *alike})
    read = [each for each in besides if each in known][:MOST]
    rest = [each for each in alike if each in known and each not in read][:MOST]
    return Neighbours([known[each] for each in read], [known[each] for each in rest])
