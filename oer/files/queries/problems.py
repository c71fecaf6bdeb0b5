"""What is wrong between the rows and the store, asked at rest."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.storage import Storage, Stored
from oer.core.clock import now
from oer.core.problems import Problem
from oer.files.models import Blob, Condition
from oer.files.queries.references import is_held

# A day of grace, and what the rounds that find and remove may take.
OVERDUE = timedelta(hours=24 + 8)


def problems(session: Session, storage: Storage, *, read_contents: bool = False) -> list[Problem]:
    """Return what is wrong with blobs and store; an empty list is good health. Reads every file if told to."""
    moment = now()
    contents = {each.sha256: each for each in storage.contents()}
    found = list(_of_rows(session, storage, contents, read_contents=read_contents))
    found += _of_contents(session, contents, moment)
    found += [Problem("I3", f"{name!r} lies in the store and is not its own") for name in storage.strays()]
    if not is_held(session, moment):
        found += _overdue(session, moment)
    return found


def _of_rows(
    session: Session, storage: Storage, contents: Mapping[str, Stored], *, read_contents: bool
) -> Iterator[Problem]:
    for blob in session.scalars(sa.select(Blob).where(~Blob.leaving).order_by(Blob.sha256)):
        stored = contents.get(blob.sha256)
        if stored is None:
            yield Problem("I2", f"file {blob.sha256} is missing from the store")
        elif stored.size != blob.size:
            yield Problem("I7", f"file {blob.sha256} has {stored.size} bytes instead of {blob.size}")
        elif blob.condition is not Condition.WHOLE:
            yield Problem("I1", f"file {blob.sha256} was found {blob.condition} by a fixity check")
        elif read_contents and digest_of(storage, blob.sha256) != blob.sha256:
            yield Problem("I7", f"file {blob.sha256} does not match its hash")


def _of_contents(session: Session, contents: Mapping[str, Stored], moment: datetime) -> Iterator[Problem]:
    known = set(session.scalars(sa.select(Blob.sha256)))
    for each in contents.values():
        if each.sha256 not in known and _is_old(each, moment):
            yield Problem("I3", f"file {each.sha256} is in the store, has no row, and should be gone")


def _is_old(stored: Stored, moment: datetime) -> bool:
    return stored.modified_at < moment - 2 * OVERDUE


def _overdue(session: Session, moment: datetime) -> Iterator[Problem]:
    query = sa.select(Blob.sha256).where(Blob.found_unreferenced_at < moment - OVERDUE).order_by(Blob.sha256)
    for sha256 in session.scalars(query):
        yield Problem("I3", f"nothing has pointed to file {sha256} for more than a day")


def digest_of(storage: Storage, sha256: str) -> str:
    """Return the SHA-256 of what is stored under a hash. Raises Missing."""
    digest = hashlib.sha256()
    for block in storage.read(sha256):
        digest.update(block)
    return digest.hexdigest()
