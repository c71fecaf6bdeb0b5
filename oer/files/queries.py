"""Stored content: what refers to a blob, which blobs and renditions there are or are due, and integrity issues."""

import hashlib
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.storage import Storage, Stored
from oer.core import leases
from oer.core.clock import LEEWAY, now
from oer.core.console import Progress, no_progress, tracked
from oer.core.db import Base
from oer.core.errors import Damaged, Gone, NotFound
from oer.core.health import IntegrityIssue, Invariant
from oer.core.i18n import N_
from oer.files.models import (
    UNFINISHED,
    Blob,
    Condition,
    GarbageCollectionHold,
    Rendition,
    RenditionPage,
    RenditionState,
    ScanState,
)
from oer.jobs.queue import ask_at_once
from oer.usage.queries.processing import clock_has_jumped

log = logging.getLogger(__name__)


def referencing_columns() -> Iterator[sa.Column[str]]:
    """Give every column that keeps a blob: all foreign keys to it except those of derived rows.

    They are read from the tables themselves, so that a new table is never forgotten.
    """
    target = Blob.__table__.c.sha256
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is target and not key.info.get("derived") for key in column.foreign_keys):
                yield column


def unreferenced() -> sa.ColumnElement[bool]:
    """Return the condition that nothing refers to `Blob`."""
    return sa.and_(*(~sa.exists().where(column == Blob.sha256) for column in referencing_columns()))


def garbage_collection_is_held(session: Session, moment: datetime) -> bool:
    """Tell whether no blob may be deleted at this moment: a hold says so, or the clock has jumped within the day."""
    hold = sa.select(GarbageCollectionHold.id).where(GarbageCollectionHold.until > moment).limit(1)
    return session.scalar(hold) is not None or clock_has_jumped(session, moment)


_DAMAGED = N_("This file is damaged in our store and cannot be downloaded.")
_INFECTED = N_("This file contains malware and cannot be downloaded.")


EXAMINE = "files.examine"


def servable_blob(session: Session, storage: Storage, sha256: str) -> Blob:
    """Return a blob that may be sent: intact as far as is known, of the right size, without malware.

    Raises NotFound, Damaged (500), Gone (410): bytes known to be wrong are never sent with 200.
    """
    blob = session.get(Blob, sha256)
    if blob is None:
        raise NotFound(N_("There is no such file."))
    if blob.scan_state is ScanState.INFECTED:
        raise Gone(_INFECTED, code="malware")
    if blob.condition is not Condition.WHOLE:
        raise Damaged(_DAMAGED)
    if storage.size(sha256) != blob.size:
        if ask_at_once(session, EXAMINE, sha256):
            log.critical("file %s is missing or does not have its length: the worker examines it", sha256)
        raise Damaged(_DAMAGED)
    return blob


def servable_blobs(session: Session, storage: Storage, hashes: Sequence[str]) -> list[Blob]:
    """Return `servable_blob` of each hash, in order, with one question to the database. Raises what that raises."""
    _known = session.scalars(sa.select(Blob).where(Blob.sha256.in_(hashes))).all()  # they stay in the session
    return [servable_blob(session, storage, each) for each in hashes]


FIXITY_INTERVAL = timedelta(days=30)


def _is_due_for_fixity(
    last_read: sa.ColumnElement[datetime], moment: datetime, interval: timedelta
) -> sa.ColumnElement[bool]:
    return sa.or_(last_read < moment - interval, last_read > moment + LEEWAY)  # by a clock that was ahead


def due_for_fixity(session: Session, moment: datetime, interval: timedelta, most: int) -> Sequence[tuple[str, int]]:
    """Return (hash, size) of blobs that were not checked for `interval`, longest first."""
    last_read = sa.func.coalesce(Blob.last_checked_at, Blob.created_at)
    query = (
        sa.select(Blob.sha256, Blob.size)
        .where(_is_due_for_fixity(last_read, moment, interval), ~Blob.leaving)
        .order_by(last_read)
        .limit(most)
    )
    return session.execute(query).all()


def due_for_replica(session: Session, most: int) -> Sequence[str]:
    """Return the hashes of whole blobs that the second store does not have yet, oldest first."""
    query = (
        sa.select(Blob.sha256)
        .where(Blob.replicated_at.is_(None), ~Blob.leaving, Blob.condition == Condition.WHOLE)
        .order_by(Blob.created_at)
        .limit(most)
    )
    return session.scalars(query).all()


def harmed_blobs(session: Session) -> Sequence[Blob]:
    """Return the blobs that a check found damaged or missing, the last found first."""
    query = (
        sa.select(Blob).where(Blob.condition != Condition.WHOLE, ~Blob.leaving).order_by(Blob.last_checked_at.desc())
    )
    return session.scalars(query).all()


@dataclass(frozen=True)
class FixityFigures:
    """How the store stands: its blobs and their bytes, and how many of them need a look.

    `overdue`: not checked for the interval; `harmed`: damaged or missing; `without_copy`: not in the second store.
    `oldest_check` is when the one that was checked longest ago was checked, or made.
    """

    blobs: int
    size: int
    overdue: int
    harmed: int
    without_copy: int
    oldest_check: datetime | None


def fixity_figures(session: Session, moment: datetime, interval: timedelta) -> FixityFigures:
    """Count the blobs by what is known of them."""
    last_read = sa.func.coalesce(Blob.last_checked_at, Blob.created_at)

    def counted(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count().filter(condition)

    query = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(Blob.size), 0),
        counted(_is_due_for_fixity(last_read, moment, interval)),
        counted(Blob.condition != Condition.WHOLE),
        counted(Blob.replicated_at.is_(None)),
        sa.func.min(last_read),
    ).where(~Blob.leaving)
    return FixityFigures(*session.execute(query).one())


def due_for_scan(session: Session) -> Sequence[str]:
    """Return the hashes of blobs that still have to be scanned."""
    query = sa.select(Blob.sha256).where(Blob.scan_state == ScanState.WAITING, ~Blob.leaving).order_by(Blob.created_at)
    return session.scalars(query).all()


# Built once: it runs for every material's page.
_NEWEST = (
    sa.select(Rendition)
    .where(Rendition.blob_sha256.in_(sa.bindparam("hashes", expanding=True)))
    .order_by(sa.case((Rendition.state.in_(UNFINISHED), 0), else_=1), Rendition.extractor_version)
)


def newest_rendition(session: Session, sha256: str) -> Rendition | None:
    """Return the newest rendition of a blob that has ended, else the newest of all; None if there is none."""
    return newest_renditions(session, [sha256]).get(sha256)


def newest_renditions(session: Session, hashes: Collection[str]) -> dict[str, Rendition]:
    """Return `newest_rendition` of each blob; blobs without any are left out."""
    if not hashes:
        return {}
    found = session.scalars(_NEWEST, {"hashes": list(hashes)})
    return {rendition.blob_sha256: rendition for rendition in found}


def pages(session: Session, rendition_id: int) -> Sequence[RenditionPage]:
    """Return all pages of a rendition in order."""
    query = sa.select(RenditionPage).where(RenditionPage.rendition_id == rendition_id).order_by(RenditionPage.number)
    return session.scalars(query).all()


def page(session: Session, rendition_id: int, number: int) -> RenditionPage | None:
    """Return one page, counted from 1."""
    return session.get(RenditionPage, (rendition_id, number))


def page_texts(session: Session, rendition_id: int, first: int = 1) -> list[tuple[int, str]]:
    """Return (number, text) of the pages from the `first` on, without their HTML."""
    query = (
        sa.select(RenditionPage.number, RenditionPage.text)
        .where(RenditionPage.rendition_id == rendition_id, RenditionPage.number >= first)
        .order_by(RenditionPage.number)
    )
    return [(number, text) for number, text in session.execute(query)]


def pages_among(session: Session, rendition_id: int, numbers: Collection[int]) -> Sequence[RenditionPage]:
    """Return the pages with these numbers in order: a few dozen, for they are named one by one."""
    query = sa.select(RenditionPage).where(RenditionPage.rendition_id == rendition_id)
    return session.scalars(query.where(RenditionPage.number.in_(numbers)).order_by(RenditionPage.number)).all()


def page_labels(session: Session, rendition_id: int) -> list[tuple[int, str]]:
    """Return (number, label) of all pages, without their texts."""
    query = (
        sa.select(RenditionPage.number, RenditionPage.label)
        .where(RenditionPage.rendition_id == rendition_id)
        .order_by(RenditionPage.number)
    )
    return [(number, label) for number, label in session.execute(query)]


def due_for_extraction(session: Session, moment: datetime, most: int = 100) -> Sequence[str]:
    """Return the hashes of blobs whose rendition waits or whose lease has run out, newest first.

    Who waits for a text has just sent it; what waits since long came in bulk.
    """
    abandoned = sa.and_(Rendition.state == RenditionState.RUNNING, leases.has_run_out(Rendition, moment))
    query = (
        sa.select(Rendition.blob_sha256)
        .where(sa.or_(Rendition.state == RenditionState.WAITING, abandoned))
        .order_by(Rendition.id.desc())
        .limit(most)
    )
    return session.scalars(query).all()


# A day of grace, and the time between the rounds that mark and delete.
OVERDUE = timedelta(hours=24 + 8)
_KEPT, _REMOVED = Invariant.UPLOADS_KEPT, Invariant.UNREFERENCED_REMOVED


def integrity_issues(
    session: Session, storage: Storage, *, read_contents: bool = False, progress: Progress = no_progress
) -> list[IntegrityIssue]:
    """Return what is wrong with blobs and store. `read_contents` checks every file against its hash, which is slow."""
    moment = now()
    contents = {each.sha256: each for each in storage.contents()}
    found = list(_issues_of_rows(session, storage, contents, read_contents=read_contents, progress=progress))
    found += _issues_of_contents(session, contents, moment)
    found += [IntegrityIssue(_REMOVED, f"{name!r} lies in the store and is not its own") for name in storage.orphans()]
    if not garbage_collection_is_held(session, moment):
        found += _overdue(session, moment)
    return found


def _issues_of_rows(
    session: Session, storage: Storage, contents: Mapping[str, Stored], *, read_contents: bool, progress: Progress
) -> Iterator[IntegrityIssue]:
    blobs = session.scalars(sa.select(Blob).where(~Blob.leaving).order_by(Blob.sha256)).all()
    for blob in tracked(blobs, "files", progress):
        stored = contents.get(blob.sha256)
        if stored is None:
            yield IntegrityIssue(_KEPT, f"file {blob.sha256} is missing from the store")
        elif stored.size != blob.size:
            yield IntegrityIssue(
                Invariant.UPLOADS_KEPT, f"file {blob.sha256} has {stored.size} bytes instead of {blob.size}"
            )
        elif blob.condition is not Condition.WHOLE:
            yield IntegrityIssue(
                Invariant.UPLOADS_KEPT, f"file {blob.sha256} was found {blob.condition} by a fixity check"
            )
        elif read_contents and digest_of(storage, blob.sha256) != blob.sha256:
            yield IntegrityIssue(_KEPT, f"file {blob.sha256} does not match its hash")


def _issues_of_contents(session: Session, contents: Mapping[str, Stored], moment: datetime) -> Iterator[IntegrityIssue]:
    known = set(session.scalars(sa.select(Blob.sha256)))
    for each in contents.values():
        if each.sha256 not in known and _is_old(each, moment):
            yield IntegrityIssue(
                Invariant.UNREFERENCED_REMOVED, f"file {each.sha256} is in the store, has no row, and should be gone"
            )


def _is_old(stored: Stored, moment: datetime) -> bool:
    return stored.modified_at < moment - 2 * OVERDUE


def _overdue(session: Session, moment: datetime) -> Iterator[IntegrityIssue]:
    query = sa.select(Blob.sha256).where(Blob.found_unreferenced_at < moment - OVERDUE).order_by(Blob.sha256)
    for sha256 in session.scalars(query):
        yield IntegrityIssue(
            Invariant.UNREFERENCED_REMOVED, f"nothing has pointed to file {sha256} for more than a day"
        )


def digest_of(storage: Storage, sha256: str) -> str:
    """Return the SHA-256 of the bytes that are stored under a hash. Raises Missing."""
    digest = hashlib.sha256()
    for block in storage.read(sha256):
        digest.update(block)
    return digest.hexdigest()
