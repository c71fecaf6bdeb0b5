"""Background work on stored files: extraction, malware scans, fixity checks, garbage collection."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from oer.backends.extraction.extracting import extract
from oer.backends.extraction.protocol import Extraction, State
from oer.backends.extraction.reader_folders import sweep_folders
from oer.backends.storage import Missing, StorageError
from oer.core.clock import now
from oer.core.errors import OerError
from oer.core.installation import Installation
from oer.core.leases import LeaseLost
from oer.failpoints import fail_point
from oer.files.likeness import due_for_sketch, sketch_kept_text
from oer.files.models import Blob, Condition
from oer.files.queries import (
    EXAMINE,
    FIXITY_INTERVAL,
    due_for_extraction,
    due_for_fixity,
    due_for_replica,
    due_for_scan,
    garbage_collection_is_held,
    harmed_blobs,
)
from oer.files.services.fixity import read_condition, record_condition, record_verdict
from oer.files.services.garbage_collection import delete_marked, mark_for_deletion, note_unreferenced, register_orphans
from oer.files.services.ingest import receive_derived
from oer.files.services.renditions import Claim, ask_for_newer, claim, finish, give_back, renew
from oer.files.services.replication import (
    abandoned_copies,
    copy_content,
    record_repair,
    record_replicated,
    require_own_replica,
)
from oer.jobs.queue import every, job

log = logging.getLogger(__name__)

COVER_TYPE = "image/webp"
LEASE = timedelta(seconds=120)
RENEWAL_SECONDS = 30.0
DEAD_UPLOAD = timedelta(minutes=40)
DEAD_READER = timedelta(hours=3)
_SWEEP_SECONDS = 600.0
_UPGRADES_AT_ONCE = 100
_FIXITY_BYTES, _FIXITY_FILES = 512 * 1024**2, 500


@job("files.extract")
def extract_one(installation: Installation, sha256: str) -> None:
    """Make the rendition of a blob, if it is due."""
    with installation.database.transaction() as session:
        claimed = claim(session, sha256, LEASE)
    if claimed is not None:
        fail_point("extraction.claimed")
        try:
            with _leased(installation, claimed):
                extraction = _extract(installation, claimed)
            fail_point("extraction.read")
            _finish(installation, claimed, extraction)
        except (OerError, StorageError):
            # The store's fault, such as a full disk: a file is not given up for what it did not do.
            with installation.database.transaction() as session:
                give_back(session, claimed)
            raise


@contextmanager
def _leased(installation: Installation, claimed: Claim) -> Iterator[None]:
    """Renew a lease for as long as the block takes. It is short, so that somebody else begins soon after a death."""
    over = threading.Event()

    def renew_until_over() -> None:
        while not over.wait(RENEWAL_SECONDS):
            try:
                with installation.database.transaction() as session:
                    renew(session, claimed, LEASE)
            except LeaseLost:
                return
            except SQLAlchemyError:
                log.warning("the lease of %s was not renewed", claimed.sha256, exc_info=True)

    renewing = threading.Thread(target=renew_until_over, name="lease", daemon=True)
    renewing.start()
    try:
        yield
    finally:
        over.set()
        renewing.join()


def _extract(installation: Installation, claimed: Claim) -> Extraction:
    try:
        with installation.storage.as_file(claimed.sha256) as path:
            return extract(path, claimed.media_type)
    except Missing:
        return Extraction(State.DAMAGED, detail="the file is missing from the store")


def _finish(installation: Installation, claimed: Claim, extraction: Extraction) -> None:
    with ExitStack() as open_now:
        cover = None
        if extraction.cover:
            cover = open_now.enter_context(receive_derived(installation.storage, extraction.cover, COVER_TYPE))
        session = open_now.enter_context(installation.database.transaction())
        try:
            finish(session, installation.storage, claimed, extraction, cover)
            fail_point("extraction.finishing")
        except LeaseLost as lost:
            log.info("extraction of %s came too late: %s", claimed.sha256, lost)
            return
    if extraction.state not in {State.OK, State.NO_TEXT}:
        log.info("extraction of %s ended as %s: %s", claimed.sha256, extraction.state, extraction.detail)


@every(30, "files.sweep")
def extract_due(installation: Installation) -> None:
    """Make renditions whose job got lost, whose worker died, or that an older extractor made."""
    with installation.database.transaction() as session:
        ask_for_newer(session, _UPGRADES_AT_ONCE)
    deadline = time.monotonic() + _SWEEP_SECONDS
    while time.monotonic() < deadline:
        with installation.database.reading() as session:
            due = due_for_extraction(session, now(), most=1)
        if not due:
            return
        extract_one(installation, due[0])


@every(300, "files.sketch")
def sketch_older_texts(installation: Installation) -> None:
    """Make sketches of some of the texts that were read before there were sketches."""
    with installation.database.reading() as session:
        due = due_for_sketch(session, _UPGRADES_AT_ONCE)
    for sha256 in due:
        with installation.database.transaction() as session:
            if session.get(Blob, sha256) is not None:
                sketch_kept_text(session, sha256)


@every(300, "files.scan")
def scan_waiting(installation: Installation) -> None:
    """Scan the files that came while the scanner was not available."""
    with installation.database.reading() as session:
        waiting = due_for_scan(session)
    for sha256 in waiting:
        try:
            with installation.storage.as_file(sha256) as path:
                verdict = installation.scanner.scan(path)
        except Missing:
            continue
        with installation.database.transaction() as session:
            record_verdict(session, sha256, verdict)


@every(900, "files.fixity")
def check_fixity(installation: Installation) -> None:
    """Check some of the blobs that were not checked for a month, and their copies in the second store."""
    left = _FIXITY_BYTES
    with installation.database.reading() as session:
        due = due_for_fixity(session, now(), FIXITY_INTERVAL, _FIXITY_FILES)
    for sha256, size in due:
        found = read_condition(installation.storage, sha256)
        copy = read_condition(installation.replica, sha256) if installation.replica else None
        with installation.database.transaction() as session:
            record_condition(session, sha256, found)
            if copy is not None:
                record_replicated(session, sha256, whole=copy is Condition.WHOLE)
        left -= size
        if left < 0:
            break
    repair_harmed(installation)


@every(120, "files.repair")
def repair_harmed(installation: Installation) -> None:
    """Repair damaged and missing blobs from the second store, if there is one that has them whole."""
    if installation.replica is None:
        return
    with installation.database.reading() as session:
        harmed = [blob.sha256 for blob in harmed_blobs(session)]
    for sha256 in harmed:
        if copy_content(installation.replica, installation.storage, sha256):
            with installation.database.transaction() as session:
                record_repair(session, sha256)


@every(60, "files.replicate")
def replicate(installation: Installation) -> None:
    """Copy to the second store what it does not have yet."""
    if installation.replica is None:
        return
    with installation.database.transaction() as session:
        require_own_replica(session, installation.replica)
    deadline = time.monotonic() + _SWEEP_SECONDS
    while time.monotonic() < deadline:
        with installation.database.reading() as session:
            due = due_for_replica(session, most=100)
        for sha256 in due:
            whole = copy_content(installation.storage, installation.replica, sha256)
            with installation.database.transaction() as session:
                if whole:
                    record_replicated(session, sha256, whole=True)
                else:
                    record_condition(session, sha256, read_condition(installation.storage, sha256))
        if not due:
            return


@every(24 * 3600, "files.sweep_replica")
def sweep_replica(installation: Installation) -> None:
    """Delete from the second store what the database has not known for a month."""
    if installation.replica is None:
        return
    with installation.database.transaction() as session:
        require_own_replica(session, installation.replica)
        if garbage_collection_is_held(session, now()):
            return
    contents = list(installation.replica.contents())
    with installation.database.reading() as session:
        known = set(session.scalars(sa.select(Blob.sha256)))
    for sha256 in abandoned_copies(known, contents, now()):
        with installation.database.transaction() as session:  # nobody saves it meanwhile
            if session.get(Blob, sha256) is None:
                installation.replica.delete(sha256)
    installation.replica.sweep(DEAD_UPLOAD)


@job(EXAMINE)
def examine(installation: Installation, sha256: str) -> None:
    """Check a blob that a reader found missing or short, at once: what is recorded raises an alarm."""
    found = read_condition(installation.storage, sha256)
    with installation.database.transaction() as session:
        record_condition(session, sha256, found)
    if found is not Condition.WHOLE:
        repair_harmed(installation)


@every(600, "files.collect")
def collect(installation: Installation) -> None:
    """Delete what dead uploads and extractions left, and blobs that have been unreferenced for a day."""
    installation.storage.sweep(DEAD_UPLOAD)
    sweep_folders(DEAD_READER)
    with installation.database.transaction() as session:
        note_unreferenced(session, now())
        marked = mark_for_deletion(session, now())
    for sha256 in marked:
        with installation.database.transaction() as session:
            if delete_marked(session, installation.storage, sha256, now()):
                log.info("deleted %s", sha256)


@every(6 * 3600, "files.find_rowless")
def register_orphaned_content(installation: Installation) -> None:
    """Give rows to content whose upload died before its row was committed, so that it is deleted like any other."""
    contents = list(installation.storage.contents())
    with installation.database.transaction() as session:
        register_orphans(session, contents, now())
