"""What was made of blobs: text by page, facts, covers; and what is still to be made."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.files.models import UNFINISHED, Blob, Rendition, RenditionPage, RenditionState

# Built once: it is asked for every material's page.
_NEWEST = (
    sa.select(Rendition)
    .where(Rendition.blob_sha256.in_(sa.bindparam("hashes", expanding=True)))
    .order_by(sa.case((Rendition.state.in_(UNFINISHED), 0), else_=1), Rendition.extractor_version)
)


def newest_rendition(session: Session, sha256: str) -> Rendition | None:
    """Return the newest rendition of a blob that has ended, else the newest at all; None if none was asked for."""
    return newest_renditions(session, [sha256]).get(sha256)


def newest_renditions(session: Session, hashes: Collection[str]) -> dict[str, Rendition]:
    """Return for each blob what `newest_rendition` returns; blobs without any are left out."""
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


def page_labels(session: Session, rendition_id: int) -> list[tuple[int, str]]:
    """Return the numbers and labels of all pages, without their texts."""
    query = (
        sa.select(RenditionPage.number, RenditionPage.label)
        .where(RenditionPage.rendition_id == rendition_id)
        .order_by(RenditionPage.number)
    )
    return [(number, label) for number, label in session.execute(query)]


def cover(session: Session, sha256: str) -> Blob | None:
    """Return the picture that extraction made of a blob as its cover, in WebP."""
    rendition = newest_rendition(session, sha256)
    return rendition.cover if rendition else None


def due_for_extraction(session: Session, moment: datetime, most: int = 100) -> Sequence[str]:
    """Return hashes of blobs whose rendition waits, or was begun by a worker that must be dead, oldest first."""
    abandoned = sa.and_(Rendition.state == RenditionState.RUNNING, Rendition.leased_until < moment)
    query = (
        sa.select(Rendition.blob_sha256)
        .where(sa.or_(Rendition.state == RenditionState.WAITING, abandoned))
        .order_by(Rendition.id)
        .limit(most)
    )
    return session.scalars(query).all()
