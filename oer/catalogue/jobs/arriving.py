"""Background work on what is on its way: uploads that go on after a cut."""

import logging
from datetime import timedelta

import sqlalchemy as sa

from oer.catalogue.services.uploads import Locked, expire_uploads, sweep_bytes, take_upload
from oer.catalogue.upload_models import Upload, UploadState
from oer.core.clock import now
from oer.core.errors import OerError
from oer.core.installation import Installation
from oer.files.queries import garbage_collection_is_held
from oer.jobs.queue import every

log = logging.getLogger(__name__)
_ORPHANED = timedelta(hours=1)


@every(30, "catalogue.take_uploads")
def take_whole_uploads(installation: Installation) -> None:
    """Take the files of uploads that were whole when their server died, or its store was away."""
    with installation.database.reading() as session:
        query = sa.select(Upload.id).where(Upload.state == UploadState.OPEN, Upload.received == Upload.size)
        whole = session.scalars(query.order_by(Upload.created_at)).all()
    for upload_id in whole:
        try:
            take_upload(installation, upload_id)
        except Locked:
            continue  # it is just being taken
        except OerError:
            log.warning("an upload that is whole was not taken", exc_info=True)


@every(600, "catalogue.expire_uploads")
def expire_unfinished(installation: Installation) -> None:
    """Discard uploads that were not finished in time, unless the clock has jumped."""
    with installation.database.transaction() as session:
        if not garbage_collection_is_held(session, now()):
            expire_uploads(session, installation.settings)
        sweep_bytes(session, installation.settings, _ORPHANED)
