"""Where the search index differs from the database: what must be put, removed, or excluded from results until then."""

import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVarTuple
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from oer.accounts.models import Unit
from oer.catalogue.models import IndexState, Material, VersionFile
from oer.catalogue.queries.browsing import IS_PUBLIC
from oer.core.clock import now
from oer.core.db import driver_rows, plain_rows
from oer.files.models import UNFINISHED, Rendition
from oer.jobs.queries import last_success
from oer.vocabularies import vocabularies

_Asked = TypeVarTuple("_Asked")
INDEX_JOB = "catalogue.index"
# Increment when `document_of` makes a different document of the same rows, or when words get different keys.
DOCUMENT_VERSION = 10
# The signature of a withdrawn material that the index no longer has.
REMOVED = "removed"
# A material whose state was to be put so often, and never was, is given up until it changes or the index is rebuilt.
MOST_TRIES = 3
_LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Due:
    """What is due for the index: (material id, signature) to put, public ids to remove.

    `tried` says how often some of these signatures were begun to be put before; `never_put` which materials the index
    has had in no state yet.
    """

    put: Sequence[tuple[int, str]]
    remove: Sequence[str]
    tried: Mapping[int, int] = field(default_factory=dict)
    never_put: Set[int] = frozenset()


def begun(signature: str, tries: int) -> str:
    """Return what is recorded of a material while it is put, for the `tries`th time: what the index has is uncertain.

    It is recorded before, so that a material is counted too that kills whoever makes a document of it.
    """
    return f"{_begun(tries)}{signature}"


def _begun(tries: int) -> str:
    return f"!{tries}."


def due_for_index(session: Session) -> Due:
    """Return the public materials of which the index has another state, and the ids that it must no longer have."""
    signature, recorded = _signature(), IndexState.signature
    query = (
        _with_parts(sa.select(Material.id, signature, recorded))
        .outerjoin(IndexState, IndexState.material_id == Material.id)
        .where(*IS_PUBLIC, sa.or_(recorded.is_(None), recorded.not_in([signature, _begun(MOST_TRIES) + signature])))
        .order_by(Material.id)
    )
    rows = session.execute(query).all()
    tried = {
        number: tries
        for number, wanted, noted in rows
        for tries in range(1, MOST_TRIES)
        if noted == begun(wanted, tries)
    }
    remove = sorted(session.scalars(_withdrawn(recorded != REMOVED)))
    never_put = {number for number, _, noted in rows if noted is None}
    return Due([(number, wanted) for number, wanted, _ in rows], remove, tried, never_put)


def given_up(session: Session) -> Sequence[tuple[str, datetime]]:
    """Return the public materials that cannot be indexed as they are: (public id, moment of the last try), by id."""
    query = (
        _with_parts(sa.select(Material.public_id, IndexState.put_at))
        .join(IndexState, IndexState.material_id == Material.id)
        .where(*IS_PUBLIC, IndexState.signature == _begun(MOST_TRIES) + _signature())
        .order_by(Material.public_id)
    )
    return [(public_id, tried_at) for public_id, tried_at in session.execute(query)]


@dataclass(frozen=True)
class Behind:
    """How many materials the index has in another state than the database, and since when at most."""

    count: int
    since: datetime | None


def index_behind(session: Session) -> Behind:
    """Return what is due for the index, and since when: not before the indexer's last round."""
    due = due_for_index(session)
    count = len(due.put) + len(due.remove)
    if not count:
        return Behind(0, None)
    put, remove = [each for each, _ in due.put[:_ASKED_FOR_TIMES]], due.remove[:_ASKED_FOR_TIMES]
    earliest = sa.select(sa.func.min(sa.func.coalesce(Material.withdrawn_at, IndexState.put_at, Material.published_at)))
    changed = session.scalar(
        earliest.outerjoin(IndexState, IndexState.material_id == Material.id).where(
            sa.or_(Material.id.in_(put), Material.public_id.in_(remove))
        )
    )
    return Behind(count, max(filter(None, (changed, last_success(session, INDEX_JOB))), default=None))


# Search says that it is incomplete when the index has been behind for so long: the sweep is due every 30 s.
INDEX_PATIENCE = timedelta(seconds=60)
_ASKED_FOR_TIMES = 500
_BEHIND_FRESH_SECONDS = 5.0


@dataclass(frozen=True)
class Freshness:
    """What search cannot find yet: whether that is so for too long, and the materials whose text is being read."""

    is_overdue: bool
    being_read: Behind


_LEAST_SHARE = 50  # without a worker the answer takes a look at every material: at most a fiftieth of the time
_fresh_by_engine: WeakKeyDictionary[sa.Engine, tuple[float, Freshness]] = WeakKeyDictionary()
"""By database: until when the answer is fresh, and the answer."""


def freshness(session: Session) -> Freshness:
    """Return how far search is behind. It is overdue where the worker is dead, hangs, or has much to do.

    As long as the indexer does its rounds this costs two short statements, and that every five seconds.
    """
    engine, asked = session.connection().engine, time.monotonic()
    until, answer = _fresh_by_engine.get(engine, (0.0, None))
    if answer is None or asked > until:
        answer = _freshness(session)
        took = time.monotonic() - asked
        _fresh_by_engine[engine] = asked + max(_BEHIND_FRESH_SECONDS, took * _LEAST_SHARE), answer
    return answer


def forget_freshness(engine: sa.Engine) -> None:
    """The next question is asked of the database, however fresh the last answer is."""
    _fresh_by_engine.pop(engine, None)


def _freshness(session: Session) -> Freshness:
    latest, reading = now() - INDEX_PATIENCE, being_read(session)
    is_overdue = (reading.since is not None and reading.since < latest) or _index_is_overdue(session, latest)
    return Freshness(is_overdue, reading)


def being_read(session: Session) -> Behind:
    """Return how many public materials have a file of which no text is there yet, and since when the oldest waits.

    A file that is read anew, by a newer extractor, is found by its old text meanwhile.
    """
    other = aliased(Rendition)
    has_text = sa.exists().where(other.blob_sha256 == Rendition.blob_sha256, other.state.not_in(UNFINISHED))
    query = (
        sa.select(sa.func.count(Material.id.distinct()), sa.func.min(Rendition.created_at))
        .select_from(Rendition)
        .join(VersionFile, VersionFile.blob_sha256 == Rendition.blob_sha256)
        .join(Material, Material.current_version_id == VersionFile.version_id)
        .where(Rendition.state.in_(UNFINISHED), *IS_PUBLIC, ~has_text)
    )
    return Behind(*session.execute(query).one())


def _index_is_overdue(session: Session, latest: datetime) -> bool:
    done = last_success(session, INDEX_JOB)
    if done is not None and done > latest:
        return False
    behind = index_behind(session)
    return behind.since is not None and behind.since < latest


def signatures_of(session: Session, material_ids: Sequence[int]) -> dict[int, str]:
    """Return the signatures of the current states of these materials; those that are not public are left out."""
    query = _with_parts(sa.select(Material.id, _signature())).where(*IS_PUBLIC, Material.id.in_(material_ids))
    return dict(session.execute(query).all())


def _withdrawn(*conditions: sa.ColumnElement[bool]) -> sa.Select[str]:
    query = sa.select(Material.public_id).join(IndexState, IndexState.material_id == Material.id)
    # `>` instead of `IS NOT NULL`, and no ORDER BY: only then does SQLite use the index of withdrawn materials.
    return query.where(Material.withdrawn_at > _LONG_AGO, *conditions)


WITHDRAWN = _withdrawn()  # built once: it runs with every search


def public_material_ids(session: Session) -> list[int]:
    """Return the ids of all public materials."""
    return list(session.scalars(sa.select(Material.id).where(*IS_PUBLIC).order_by(Material.id)))


def _renditions() -> sa.Subquery:
    # Whatever extraction does changes one of these three: a rendition ends, is replaced, or is made again.
    return (
        sa.select(
            VersionFile.version_id,
            sa.func.count().label("ended"),
            sa.func.sum(Rendition.id).label("numbers"),
            sa.func.sum(Rendition.lease_token).label("tokens"),
        )
        .join(Rendition, Rendition.blob_sha256 == VersionFile.blob_sha256)
        .where(Rendition.state.not_in(UNFINISHED))
        .group_by(VersionFile.version_id)
        .subquery()
    )


_ENDED = _renditions()


def _with_parts(query: sa.Select[*_Asked]) -> sa.Select[*_Asked]:
    return query.outerjoin(Unit, Unit.id == Material.unit_id).outerjoin(
        _ENDED, _ENDED.c.version_id == Material.current_version_id
    )


def _written() -> str:
    return f"{DOCUMENT_VERSION}.{vocabularies().version}."


def _version() -> sa.ColumnElement[str]:
    return sa.literal(_written()) + sa.cast(Material.current_version_id, sa.String) + "."


def _signature() -> sa.ColumnElement[str]:
    parts = [Material.revision, Unit.revision, _ENDED.c.ended, _ENDED.c.numbers, _ENDED.c.tokens]
    of_version, *others = [sa.cast(sa.func.coalesce(part, 0), sa.String) for part in parts]
    signature: sa.ColumnElement[str] = _version() + of_version
    for other in others:
        signature = signature + "." + other
    return signature.label("signature")


def of_another_version() -> sa.ColumnElement[bool]:
    """Return the condition that the index has another version of a material, by the current rules and vocabularies."""
    beginning = sa.func.substr(IndexState.signature, 1, sa.func.length(_version()))
    return sa.and_(IndexState.signature.startswith(_written()), beginning != _version())


# If an import replaces more than this at once, excluding them would empty the catalogue until the index has caught up.
MAX_REPLACED = 100
_FRESH_SECONDS = 0.5
_Revisions = list[tuple[int, ...]]
# Incremented by publishing.
_REVISION = "SELECT page_revision FROM catalogue_state"


@dataclass(frozen=True)
class _Replaced:
    """Materials of which the index has an older version, as found for a state of the catalogue at a moment."""

    revisions: _Revisions
    found_at: float
    ids: frozenset[str]

    def is_valid(self, revisions: _Revisions) -> bool:
        return self.revisions == revisions and (not self.ids or time.monotonic() - self.found_at < _FRESH_SECONDS)


# Finding them reads all index states, so the result is kept for a state of the catalogue until the index has followed.
_found_by_engine: WeakKeyDictionary[sa.Engine, _Replaced] = WeakKeyDictionary()


def excluded_from_results(session: Session) -> frozenset[str]:
    """Return the public ids of materials that the index may have although they were withdrawn or replaced since.

    They are excluded from every search result. Withdrawn materials stay excluded after the index has removed them,
    because an open reader sees its commits seconds later. If more than `MAX_REPLACED` materials were replaced since the
    index's last commit, none of these is excluded: they are found by their old words and shown as they are now.
    """
    return frozenset(public_id for (public_id,) in plain_rows(session, WITHDRAWN, {})) | _replaced(session)


def _replaced(session: Session) -> frozenset[str]:
    engine, revisions = session.connection().engine, driver_rows(session, _REVISION)
    known = _found_by_engine.get(engine)
    if known is None or not known.is_valid(revisions):
        known = _found_by_engine[engine] = _Replaced(revisions, time.monotonic(), _replaced_now(session))
    return known.ids


def _replaced_now(session: Session) -> frozenset[str]:
    query = sa.select(Material.public_id).join(IndexState, IndexState.material_id == Material.id)
    found = session.scalars(query.where(*IS_PUBLIC, of_another_version()).limit(MAX_REPLACED + 1)).all()
    return frozenset(found) if len(found) <= MAX_REPLACED else frozenset()
