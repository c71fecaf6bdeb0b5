"""Evidence: files that show where a value comes from."""

from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid, UnsupportedType
from oer.core.i18n import N_
from oer.files.models import Blob
from oer.indicators.models import Duty, Evidence, Indicator, Observation, UnitReport
from oer.indicators.queries.entry import NOT_OWED
from oer.indicators.queries.lines import find_evidence, find_observation
from oer.indicators.services.entry import NOT_EDITABLE

NO_EVIDENCE_TYPE = N_(
    "This is no evidence: take a document, a table or a picture of one (PDF, Word, Excel, CSV, image)."
)
ENOUGH = N_("A line takes ten files of evidence at most.")
MOST_FILES = 10
_OFFICE = ("application/vnd.openxmlformats-officedocument", "application/vnd.oasis.opendocument")
_TYPES = frozenset(
    {
        "application/pdf", "application/msword", "application/vnd.ms-excel", "text/plain", "text/csv",
        "image/png", "image/jpeg", "image/webp",
    }
)  # fmt: skip


def is_evidence(media_type: str) -> bool:
    """Whether files of a type can be evidence: documents, tables and pictures, nothing that runs or plays."""
    return media_type in _TYPES or media_type.startswith(_OFFICE)


def require_evidence(media_type: str) -> None:
    """Raise UnsupportedType at the field `evidence` where a type is none."""
    if not is_evidence(media_type):
        raise UnsupportedType(NO_EVIDENCE_TYPE, code="no_evidence", field="evidence")


def add_evidence(
    session: Session, report: UnitReport, indicator: Indicator, blob: Blob, name: str, actor_id: int | None
) -> Evidence:
    """Put a kept file beside a line of a report; the same file twice is one.

    Raises UnsupportedType for a file that is no evidence, Conflict where the report cannot be changed, Invalid where
    there are enough.
    """
    require_evidence(blob.media_type)
    found = _line_to_change(session, report, indicator, actor_id)
    known = next((each for each in found.evidence if each.blob_sha256 == blob.sha256), None)
    if known is not None:
        return known
    if len(found.evidence) >= MOST_FILES:
        raise Invalid(ENOUGH, field="evidence")
    made = Evidence(
        blob_sha256=blob.sha256, name=name, size=blob.size, media_type=blob.media_type, added_by_id=actor_id
    )
    found.evidence.append(made)
    session.flush()
    told = {"indicator": indicator.code, "unit": report.unit.code, "name": name, "sha256": blob.sha256}
    record(session, actor_id, "evidence.added", "observation", found.id, **told)
    return made


def _line_to_change(session: Session, report: UnitReport, indicator: Indicator, actor_id: int | None) -> Observation:
    require_editable(session, report)
    if session.get(Duty, (report.id, indicator.id)) is None:
        raise Invalid(NOT_OWED, code="not_owed")
    found = find_observation(session, report.id, indicator.id, to_change=True)
    if found is None:
        found = Observation(report_id=report.id, indicator_id=indicator.id, changed_at=now(), changed_by_id=actor_id)
        session.add(found)
        session.flush()
    return found


def require_editable(session: Session, report: UnitReport) -> None:
    """Raise Conflict where a report cannot be changed now; its row stays locked until the transaction ends."""
    session.refresh(report, with_for_update={"of": UnitReport})
    if not report.is_editable:
        raise Conflict(NOT_EDITABLE, code="not_editable")


def remove_evidence(session: Session, report: UnitReport, evidence_id: int, actor_id: int | None) -> None:
    """Take a file away from a line. Raises NotFound, Conflict where the report cannot be changed."""
    require_editable(session, report)
    found = find_evidence(session, report, evidence_id)
    line = found.observation
    line.evidence.remove(found)
    session.flush()
    record(session, actor_id, "evidence.removed", "observation", line.id, name=found.name, sha256=found.blob_sha256)
