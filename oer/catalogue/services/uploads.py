"""Uploads that go on after a cut: begun, added to, taken as a file of a draft, given up.

Bytes lie in a folder of the instance, under the upload's id. The row says how many of them count: what a process that
died wrote beyond that is overwritten. An offset is acknowledged after fsync and commit.
"""

import fcntl
import hashlib
import hmac
import logging
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.backends.storage.spool import full_disk_is_no_space
from oer.catalogue.models import Material
from oer.catalogue.permissions import may_edit
from oer.catalogue.queries.files import open_uploads
from oer.catalogue.services.batches import FILES, SHEET, put_into_batch
from oer.catalogue.services.drafts import make_draft
from oer.catalogue.services.files import require_quota, require_unit_quota, save_upload
from oer.catalogue.upload_models import Batch, Upload, UploadState
from oer.config import Settings
from oer.core.clock import now
from oer.core.errors import Conflict, Forbidden, Gone, Invalid, NotFound, OerError, TooLarge
from oer.core.i18n import N_, size_texts
from oer.core.installation import Installation
from oer.core.text import clean_file_name
from oer.failpoints import fail_point
from oer.files.services.ingest import Received, receive

log = logging.getLogger(__name__)
MOST_OPEN = 200
LOCK_SECONDS = 1.0
CHECKSUMS = ("sha1", "sha256")
_TOO_LARGE = N_("This file is larger than the limit of %(limit)s.")
_TOO_MANY = N_("%(most)s of your uploads are not finished. Finish or discard some of them first.")
_BUSY = N_("Another part of this file is just being received. Please try again in a moment.")
_ELSEWHERE = N_("The upload is at another place of the file: go on from where it is.")
_BEYOND = N_("More came than the upload was announced with.")
_CHECKSUM = N_("What came is not what was sent: its checksum differs. Please send this part again.")
_NO_UPLOAD = N_("There is no such upload.")
_GONE = N_("This upload was not finished in time, so it was discarded. Please begin again.")
_NO_DRAFT = N_("The draft that this file was for is not there any more, or may not be changed now.")


class Locked(OerError):
    """Somebody else is just changing it (423)."""

    status, code = 423, "locked"


class ChecksumDiffers(OerError):
    """What came is not what was sent (460, as tus says)."""

    status, code = 460, "checksum"


def uploads_folder(settings: Settings) -> Path:
    """Return the folder of the bytes of unfinished uploads."""
    return settings.instance_dir / "unfinished"


def begin_upload(
    session: Session,
    settings: Settings,
    account: Account,
    *,
    name: str,
    size: int,
    told: str = "",
    modified: str = "",
    material: Material | None = None,
    batch: Batch | None = None,
    role: str = FILES,
) -> Upload:
    """Begin an upload into the draft of a material, into a batch, or into a draft of its own.

    Raises TooLarge (the file, or the quota with all that is announced), Conflict (too many uploads are open).
    """
    if size > settings.max_upload_bytes:
        raise TooLarge(_TOO_LARGE, limit=size_texts(settings.max_upload_bytes))
    session.execute(sa.select(Account.id).where(Account.id == account.id).with_for_update())
    if len(open_uploads(session, account.id)) >= MOST_OPEN:
        raise Conflict(_TOO_MANY, code="too_many_uploads", most=MOST_OPEN)
    owner_id = material.owner_id if material is not None else account.id
    require_quota(session, owner_id, settings.account_quota_bytes, size)
    require_unit_quota(session, material.unit_id if material is not None else None, settings.unit_quota_bytes, size)
    upload = Upload(
        account_id=account.id,
        material_id=material.id if material is not None else None,
        batch_id=batch.id if batch is not None else None,
        result={"role": role} if batch is not None else None,
        name=name[:1000],
        size=size,
        received=0,
        told=told,
        modified=modified,
        expires_at=_end(settings),
    )
    session.add(upload)
    session.flush()
    return upload


def _end(settings: Settings) -> Any:
    return now() + timedelta(hours=settings.unfinished_upload_hours)


def own_upload(session: Session, account_id: int, upload_id: str, *, lock: bool = False) -> Upload:
    """Return an account's upload as it is now. Raises NotFound (also for somebody else's), Gone (expired)."""
    upload = session.get(Upload, upload_id, with_for_update=lock, populate_existing=True)
    if upload is None or upload.account_id != account_id:
        raise NotFound(_NO_UPLOAD)
    if upload.state is UploadState.EXPIRED:
        raise Gone(_GONE, code="expired")
    if upload.refusal is not None:
        raise refusal_of(upload)
    if upload.is_open and upload.expires_at <= now():
        raise Gone(_GONE, code="expired")
    return upload


@dataclass(frozen=True)
class Checksum:
    """The checksum that a part came with: SHA-1 or SHA-256, and its digest."""

    algorithm: str
    digest: bytes

    def differs(self, found: "hashlib._Hash") -> bool:
        """Tell whether what was hashed is something else."""
        return not hmac.compare_digest(found.digest(), self.digest)


@contextmanager
def locked_bytes(settings: Settings, upload_id: str) -> Iterator[int]:
    """Give a descriptor of an upload's bytes, which nobody else changes meanwhile. Raises Locked.

    The system frees the lock when its holder dies.
    """
    folder = uploads_folder(settings)
    with full_disk_is_no_space():
        is_new = not folder.is_dir()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        opened = os.open(folder / upload_id, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _lock(opened)
        if os.fstat(opened).st_size == 0:
            _sync_folder(folder.parent if is_new else folder)
            _sync_folder(folder)
        yield opened
    finally:
        os.close(opened)


def _lock(opened: int) -> None:
    # Whoever has seen the new offset may be faster than the one who noted it is with letting go.
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise Locked(_BUSY) from None
            time.sleep(0.02)
        else:
            return


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_part(opened: int, start: int, most: int, blocks: Iterable[bytes], checksum: Checksum | None = None) -> int:
    """Write blocks from `start` on, sync them to the disk, and return how many bytes there are now.

    Raises TooLarge beyond `most` bytes, ChecksumDiffers, Gone if what came before is not there any more (of a restored
    database, say); then nothing of the part counts.
    """
    if os.fstat(opened).st_size < start:
        raise Gone(_GONE, code="expired")
    place, digest = start, hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
    with full_disk_is_no_space():
        os.ftruncate(opened, start)
        for block in blocks:
            if place + len(block) > most:
                raise TooLarge(_BEYOND)
            if digest is not None:
                digest.update(block)
            rest = memoryview(block)
            while rest:
                written = os.pwrite(opened, rest, place)
                place, rest = place + written, rest[written:]
            fail_point("uploads.writing")
        if checksum is not None and digest is not None and checksum.differs(digest):
            raise ChecksumDiffers(_CHECKSUM)
        os.fsync(opened)
    fail_point("uploads.written")
    return place


def require_place(upload: Upload, offset: int, coming: int | None) -> None:
    """Raise Conflict unless an upload goes on at `offset`, TooLarge if more is coming than is missing."""
    if not upload.is_open or upload.received != offset:
        raise Conflict(_ELSEWHERE, code="offset")
    if coming is not None and offset + coming > upload.size:
        raise TooLarge(_BEYOND)


def note_received(session: Session, settings: Settings, upload: Upload, received: int) -> None:
    """Note how many bytes are on the disk; from now on it has the whole time again. The caller commits."""
    upload.received, upload.expires_at = received, _end(settings)
    session.flush()


def take_upload(installation: Installation, upload_id: str) -> Upload | None:
    """Make a file of its draft of an upload whose bytes are all there; return it, with what became of it.

    It is taken once, however often this is called, at the same moment too. What is wrong with the file itself is noted
    as its refusal; where the store or the scanner is away the error is raised, and a sweep tries again. None if there
    is no such upload. Raises Locked.
    """
    settings = installation.settings
    with locked_bytes(settings, upload_id) as opened, installation.database.reading() as session:
        upload = session.get(Upload, upload_id)
        if upload is None or not upload.is_open or not upload.is_whole:
            return upload
        session.expunge(upload)
        session.rollback()
        try:
            if upload.batch_id is not None:
                return _given_to_batch(installation, upload)
            with os.fdopen(os.dup(opened), "rb") as stream:
                stream.seek(0)
                limit = settings.max_upload_bytes
                found = receive(
                    installation.storage, installation.scanner, stream, upload.name, limit=limit, expected=upload.size
                )
                with found as received, installation.database.transaction() as writing:
                    upload = _taken(writing, installation, upload_id, received)
                    writing.flush()
                    writing.expunge(upload)
        except (Invalid, Conflict, Forbidden, NotFound) as error:
            with installation.database.transaction() as writing:
                upload = writing.get_one(Upload, upload_id)
                _refuse(upload, error)
                writing.flush()
                writing.expunge(upload)
        fail_point("uploads.taken")
        forget_bytes(settings, upload_id)
        return upload


def _given_to_batch(installation: Installation, upload: Upload) -> Upload | None:
    """Put the file of an upload into the folder of its batch: a link first, so that it can be done again."""
    settings = installation.settings
    with installation.database.transaction() as session:
        row = session.get_one(Upload, upload.id, with_for_update=True)
        batch = session.get_one(Batch, row.batch_id)
        role = (row.result or {}).get("role", FILES)
        if role == SHEET:
            batch.choices = {**batch.choices, "name": clean_file_name(row.name)}
        put_into_batch(settings, batch.id, role, row.name, uploads_folder(settings) / row.id)
        row.state, row.result = UploadState.DONE, {"batch": batch.id}
        session.flush()
        session.expunge(row)
    fail_point("uploads.given")
    forget_bytes(settings, upload.id)
    return row


def _taken(session: Session, installation: Installation, upload_id: str, received: Received) -> Upload:
    upload = session.get_one(Upload, upload_id, with_for_update=True)
    account = session.get_one(Account, upload.account_id)
    upload.state = UploadState.DONE  # first: what it had reserved of the quota is free for itself
    session.flush()
    material = session.get(Material, upload.material_id) if upload.material_id else make_draft(session, account)
    if material is None or not may_edit(account, material):
        raise Conflict(_NO_DRAFT, code="no_draft")
    settings = installation.settings
    file = save_upload(
        session,
        installation.storage,
        material,
        received,
        most_bytes=settings.account_quota_bytes,
        unit_bytes=settings.unit_quota_bytes,
    )
    upload.result = {"material": material.public_id, "number": file.number, "name": file.name}
    return upload


def _refuse(upload: Upload, error: OerError) -> None:
    values = {name: value for name, value in error.values.items() if isinstance(value, str | int | float | dict)}
    upload.state = UploadState.REFUSED
    upload.refusal = {"status": error.status, "code": error.code, "message": error.message, "values": values}


class FileRefused(OerError):
    """The file of an upload is of no kind that is taken, damaged, or has no room; its status is that of the reason."""


def refusal_of(upload: Upload) -> OerError:
    """Return why the file of an upload was refused."""
    told = upload.refusal or {}
    error = FileRefused(told["message"], code=told["code"], **told["values"])
    error.status = told["status"]
    return error


def discard_upload(session: Session, settings: Settings, upload: Upload) -> None:
    """Give an upload up. Raises Locked while a part of it is being received."""
    with locked_bytes(settings, upload.id):
        session.delete(upload)
        session.flush()
        forget_bytes(settings, upload.id)


def forget_bytes(settings: Settings, upload_id: str) -> None:
    """Delete what came of an upload."""
    (uploads_folder(settings) / upload_id).unlink(missing_ok=True)


def expire_uploads(session: Session, settings: Settings) -> None:
    """Discard what was not finished in time. That it was is known for as long again, then the row goes, too."""
    moment = now()
    late = sa.select(Upload).where(Upload.state == UploadState.OPEN, Upload.expires_at <= moment)
    for upload in session.scalars(late.where(Upload.received < Upload.size).with_for_update()):
        upload.state = UploadState.EXPIRED
        forget_bytes(settings, upload.id)
    oldest = moment - timedelta(hours=settings.unfinished_upload_hours)
    session.execute(sa.delete(Upload).where(Upload.state != UploadState.OPEN, Upload.expires_at <= oldest))
    session.flush()


def sweep_bytes(session: Session, settings: Settings, older_than: timedelta) -> int:
    """Delete bytes that no open upload has, such as those of a draft that was deleted; return of how many."""
    known = set(session.scalars(sa.select(Upload.id).where(Upload.state == UploadState.OPEN)))
    count = 0
    for path in uploads_folder(settings).glob("*"):
        if path.name not in known and now().timestamp() - path.stat().st_mtime > older_than.total_seconds():
            path.unlink(missing_ok=True)
            count += 1
    return count


def read_name(name: str) -> str:
    """Return the name that a client gives a file: without its folders, which may lead anywhere."""
    return clean_file_name(name)
