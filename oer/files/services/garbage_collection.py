"""Garbage collection: unreferenced blobs are found, marked after a day, then deleted.

The blob's row is the lock. Whoever saves the same content again clears the mark under that lock, and restores the bytes
if they are gone already, so content that somebody saves is never lost.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.storage import Storage, Stored
from oer.files.models import Blob, GarbageCollectionHold
from oer.files.queries import garbage_collection_is_held, unreferenced
from oer.files.services.ingest import insert_if_absent

GRACE = timedelta(hours=24)
UNKNOWN_TYPE = "application/octet-stream"


def note_unreferenced(session: Session, moment: datetime) -> None:
    """Record since when blobs have been unreferenced; clear it for those that are referenced again."""
    unmarked = sa.update(Blob).where(Blob.found_unreferenced_at.is_(None), unreferenced())
    marked = sa.update(Blob).where(Blob.found_unreferenced_at.is_not(None), sa.not_(unreferenced()))
    options = {"synchronize_session": False}
    session.execute(unmarked.values(found_unreferenced_at=moment), execution_options=options)
    session.execute(marked.values(found_unreferenced_at=None, leaving=False), execution_options=options)
    session.expire_all()


def register_orphans(session: Session, contents: Iterable[Stored], moment: datetime) -> int:
    """Give a row to content that has none because its upload died, so that it is deleted in time; return how many.

    `contents` are those of the store, listed beforehand: listing a large store is too slow for a transaction.
    """
    known = set(session.scalars(sa.select(Blob.sha256)))
    rowless = [each for each in contents if each.sha256 not in known]
    for each in rowless:
        values = {"sha256": each.sha256, "size": each.size, "media_type": UNKNOWN_TYPE}
        insert_if_absent(session, Blob, found_unreferenced_at=moment, **values)
    return len(rowless)


def mark_for_deletion(session: Session, moment: datetime) -> Sequence[str]:
    """Mark blobs that have been unreferenced for a day; return the hashes of all marked blobs."""
    if garbage_collection_is_held(session, moment):
        return []
    due = sa.and_(Blob.found_unreferenced_at <= moment - GRACE, unreferenced())
    session.execute(sa.update(Blob).where(due).values(leaving=True), execution_options={"synchronize_session": False})
    return session.scalars(sa.select(Blob.sha256).where(Blob.leaving).order_by(Blob.sha256)).all()


def delete_marked(session: Session, storage: Storage, sha256: str, moment: datetime) -> bool:
    """Delete a marked blob and everything derived from it; tell whether it was deleted.

    Commit at once: the bytes are deleted first, and until the row is gone too the blob is still marked.
    """
    blob = session.get(Blob, sha256, with_for_update=True, populate_existing=True)
    if blob is None or not blob.leaving or garbage_collection_is_held(session, moment):
        return False
    if session.scalar(sa.select(Blob.sha256).where(Blob.sha256 == sha256, unreferenced())) is None:
        blob.leaving, blob.found_unreferenced_at = False, None
        return False
    storage.delete(sha256)
    session.delete(blob)
    session.flush()
    return True


def hold_garbage_collection(session: Session, reason: str, until: datetime) -> int:
    """Keep garbage collection from deleting anything for a while; return the id to release it by."""
    hold = GarbageCollectionHold(reason=reason, until=until)
    session.add(hold)
    session.flush()
    return hold.id


def release_garbage_collection(session: Session, hold_id: int) -> None:
    """End a hold before its time."""
    session.execute(sa.delete(GarbageCollectionHold).where(GarbageCollectionHold.id == hold_id))
