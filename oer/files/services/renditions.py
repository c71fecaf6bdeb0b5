"""Renditions are made by one worker at a time, given up after three tries, and saved whole or not at all."""

import time
from dataclasses import dataclass
from datetime import timedelta
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.extraction.extracting import EXTRACTOR_VERSION
from oer.backends.extraction.protocol import Extraction
from oer.backends.storage import Storage
from oer.core import leases
from oer.core.clock import now
from oer.core.leases import Lease, LeaseLost
from oer.files.likeness import keep_sketch, sketch_kept_text
from oer.files.models import UNFINISHED, Blob, Rendition, RenditionPage, RenditionState
from oer.files.services.ingest import Received, insert_if_absent, save_derived_blob
from oer.jobs.queue import enqueue

MAX_TRIES = 3
INDEX_PAUSE = 10.0


@dataclass(frozen=True)
class Claim:
    """A rendition that this worker makes, with its lease: a worker that comes back too late is refused."""

    lease: Lease
    sha256: str
    media_type: str


def claim(session: Session, sha256: str, duration: timedelta) -> Claim | None:
    """Claim the rendition of a blob that waits or whose lease has run out; None if there is none to make.

    One that was begun three times and never ended is given up as failed: it kills its worker.
    """
    waiting = (
        sa.select(Rendition.id)
        .where(Rendition.blob_sha256 == sha256, Rendition.state.in_(UNFINISHED))
        .order_by(Rendition.extractor_version.desc())
    )
    rendition_id = session.scalars(waiting.limit(1)).first()
    claimed = leases.claim(session, Rendition, rendition_id, duration) if rendition_id is not None else None
    if claimed is None:
        return None
    rendition, lease = claimed
    if not rendition.is_unfinished:  # it ended between the two statements
        leases.release(rendition)
        return None
    if rendition.tries >= MAX_TRIES:
        _end(session, rendition, RenditionState.FAILED)
        return None
    rendition.tries += 1
    rendition.state = RenditionState.RUNNING
    session.flush()
    return Claim(lease, sha256, session.get_one(Blob, sha256).media_type)


def renew(session: Session, claim: Claim, duration: timedelta) -> None:
    """Lengthen the lease of a rendition that is being made. Raises LeaseLost if another worker has it by now."""
    leases.renew(session, Rendition, claim.lease, duration)


def give_back(session: Session, claim: Claim) -> None:
    """Let a rendition wait again that could not be made for no fault of its file: this was no try."""
    try:
        rendition = leases.leased_row(session, Rendition, claim.lease)
    except LeaseLost:
        return
    rendition.state, rendition.tries = RenditionState.WAITING, rendition.tries - 1
    leases.release(rendition)


def finish(session: Session, storage: Storage, claim: Claim, extraction: Extraction, cover: Received | None) -> None:
    """Save what was extracted in place of what there was. Raises LeaseLost if another worker has it, or it is gone."""
    rendition = leases.leased_row(session, Rendition, claim.lease)
    if cover is not None:
        rendition.cover_sha256 = save_derived_blob(session, storage, cover).sha256
    rendition.facts = extraction.facts.as_json()
    session.execute(sa.delete(RenditionPage).where(RenditionPage.rendition_id == rendition.id))
    rows = [
        {"rendition_id": rendition.id, "number": page.number, "label": page.label, "text": page.text, "html": page.html}
        for page in extraction.pages
    ]
    if rows:
        session.execute(sa.insert(RenditionPage), rows)
    keep_sketch(session, claim.sha256, (page.text for page in extraction.pages))
    _end(session, rendition, RenditionState(extraction.state.value))


def _end(session: Session, rendition: Rendition, state: RenditionState) -> None:
    rendition.state, rendition.finished_at = state, now()
    leases.release(rendition)
    is_older = sa.and_(
        Rendition.blob_sha256 == rendition.blob_sha256, Rendition.extractor_version < rendition.extractor_version
    )
    if state is not RenditionState.OK:
        _keep_older_text(session, rendition, is_older)
    session.execute(sa.delete(Rendition).where(is_older))
    session.flush()
    if _is_time_to_index(session):
        enqueue(session, "catalogue.index")


_asked_by_engine: WeakKeyDictionary[sa.Engine, float] = WeakKeyDictionary()


def _is_time_to_index(session: Session) -> bool:
    """Tell whether to have the index follow now: after the last file that waits, else every `INDEX_PAUSE` seconds.

    A round of the indexer looks at all materials: one for each file of a large import would take most of the time.
    """
    engine, moment = session.connection().engine, time.monotonic()
    others = sa.select(sa.exists().where(Rendition.state == RenditionState.WAITING))
    if moment - _asked_by_engine.get(engine, -INDEX_PAUSE) < INDEX_PAUSE and session.scalar(others):
        return False
    _asked_by_engine[engine] = moment
    return True


def _keep_older_text(session: Session, rendition: Rendition, is_older: sa.ColumnElement[bool]) -> None:
    # A newer extractor that fails, for lack of time or of a program, must not remove a text that people read.
    query = sa.select(Rendition).where(is_older, Rendition.state == RenditionState.OK)
    older = session.scalars(query.order_by(Rendition.extractor_version.desc()).limit(1)).first()
    if older is None:
        return
    session.execute(sa.delete(RenditionPage).where(RenditionPage.rendition_id == rendition.id))
    pages = sa.update(RenditionPage).where(RenditionPage.rendition_id == older.id)
    session.execute(pages.values(rendition_id=rendition.id))
    rendition.state, rendition.facts = older.state, older.facts
    rendition.cover_sha256 = rendition.cover_sha256 or older.cover_sha256
    session.flush()
    sketch_kept_text(session, rendition.blob_sha256)


def extract_again(session: Session, *states: RenditionState) -> int:
    """Have renditions made again that ended in one of these states; return how many."""
    query = sa.select(Rendition).where(Rendition.state.in_(states), Rendition.extractor_version == EXTRACTOR_VERSION)
    asked = session.scalars(query).all()
    for rendition in asked:
        rendition.state, rendition.tries, rendition.finished_at = RenditionState.WAITING, 0, None
    session.flush()
    return len(asked)


def ask_for_newer(session: Session, most: int) -> int:
    """Have renditions made of blobs that have only those of an older extractor; return how many."""
    current = sa.select(Rendition.blob_sha256).where(Rendition.extractor_version >= EXTRACTOR_VERSION)
    query = sa.select(Rendition.blob_sha256).where(Rendition.blob_sha256.not_in(current)).distinct().limit(most)
    hashes = session.scalars(query).all()
    for sha256 in hashes:
        insert_if_absent(session, Rendition, blob_sha256=sha256, extractor_version=EXTRACTOR_VERSION)
    return len(hashes)
