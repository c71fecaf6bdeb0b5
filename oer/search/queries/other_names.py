"""Which other names are in use: those that come with the software, with what administrators changed about them."""

import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.search.models import OtherNameLine
from oer.search.other_names import OtherNames, shipped_lines, shipped_names

_FRESH_SECONDS = 5.0


@dataclass(frozen=True)
class NameLines:
    """All lines, as administrators see them: added ones the newest first, the others in the order of the file."""

    added: tuple[str, ...]
    shipped: tuple[str, ...]
    """Those that come with the software and were not removed."""
    removed: tuple[str, ...]


@dataclass(frozen=True)
class _Kept:
    read_at: float
    changes: frozenset[tuple[str, bool]]
    names: OtherNames


_kept_by_engine: WeakKeyDictionary[sa.Engine, _Kept] = WeakKeyDictionary()


def name_lines(session: Session) -> NameLines:
    """Return the lines in use, and those that were removed."""
    query = sa.select(OtherNameLine).order_by(OtherNameLine.changed_at.desc(), OtherNameLine.line)
    changed = session.scalars(query).all()
    removed = {row.line for row in changed if row.is_removed}
    return NameLines(
        added=tuple(row.line for row in changed if not row.is_removed),
        shipped=tuple(line for line in shipped_lines() if line not in removed),
        removed=tuple(line for line in shipped_lines() if line in removed),
    )


def known_names(session: Session) -> OtherNames:
    """Return the names in use, as they were at most five seconds ago."""
    engine = session.connection().engine
    kept = _kept_by_engine.get(engine)
    if kept is None or time.monotonic() - kept.read_at > _FRESH_SECONDS:
        kept = _kept_by_engine[engine] = _read(session, kept)
    return kept.names


def forget_names(engine: sa.Engine) -> None:
    """The next question is asked of the database, however fresh the last answer is."""
    _kept_by_engine.pop(engine, None)


def _read(session: Session, before: _Kept | None) -> _Kept:
    rows = session.execute(sa.select(OtherNameLine.line, OtherNameLine.is_removed))
    changes = frozenset((line, is_removed) for line, is_removed in rows)
    if before is not None and before.changes == changes:
        return _Kept(time.monotonic(), changes, before.names)
    if not changes:
        return _Kept(time.monotonic(), changes, shipped_names())
    lines = name_lines(session)
    return _Kept(time.monotonic(), changes, OtherNames.of((*lines.added, *lines.shipped)))
