"""What is observed of the catalogue: how far the index is behind, and which materials have a damaged file."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.search import Health
from oer.catalogue.models import Material, Version, VersionFile
from oer.catalogue.queries.indexing import INDEX_JOB, being_read, given_up, index_behind
from oer.core.i18n import N_
from oer.core.installation import Installation
from oer.core.watching import Level, Observation, Waiting, due_work, watch
from oer.files.models import Blob, Condition

MOST_NAMED = 20


@watch("search", N_("Search index"))
def watch_index(session: Session, installation: Installation) -> Sequence[Observation]:
    """Observe whether the index answers, and is whole."""
    state = installation.search_index.state()
    if state.health is not Health.READY:
        return [Observation(N_("The search index is lost or damaged."), level=Level.TROUBLE, key="index")]
    if state.incomplete:
        return [Observation(N_("The search index is being rebuilt."), level=Level.NOTICE)]
    reading = being_read(session)
    waiting = Observation(N_("Materials whose text is still being read: %(count)s."), {"count": reading.count})
    found = [Observation(N_("Materials in the index: %(count)s."), {"count": state.documents})]
    found += [replace(waiting, since=reading.since)] if reading.count else []
    return [*found, *_given_up(session)]


def _given_up(session: Session) -> Iterator[Observation]:
    materials = given_up(session)
    if materials:
        words = N_("Materials that cannot be indexed, so search does not find them: %(count)s.")
        since = min(tried_at for _, tried_at in materials)
        yield Observation(words, {"count": len(materials)}, Level.TROUBLE, since, key="index:given-up")
    for public_id, tried_at in materials[:MOST_NAMED]:
        yield Observation(
            N_("The material %(id)s could not be indexed; the log says why."),
            {"id": public_id},
            Level.TROUBLE,
            tried_at,
            key=f"index:given-up:{public_id}",
            path=f"/materials/{public_id}",
            detail=True,
        )


@due_work(INDEX_JOB, N_("Materials to be indexed"), patience=timedelta(minutes=10))
def indexing_due(session: Session, _installation: Installation, _moment: datetime) -> Waiting:
    """Return the materials that the index does not have as they are."""
    behind = index_behind(session)
    return Waiting(behind.count, behind.since)


@watch("integrity", N_("Integrity of files"))
def watch_integrity(session: Session, _installation: Installation) -> Sequence[Observation]:
    """Observe the files that were found damaged or missing, with the materials that they belong to."""
    found = sa.and_(Blob.condition != Condition.WHOLE, ~Blob.leaving)
    count = session.scalar(sa.select(sa.func.count()).select_from(Blob).where(found)) or 0
    if not count:
        return [Observation(N_("No file is known to be damaged or missing."))]
    words = N_("Files that are damaged or missing: %(count)s.")
    return [Observation(words, {"count": count}, Level.TROUBLE, key="integrity"), *_named(session, found)]


def _named(session: Session, found: sa.ColumnElement[bool]) -> Iterator[Observation]:
    query = (
        sa.select(
            Blob.sha256,
            Blob.condition,
            Blob.last_checked_at,
            sa.func.min(VersionFile.name).label("name"),
            sa.func.min(Material.public_id).label("public_id"),
        )
        .outerjoin(VersionFile, VersionFile.blob_sha256 == Blob.sha256)
        .outerjoin(Version, Version.id == VersionFile.version_id)
        .outerjoin(Material, Material.id == Version.material_id)
        .where(found)
        .group_by(Blob.sha256, Blob.condition, Blob.last_checked_at)
        .order_by(Blob.last_checked_at.desc(), Blob.sha256)
        .limit(MOST_NAMED)
    )
    words = {
        Condition.DAMAGED: N_("The file %(name)s (%(hash)s) does not match its hash."),
        Condition.MISSING: N_("The file %(name)s (%(hash)s) is missing from the store."),
    }
    for row in session.execute(query):
        yield Observation(
            words[row.condition],
            {"name": row.name or "–", "hash": row.sha256[:12]},
            Level.TROUBLE,
            row.last_checked_at,
            key=f"blob:{row.sha256}",
            path=f"/materials/{row.public_id}" if row.public_id else "",
            detail=True,
        )
