"""Making a received file a blob: short, and safe against whoever is throwing the same content away."""

from typing import Any

from sqlalchemy.orm import Session

from oer.backends.extraction import EXTRACTOR_VERSION
from oer.backends.storage import Storage
from oer.core.db import Base, insert_into
from oer.files.models import Blob, Condition, Rendition, ScanState
from oer.files.services.receiving import Received
from oer.files.services.refusals import store_errors
from oer.jobs import wake


def keep(session: Session, storage: Storage, received: Received) -> Blob:
    """Return the blob of a received file, new or there already, and ask for its text.

    Call it within the block of `receive`. From now until the transaction ends the blob's row is locked, so it cannot be
    thrown away; a blob on its way out comes back, a damaged one is mended.
    """
    blob = _kept(session, storage, received)
    blob.macros = blob.macros or received.macros
    if blob.scan_state is not ScanState.CLEAN or received.scan_state is ScanState.CLEAN:
        blob.scan_state, blob.scan_finding = received.scan_state, received.scan_finding
    insert_if_absent(session, Rendition, blob_sha256=blob.sha256, extractor_version=EXTRACTOR_VERSION)
    session.flush()
    wake(session, "files.extract", blob.sha256)
    return blob


def keep_made(session: Session, storage: Storage, received: Received) -> Blob:
    """Return the blob of something that this product made itself: no text is asked of it."""
    blob = _kept(session, storage, received)
    session.flush()
    return blob


def _kept(session: Session, storage: Storage, received: Received) -> Blob:
    blob = _locked(session, received)
    if blob.condition is not Condition.WHOLE or storage.size(blob.sha256) != received.size:
        # Thrown away, or found damaged, since it was received: the temporary file still has it.
        with store_errors():
            storage.keep(received.incoming, replace=True)
    if blob.leaving:
        blob.media_type = received.media_type
    blob.condition, blob.leaving, blob.found_unreferenced_at = Condition.WHOLE, False, None
    return blob


def _locked(session: Session, received: Received) -> Blob:
    while True:
        insert_if_absent(session, Blob, sha256=received.sha256, size=received.size, media_type=received.media_type)
        blob = session.get(Blob, received.sha256, with_for_update=True, populate_existing=True)
        if blob is not None:  # else it was thrown away between the two statements
            return blob


def insert_if_absent(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row unless one with its key is there; whoever inserts the same one meanwhile is waited for."""
    session.execute(insert_into(session, model).values(**values).on_conflict_do_nothing())
