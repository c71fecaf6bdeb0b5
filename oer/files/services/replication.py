"""The second store: every blob is copied to it, and what has come to harm is repaired from the whole copy of the two.

What was deleted here stays there for `REPLICA_GRACE`, so that a mistake of ours can be mended from it, too.
"""

import logging
import sys
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.storage import ForeignStore, Missing, Readable, Storage, Stored
from oer.core.audit import record
from oer.core.clock import now
from oer.core.errors import Conflict
from oer.core.i18n import N_
from oer.files.models import Blob, Condition
from oer.files.services.fixity import record_condition
from oer.files.services.store_ownership import database_id

log = logging.getLogger(__name__)

REPLICA_GRACE = timedelta(days=30)
_FOREIGN_REPLICA = N_(
    "The second store, OER_STORAGE_REPLICA_URL, belongs to another database or holds files of somebody else. "
    "Name an empty place."
)


def require_own_replica(session: Session, replica: Storage) -> None:
    """Make sure that the second store belongs to this database; mark an empty one. Raises Conflict otherwise."""
    own = database_id(session)
    try:
        owner = replica.owner()
    except ForeignStore as error:
        raise Conflict(_FOREIGN_REPLICA, code="foreign_store") from error
    if owner is None and next(replica.contents(), None) is None:
        replica.adopt(own)
        session.execute(sa.update(Blob).values(replicated_at=None))  # of the store that was there before
    elif owner != own:
        raise Conflict(_FOREIGN_REPLICA, code="foreign_store")


def copy_content(source: Storage, target: Storage, sha256: str) -> bool:
    """Copy content between stores, checked on the way; tell whether the source had it whole. Slow: no transaction.

    What the target had under that hash is replaced, since nobody knows how it is. Raises what the stores raise.
    """
    try:
        with source.as_file(sha256) as path, path.open("rb") as file:
            return put_content(file, target, sha256) is not None
    except (Missing, FileNotFoundError):
        return False


def put_content(file: Readable, target: Storage, sha256: str) -> int | None:
    """Store what a file holds if its hash is `sha256`; return its size, else None. What was there is replaced."""
    incoming = target.receive(file, limit=sys.maxsize)
    try:
        if incoming.sha256 != sha256:
            return None
        target.keep(incoming, replace=True)
        return incoming.size
    finally:
        target.discard(incoming)


def record_replicated(session: Session, sha256: str, *, whole: bool) -> None:
    """Record whether the second store has a blob; one that it has not is copied again."""
    moment = now() if whole else None
    session.execute(sa.update(Blob).where(Blob.sha256 == sha256).values(replicated_at=moment))


def record_repair(session: Session, sha256: str) -> None:
    """Record that a blob's bytes are whole again; log and audit trail say so."""
    blob = session.get(Blob, sha256, with_for_update=True, populate_existing=True)
    if blob is None or blob.condition is Condition.WHOLE:
        return
    log.warning("file %s was repaired from the second store", sha256)
    record(session, None, "file.repaired", "blob", sha256, was=str(blob.condition))
    record_condition(session, sha256, Condition.WHOLE)


def abandoned_copies(known: Collection[str], contents: Iterable[Stored], moment: datetime) -> list[str]:
    """Return which contents of the second store may go: unknown to the database, and older than the grace."""
    return [each.sha256 for each in contents if each.sha256 not in known and each.modified_at < moment - REPLICA_GRACE]
