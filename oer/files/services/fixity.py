"""Results of fixity checks and malware scans, and what follows from them."""

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
    """Check a blob's bytes against its hash. Slow: call it outside of a transaction."""
    try:
        return Condition.WHOLE if digest_of(storage, sha256) == sha256 else Condition.DAMAGED
    except Missing:
        return Condition.MISSING


def record_condition(session: Session, sha256: str, found: Condition) -> None:
    """Record the result of a check. A damaged blob is not sent any more; log and audit trail say so."""
    blob = session.get(Blob, sha256, with_for_update=True, populate_existing=True)
    if blob is None or blob.leaving:
        return
    if found is not Condition.WHOLE and blob.condition is Condition.WHOLE:
        log.critical("file %s is %s", sha256, found)
        record(session, None, f"file.{found}", "blob", sha256)
    blob.condition, blob.last_checked_at = found, now()
    session.add(FixityCheck(blob_sha256=sha256, found=found))
    session.flush()


def record_verdict(session: Session, sha256: str, verdict: Verdict) -> None:
    """Record the result of a scan that could not be made when the blob was uploaded."""
    blob = session.get(Blob, sha256, with_for_update=True, populate_existing=True)
    if blob is None or verdict.state is VerdictState.UNAVAILABLE:
        return
    if verdict.state is VerdictState.INFECTED:
        log.critical("file %s holds malware: %s", sha256, verdict.finding)
        record(session, None, "file.infected", "blob", sha256, finding=verdict.finding)
    blob.scan_state, blob.scan_finding = ScanState(verdict.state.value), verdict.finding
    session.flush()
