"""Background work on stored content: text, malware, fixity, and throwing away."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from oer.backends.extraction import Extraction, State, extract, sweep_folders
from oer.backends.storage import Missing
from oer.core.clock import now
from oer.core.engines import Engines
from oer.files.queries import due_for_extraction, due_for_fixity, due_for_scan
from oer.files.services import (
    Claim,
    ask_for_newer,
    claim,
    condemn,
    find_rowless,
    find_unreferenced,
    finish,
    note_condition,
    note_verdict,
    read_condition,
    receive_made,
    remove,
    renew,
)
from oer.jobs import every, job

log = logging.getLogger(__name__)

COVER_TYPE = "image/webp"
LEASE = timedelta(seconds=120)
RENEWAL_SECONDS = 30.0
DEAD_UPLOAD = timedelta(minutes=40)
DEAD_READER = timedelta(hours=3)
FIXITY_INTERVAL = timedelta(days=30)
_SWEEP_SECONDS = 600.0
_NEWER_AT_ONCE = 100
_FIXITY_BYTES, _FIXITY_FILES = 512 * 1024**2, 500


@job("files.extract")
def extract_one(engines: Engines, sha256: str) -> None:
    """Make the rendition of a blob, if it is still to be made."""
    with engines.database.transaction() as session:
        claimed = claim(session, sha256, now(), LEASE)
    if claimed is not None:
        with _leased(engines, claimed):
            extraction = _extract(engines, claimed)
        _finish(engines, claimed, extraction)


@contextmanager
def _leased(engines: Engines, claimed: Claim) -> Iterator[None]:
    """Renew a lease for as long as the block takes: short, so that soon after a death somebody else begins."""
    over = threading.Event()

    def renew_until_over() -> None:
        while not over.wait(RENEWAL_SECONDS):
            try:
                with engines.database.transaction() as session:
                    if not renew(session, claimed, now() + LEASE):
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


def _extract(engines: Engines, claimed: Claim) -> Extraction:
    try:
        with engines.storage.as_file(claimed.sha256) as path:
            return extract(path, claimed.media_type)
    except Missing:
        return Extraction(State.DAMAGED, detail="the file is missing from the store")


def _finish(engines: Engines, claimed: Claim, extraction: Extraction) -> None:
    with ExitStack() as open_now:
        cover = None
        if extraction.cover:
            cover = open_now.enter_context(receive_made(engines.storage, extraction.cover, COVER_TYPE))
        session = open_now.enter_context(engines.database.transaction())
        finish(session, engines.storage, claimed, extraction, cover)
    if extraction.state not in {State.OK, State.NO_TEXT}:
        log.info("extraction of %s ended as %s: %s", claimed.sha256, extraction.state, extraction.detail)


@every(30, "files.sweep")
def extract_due(engines: Engines) -> None:
    """Make what waits without a wake-up, what dead workers left, and what a newer extractor makes better."""
    with engines.database.transaction() as session:
        ask_for_newer(session, _NEWER_AT_ONCE)
    deadline = time.monotonic() + _SWEEP_SECONDS
    while time.monotonic() < deadline:
        with engines.database.reading() as session:
            due = due_for_extraction(session, now(), most=1)
        if not due:
            return
        extract_one(engines, due[0])


@every(300, "files.scan")
def scan_waiting(engines: Engines) -> None:
    """Ask the virus scanner about what came while it did not answer."""
    with engines.database.reading() as session:
        waiting = due_for_scan(session)
    for sha256 in waiting:
        try:
            with engines.storage.as_file(sha256) as path:
                verdict = engines.scanner.scan(path)
        except Missing:
            continue
        with engines.database.transaction() as session:
            note_verdict(session, sha256, verdict)


@every(900, "files.fixity")
def check_fixity(engines: Engines) -> None:
    """Read some of the blobs that were not read for a month, and keep what was found."""
    left = _FIXITY_BYTES
    with engines.database.reading() as session:
        due = due_for_fixity(session, now(), FIXITY_INTERVAL, _FIXITY_FILES)
    for sha256, size in due:
        found = read_condition(engines.storage, sha256)
        with engines.database.transaction() as session:
            note_condition(session, sha256, found)
        left -= size
        if left < 0:
            return


@every(600, "files.collect")
def collect(engines: Engines) -> None:
    """Remove what dead uploads and readers left, and throw away what nothing has pointed to for a day."""
    engines.storage.sweep(DEAD_UPLOAD)
    sweep_folders(DEAD_READER)
    with engines.database.transaction() as session:
        find_unreferenced(session, now())
        condemned = condemn(session, now())
    for sha256 in condemned:
        with engines.database.transaction() as session:
            if remove(session, engines.storage, sha256, now()):
                log.info("threw away %s", sha256)


@every(6 * 3600, "files.find_rowless")
def find_rowless_content(engines: Engines) -> None:
    """Give rows to content whose upload died before its row was committed: it goes like everything unreferenced."""
    contents = list(engines.storage.contents())
    with engines.database.transaction() as session:
        find_rowless(session, contents, now())
