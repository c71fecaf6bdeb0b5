"""Materials that are wanted, and how the wish for one ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import city_date
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.statistics.models import MaterialNeed, WantedMaterial, WantedState
from oer.statistics.queries.demand import Searched, query_between
from oer.statistics.queries.needs import needs_of, needs_since

NO_SUCH_WISH = N_("There is no such wish.")
COMPARED = timedelta(days=30)
MOST = 200


def wishes(session: Session, *states: WantedState) -> list[WantedMaterial]:
    """Return the wanted materials in these states: those that most people said they need first, then the oldest."""
    needs = sa.select(sa.func.count()).where(MaterialNeed.wish_id == WantedMaterial.id).scalar_subquery()
    query = sa.select(WantedMaterial).where(WantedMaterial.state.in_(states))
    return list(session.scalars(query.order_by(needs.desc(), WantedMaterial.asked_at, WantedMaterial.id).limit(MOST)))


def find_wish(session: Session, number: int) -> WantedMaterial:
    """Return a wanted material. Raises NotFound."""
    found = session.get(WantedMaterial, number)
    if found is None:
        raise NotFound(NO_SUCH_WISH)
    return found


def standing_queries(session: Session) -> set[str]:
    """Return the folded queries for which a material is wanted already."""
    standing = WantedMaterial.state.in_([WantedState.OPEN, WantedState.TAKEN])
    return set(session.scalars(sa.select(WantedMaterial.folded).where(standing)))


@dataclass(frozen=True)
class Closure:
    """A wish that was fulfilled: after how many days, and its query in the 30 days before and after.

    `needed`: how many people had said that they need it; `needed_since`: how many say so although it is there.
    """

    wish: WantedMaterial
    days: int
    before: Searched
    after: Searched
    needed: int
    needed_since: int


def closures(session: Session) -> list[Closure]:
    """Return the wishes that were fulfilled, the newest first, each with what came of it."""
    closed = sa.select(WantedMaterial).where(WantedMaterial.state == WantedState.CLOSED)
    found = session.scalars(closed.order_by(WantedMaterial.closed_at.desc()).limit(MOST))
    return [_closure(session, wish) for wish in found]


def _closure(session: Session, wish: WantedMaterial) -> Closure:
    ended = wish.closed_at or wish.asked_at
    day = city_date(ended)
    return Closure(
        wish,
        (ended - wish.asked_at).days,
        query_between(session, wish.folded, day - COMPARED, day - timedelta(days=1)),
        query_between(session, wish.folded, day, day + COMPARED),
        needs_of(session, [wish.id])[wish.id].number,
        needs_since(session, wish.folded, ended),
    )


def median_days(ended: Sequence[Closure]) -> float | None:
    """Return how many days a wish takes, in the middle; None where none was fulfilled yet."""
    return float(median(each.days for each in ended)) if ended else None
