"""What is observed of stored files: room, damage, and work on them that waits."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core import leases
from oer.core.i18n import N_, size_texts
from oer.core.installation import Installation
from oer.core.watching import Level, Observation, Waiting, due_work, watch
from oer.files.models import Blob, Rendition, RenditionState, ScanState
from oer.files.queries import FIXITY_INTERVAL, OVERDUE, garbage_collection_is_held, unreferenced

LEAST_FREE_BYTES = 1024**3
LEAST_FREE_SHARE = 0.03


@watch("storage", N_("Storage"))
def watch_storage(session: Session, installation: Installation) -> Sequence[Observation]:
    """Observe what is stored, and how much room is left for it and for the instance folder."""
    count, size = session.execute(sa.select(sa.func.count(), sa.func.sum(Blob.size)).where(~Blob.leaving)).one()
    values = {"count": count, "size": size_texts(int(size or 0))}
    stored = Observation(N_("Files in the store: %(count)s, %(size)s."), values)
    return [stored, *_room(installation), *_failed(installation)]


def _failed(installation: Installation) -> Iterator[Observation]:
    if installation.storage.has_failed():
        words = N_("The disk did not take what was written (fsync failed): no files are taken until a restart.")
        yield Observation(words, level=Level.TROUBLE, key="storage:failed")


def _room(installation: Installation) -> Iterator[Observation]:
    folders = {"instance": installation.settings.instance_dir}
    for place, folder in folders.items():
        usage = shutil.disk_usage(folder)
        is_short = usage.free < LEAST_FREE_BYTES or usage.free < LEAST_FREE_SHARE * usage.total
        words = (
            N_("Little room is left on the disk (%(place)s): %(size)s.")
            if is_short
            else N_("Room on the disk (%(place)s): %(size)s.")
        )
        level = Level.TROUBLE if is_short else Level.FINE
        yield Observation(words, {"place": place, "size": size_texts(usage.free)}, level, key=f"disk:{place}")


@due_work("files.extract", N_("Files whose text is to be read"), patience=timedelta(hours=1))
def extraction_due(session: Session, _installation: Installation, moment: datetime) -> Waiting:
    """Return the renditions that wait, and those whose worker died."""
    row = Rendition
    abandoned = sa.and_(row.state == RenditionState.RUNNING, leases.has_run_out(row, moment))
    began = sa.case((row.state == RenditionState.WAITING, row.created_at), else_=row.leased_until)
    query = sa.select(sa.func.count(), sa.func.min(began))
    return Waiting(*session.execute(query.where(sa.or_(row.state == RenditionState.WAITING, abandoned))).one())


@due_work("files.scan", N_("Files to be scanned for malware"), patience=timedelta(hours=1))
def scan_due(session: Session, _installation: Installation, _moment: datetime) -> Waiting:
    """Return the blobs that came while the scanner was away."""
    query = sa.select(sa.func.count(), sa.func.min(Blob.created_at))
    return Waiting(*session.execute(query.where(Blob.scan_state == ScanState.WAITING, ~Blob.leaving)).one())


@due_work("files.fixity", N_("Files to be checked against their hashes"), patience=timedelta(days=7))
def fixity_due(session: Session, _installation: Installation, moment: datetime) -> Waiting:
    """Return the blobs that were not checked for a month."""
    last_read = sa.func.coalesce(Blob.last_checked_at, Blob.created_at)
    query = sa.select(sa.func.count(), sa.func.min(last_read))
    count, oldest = session.execute(query.where(last_read < moment - FIXITY_INTERVAL, ~Blob.leaving)).one()
    return Waiting(count, oldest + FIXITY_INTERVAL if oldest else None)


@due_work("files.replicate", N_("Files to be copied to the second store"), patience=timedelta(hours=12))
def replicas_due(session: Session, installation: Installation, _moment: datetime) -> Waiting:
    """Return the blobs that are not in the second store, if there is one."""
    if installation.replica is None:
        return Waiting(0)
    query = sa.select(sa.func.count(), sa.func.min(Blob.created_at))
    return Waiting(*session.execute(query.where(Blob.replicated_at.is_(None), ~Blob.leaving)).one())


@due_work("files.collect", N_("Files to be thrown away"), patience=timedelta(hours=2))
def collection_due(session: Session, _installation: Installation, moment: datetime) -> Waiting:
    """Return the blobs that nothing has pointed to for longer than they are kept."""
    if garbage_collection_is_held(session, moment):
        return Waiting(0)
    query = sa.select(sa.func.count(), sa.func.min(Blob.found_unreferenced_at))
    overdue = sa.and_(Blob.found_unreferenced_at < moment - OVERDUE, unreferenced())
    count, oldest = session.execute(query.where(overdue)).one()
    return Waiting(count, oldest + OVERDUE if oldest else None)
