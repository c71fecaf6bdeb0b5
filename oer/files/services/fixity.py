"""Whether stored bytes are still what they were, and what follows if not."""

import logging

from sqlalchemy.orm import Session

from oer.backends.scanning import Verdict, VerdictState
from oer.backends.storage import Missing, Storage
from oer.core.audit import record
from oer.core.clock import now
from oer.files.models import Blob, Condition, FixityCheck, ScanState
from oer.files.queries import digest_of

log = logging.getLogger(__name__)


def read_condition(storage: Storage, sha256: str) -> Condition:
    """Read a blob's bytes whole and return what was found. Slow: outside of a transaction."""
    try:
        return Condition.WHOLE if digest_of(storage, sha256) == sha256 else Condition.DAMAGED
    except Missing:
        return Condition.MISSING


def note_condition(session: Session, sha256: str, found: Condition) -> None:
    """Keep what a reading found. From a damaged blob on nothing is handed out; the log and the audit trail say so."""
    blob = session.get(Blob, sha256, with_for_update=True, populate_existing=True)
    if blob is None or blob.leaving:
        return
    if found is not Condition.WHOLE and blob.condition is Condition.WHOLE:
        log.critical("file %s is %s", sha256, found)
        record(session, None, f"file.{found}", "blob", sha256)
    blob.condition, blob.last_checked_at = found, now()
    session.add(FixityCheck(blob_sha256=sha256, found=found))
    session.flush()


def note_verdict(session: Session, sha256: str, verdict: Verdict) -> None:
    """Keep what the virus scanner said of a blob that it could not be asked about before."""
    blob = session.get(Blob, sha256, with_for_update=True, populate_existing=True)
    if blob is None or verdict.state is VerdictState.UNAVAILABLE:
        return
    if verdict.state is VerdictState.INFECTED:
        log.critical("file %s holds malware: %s", sha256, verdict.finding)
        record(session, None, "file.infected", "blob", sha256, finding=verdict.finding)
    blob.scan_state, blob.scan_finding = ScanState(verdict.state.value), verdict.finding
    session.flush()
