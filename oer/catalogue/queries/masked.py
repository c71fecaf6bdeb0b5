"""What the search index may not show any more: it follows the database, and follows it seconds later."""

import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import IndexState, Material
from oer.catalogue.queries.browsing import IN_SERVICE
from oer.catalogue.queries.indexing import WITHDRAWN, of_another_version
from oer.core.driver import driver_rows

# An import that replaces more than these at once would empty the catalogue for as long as the index takes.
MOST_REPLACED = 100
_FRESH_SECONDS = 0.5
_Revisions = list[tuple[int, ...]]
# Publishing raises it.
_REVISION = "SELECT page_revision FROM catalogue_state"


@dataclass(frozen=True)
class _Replaced:
    """Materials of which the index had an older version, in a state of the catalogue, when it was last asked."""

    revisions: _Revisions
    asked: float
    ids: frozenset[str]

    def holds(self, revisions: _Revisions) -> bool:
        return self.revisions == revisions and (not self.ids or time.monotonic() - self.asked < _FRESH_SECONDS)


# All index states are read for it, so it is asked once for a state of the catalogue, and until the index has followed.
_known: WeakKeyDictionary[sa.Engine, _Replaced] = WeakKeyDictionary()


def changed_since_index(session: Session) -> frozenset[str]:
    """Return the public ids of what the index may hold although it was withdrawn, or replaced by a newer version.

    They are to be masked in every answer. An open reader follows the index's commits seconds later, so what was
    withdrawn stays masked when the index has let go of it. Where more than `MOST_REPLACED` were replaced since the
    index's last commit, they are found by what they were, and shown as they are.
    """
    return frozenset(session.connection().execute(WITHDRAWN).scalars()) | _replaced(session)


def _replaced(session: Session) -> frozenset[str]:
    engine, revisions = session.connection().engine, driver_rows(session, _REVISION)
    known = _known.get(engine)
    if known is None or not known.holds(revisions):
        known = _known[engine] = _Replaced(revisions, time.monotonic(), _replaced_now(session))
    return known.ids


def _replaced_now(session: Session) -> frozenset[str]:
    query = sa.select(Material.public_id).join(IndexState, IndexState.material_id == Material.id)
    found = session.scalars(query.where(*IN_SERVICE, of_another_version()).limit(MOST_REPLACED + 1)).all()
    return frozenset(found) if len(found) <= MOST_REPLACED else frozenset()
