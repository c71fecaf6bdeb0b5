"""Rows that pages of results show again and again are kept in each process; states say whether they are still right."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.core.db import plain_rows
from oer.core.driver import driver_rows
from oer.search.queries.rows import MaterialRow, material_rows

_MOST_KEPT = 2000
State = tuple[object, ...]
# Whatever a row says changes one of these: the material's and its unit's revision, the renditions that are made.
_STATES = """
SELECT m.public_id, m.current_version_id, m.revision, u.revision,
       (SELECT sum(r.id * 1000 + r.tries)
          FROM version_file f
          JOIN rendition r ON r.blob_sha256 = f.blob_id AND r.state NOT IN ('waiting', 'running')
         WHERE f.version_id = m.current_version_id)
  FROM material m
  LEFT JOIN unit u ON u.id = m.unit_id
 WHERE m.public_id IN (:public_ids) AND m.current_version_id IS NOT NULL AND m.withdrawn_at IS NULL
"""
_UNITS_STATE = "SELECT count(*), sum(revision), max(id) FROM unit"
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
    rows = driver_rows(session, _STATES, {"public_ids": list(public_ids)})
    states: dict[str, State] = {public_id: tuple(state) for public_id, *state in rows}
    found = {public_id: row for public_id, state in states.items() if (row := kept.get(public_id, state))}
    read = material_rows(session, [public_id for public_id in states if public_id not in found])
    for public_id, row in read.items():
        kept.keep(states[public_id], row)
    return found | read


def unit_names(session: Session) -> Mapping[str, Mapping[str, str]]:
    """Return the names of all units by code."""
    kept, (state,) = _of(session), driver_rows(session, _UNITS_STATE)
    if kept.units is None or kept.units[0] != state:
        kept.units = state, dict(plain_rows(session, _UNITS, {}))
    return kept.units[1]
