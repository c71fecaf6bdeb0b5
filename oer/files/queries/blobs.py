"""Blobs that are there, and whether they may be handed out."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.storage import Storage
from oer.core.errors import Damaged, Gone, NotFound
from oer.core.i18n import N_
from oer.files.models import Blob, Condition, ScanState

_DAMAGED = N_("This file is damaged in our store and is not handed out. We have been told.")
_INFECTED = N_("This file was found to hold malware and is not handed out.")


def servable_blob(session: Session, storage: Storage, sha256: str) -> Blob:
    """Return a blob that may be handed out now: whole as far as is known, of the right size, without malware.

    Raises NotFound, Damaged (500), Gone (410): bytes that are known to be wrong never leave with 200.
    """
    blob = session.get(Blob, sha256)
    if blob is None:
        raise NotFound(N_("There is no such file."))
    if blob.scan_state is ScanState.INFECTED:
        raise Gone(_INFECTED, code="malware")
    if blob.condition is not Condition.WHOLE or storage.size(sha256) != blob.size:
        raise Damaged(_DAMAGED)
    return blob


def kept_blobs(session: Session) -> Iterator[tuple[str, int]]:
    """Give (hash, size) of every blob that its row promises, by hash: what a backup must hold."""
    query = sa.select(Blob.sha256, Blob.size).where(~Blob.leaving).order_by(Blob.sha256)
    yield from session.execute(query.execution_options(yield_per=1000))


def stored_totals(session: Session) -> tuple[int, int]:
    """Return how many blobs there are, and how many bytes they have together."""
    count, size = session.execute(sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Blob.size), 0))).one()
    return int(count), int(size)


def due_for_fixity(session: Session, moment: datetime, interval: timedelta, most: int) -> Sequence[tuple[str, int]]:
    """Return (hash, size) of blobs that were not read for `interval`, those longest unread first."""
    last_read = sa.func.coalesce(Blob.last_checked_at, Blob.created_at)
    query = (
        sa.select(Blob.sha256, Blob.size)
        .where(last_read < moment - interval, ~Blob.leaving)
        .order_by(last_read)
        .limit(most)
    )
    return session.execute(query).all()


def due_for_scan(session: Session) -> Sequence[str]:
    """Return hashes of blobs that the virus scanner has not seen because it did not answer."""
    query = sa.select(Blob.sha256).where(Blob.scan_state == ScanState.WAITING, ~Blob.leaving).order_by(Blob.created_at)
    return session.scalars(query).all()
