"""Rows that pages of results show again and again are kept in each process; states say whether they are still right."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import Material, VersionFile
from oer.catalogue.queries.browsing import IN_SERVICE
from oer.files.models import UNFINISHED, Rendition
from oer.search.queries.rows import MaterialRow, material_rows

_MOST_KEPT = 2000
State = tuple[object, ...]
# Whatever a row says changes one of these: the material's and its unit's revision, the renditions that are made.
_RENDITIONS = (
    sa.select(sa.func.sum(Rendition.id * 1000 + Rendition.tries))
    .join(VersionFile, VersionFile.blob_id == Rendition.blob_sha256)
    .where(VersionFile.version_id == Material.current_version_id, Rendition.state.not_in(UNFINISHED))
    .scalar_subquery()
)
_STATES = (
    sa.select(Material.public_id, Material.current_version_id, Material.revision, Unit.revision, _RENDITIONS)
    .outerjoin(Unit, Unit.id == Material.unit_id)
    .where(Material.public_id.in_(sa.bindparam("public_ids", expanding=True)), *IN_SERVICE)
)
_UNITS_STATE = sa.select(sa.func.count(), sa.func.sum(Unit.revision), sa.func.max(Unit.id))
_UNITS = sa.select(Unit.code, Unit.name)


class _Kept:
    """Rows of materials, each under the state that it was read in: the least recently used go. Safe for threads."""

    def __init__(self) -> None:
        self.units: tuple[State, Mapping[str, Mapping[str, str]]] | None = None
        self._rows: OrderedDict[str, tuple[State, MaterialRow]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, public_id: str, state: State) -> MaterialRow | None:
        with self._lock:
            found = self._rows.get(public_id)
            if found is None or found[0] != state:
                return None
            self._rows.move_to_end(public_id)
            return found[1]

    def keep(self, state: State, row: MaterialRow) -> None:
        with self._lock:
            self._rows[row.public_id] = state, row
            self._rows.move_to_end(row.public_id)
            if len(self._rows) > _MOST_KEPT:
                self._rows.popitem(last=False)


_kept: WeakKeyDictionary[sa.Engine | sa.Connection, _Kept] = WeakKeyDictionary()


def _of(session: Session) -> _Kept:
    return _kept.setdefault(session.get_bind(), _Kept())


def kept_rows(session: Session, public_ids: Collection[str]) -> dict[str, MaterialRow]:
    """Return the materials in service with these public ids, as they are now; others are left out."""
    if not public_ids:
        return {}
    kept = _of(session)
    asked = session.connection().execute(_STATES, {"public_ids": list(public_ids)})
    states: dict[str, State] = {public_id: tuple(state) for public_id, *state in asked}
    found = {public_id: row for public_id, state in states.items() if (row := kept.get(public_id, state))}
    read = material_rows(session, [public_id for public_id in states if public_id not in found])
    for public_id, row in read.items():
        kept.keep(states[public_id], row)
    return found | read


def unit_names(session: Session) -> Mapping[str, Mapping[str, str]]:
    """Return the names of all units by code."""
    kept, connection = _of(session), session.connection()
    state = tuple(connection.execute(_UNITS_STATE).one())
    if kept.units is None or kept.units[0] != state:
        kept.units = state, dict(connection.execute(_UNITS).all())
    return kept.units[1]
