"""Which database a file store belongs to: two installations must never delete each other's files."""

import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.storage import ForeignStore, Storage
from oer.core.console import Progress, no_progress, tracked_stream
from oer.core.errors import Conflict
from oer.core.i18n import N_
from oer.files.models import Blob, StoreOwner
from oer.files.services.ingest import insert_if_absent, store_errors

_FOREIGN = N_(
    "The file store belongs to another database. If it is this one's nevertheless, say so with: oer storage adopt"
)
_UNMARKED = N_(
    "The file store is not marked as this database's, and one of the two is not empty. Is it the right one? "
    "Then say so with: oer storage adopt"
)


def database_id(session: Session) -> str:
    """Return the id of this database, created now if it has none."""
    insert_if_absent(session, StoreOwner, id=1, database_id=secrets.token_hex(16))
    return session.scalars(sa.select(StoreOwner.database_id)).one()


def require_own_store(session: Session, storage: Storage) -> None:
    """Make sure that the store belongs to this database; mark a new store as its own.

    Raises Conflict, naming the command that resolves it, or Unavailable if the store does not answer.
    """
    own = database_id(session)
    with store_errors():
        owner = _owner_of(storage)
        if owner == own:
            return
        if owner is not None:
            raise Conflict(_FOREIGN, code="foreign_store")
        if next(storage.contents(), None) or session.scalar(sa.select(Blob.sha256).limit(1)):
            raise Conflict(_UNMARKED, code="foreign_store")
        storage.adopt(own)


def _owner_of(storage: Storage) -> str | None:
    try:
        return storage.owner()
    except ForeignStore as error:
        raise Conflict(_FOREIGN, code="foreign_store") from error


def adopt_store(session: Session, storage: Storage, progress: Progress = no_progress) -> list[str]:
    """Mark the store as this database's, whoever owned it; return the hashes of content that no row knows.

    Nothing is deleted now, but content without a row will be, a day after garbage collection has found it.
    """
    known = set(session.scalars(sa.select(Blob.sha256)))
    contents = tracked_stream(storage.contents(), "files", None, progress)
    taken_over = [each.sha256 for each in contents if each.sha256 not in known]
    storage.adopt(database_id(session))
    return taken_over
