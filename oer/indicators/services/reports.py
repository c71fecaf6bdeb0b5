"""A unit's report through its states: submitted by the unit, approved or returned by the city."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid, NotFound, Unprocessable
from oer.core.i18n import LANGUAGES, N_, in_language
from oer.core.seen import require_seen
from oer.core.text import clean_text
from oer.indicators.models.rounds import Assignment, LineComment, PartApproval, ReportState, UnitReport
from oer.indicators.plausibility import is_over_100
from oer.indicators.queries.entry import NOT_ASSIGNED, ReportLine, parts_seen, report_lines
from oer.indicators.queries.rounds import Part, parts_of
from oer.indicators.services.entry import NOT_EDITABLE
from oer.indicators.services.notifications import notify_reporters
from oer.indicators.services.rounds import lock_report, require_open

UNANSWERED = N_(
    "%(count)s lines are not answered yet, starting with %(first)s. If there is no value, say so and explain why."
)
WITHOUT_PARTS = N_(
    "Line %(line)s has a percentage alone: enter its numerator and denominator, of which the city's share is made."
)
UNEXPLAINED = N_("Line %(line)s is more than 100%%: say why in its note before you submit.")
NOT_SUBMITTED = N_("Only a submitted report can be approved.")
NOTHING_TO_RETURN = N_("Only a submitted or approved report can be returned.")
REASON_NEEDED = N_("Say why the report is returned, so that its reporters know what to do.")
PARTS_WAIT = N_("Not all units have approved the lines that they check: %(units)s.")
NO_PART = N_("Your unit checks no line of this report.")
NOTHING_SAID = N_("Write what you want to say.")
ENOUGH_SAID = N_("At most %(most)s comments stand at a line.")
MOST_COMMENTS, LONGEST_COMMENT = 50, 1000


def submit(session: Session, report: UnitReport, actor_id: int | None) -> None:
    """Submit a report.

    Raises Unprocessable while a line is unanswered, a ward's share has no numerator or denominator, or a share over
    100% is unexplained, Conflict if the report cannot be changed now. Evidence is not required, but a report without
    evidence on every line counts as incomplete (LC-20).
    """
    _lock(session, report)
    if not report.is_editable:
        raise Conflict(NOT_EDITABLE, code="not_editable")
    lines = report_lines(session, report)
    _require_answers(lines)
    report.state = ReportState.SUBMITTED
    report.submitted_at, report.submitted_by_id = now(), actor_id
    report.first_submitted_at = report.first_submitted_at or report.submitted_at
    report.complete = all(line.has_evidence for line in lines)
    session.flush()
    _record_decision(session, actor_id, "report.submitted", report, complete=report.complete)


def _require_answers(lines: list[ReportLine]) -> None:
    missing = [line.indicator.code for line in lines if not line.is_answered]
    if missing:
        raise Unprocessable(UNANSWERED, code="unanswered", count=len(missing), first=missing[0])
    for line in lines:
        if any(warning.code == "parts_needed" for warning in line.warnings):
            raise Unprocessable(WITHOUT_PARTS, code="without_parts", line=line.indicator.code)
        found = line.observation
        if found is not None and is_over_100(found.value, line.indicator.unit) and not found.note:
            raise Unprocessable(UNEXPLAINED, code="unexplained", line=line.indicator.code)


def return_report(
    session: Session, report: UnitReport, actor_id: int | None, reason: str, seen: str | None = None
) -> None:
    """Return a report and notify its reporters. Raises Invalid without a reason, Conflict if it was not submitted.

    `seen` is what the page of the decision showed (`parts_seen`); ChangedMeanwhile if it is another now.
    """
    reason = clean_text(reason)
    if not reason:
        raise Invalid(REASON_NEEDED, field="reason")
    _lock(session, report)
    _require_seen(session, report, seen)
    if not report.can_be_returned:
        raise Conflict(NOTHING_TO_RETURN, code="not_submitted")
    _decide(session, report, actor_id, ReportState.RETURNED, reason)
    session.execute(sa.delete(PartApproval).where(PartApproval.report_id == report.id))
    _record_decision(session, actor_id, "report.returned", report, reason=report.return_reason)
    notify_reporters(session, [report], "indicators_returned", reason=report.return_reason)


def approve(session: Session, report: UnitReport, actor_id: int | None, seen: str | None = None) -> None:
    """Approve a submitted report: from now on its values count.

    Raises Conflict if it is not submitted or a unit that checks lines of it has not approved them, ChangedMeanwhile if
    it is not what the page of the decision showed.
    """
    _lock(session, report)
    if not report.can_be_approved:
        raise Conflict(NOT_SUBMITTED, code="not_submitted")
    waiting = [part.unit.name for part in parts_of(session, report) if part.approval is None]
    if waiting:
        names = {language: ", ".join(in_language(name, language) for name in waiting) for language in LANGUAGES}
        raise Conflict(PARTS_WAIT, code="parts_wait", units=names)
    _require_seen(session, report, seen)
    _decide(session, report, actor_id, ReportState.APPROVED, "")
    _record_decision(session, actor_id, "report.approved", report)
    notify_reporters(session, [report], "indicators_approved")


def approve_part(session: Session, report: UnitReport, unit_id: int, actor_id: int | None, seen: str) -> None:
    """Approve the lines of a submitted report that a unit checks; nothing happens if it has approved them.

    Raises NotFound for a unit that checks none of it, Conflict if it is not submitted, ChangedMeanwhile.
    """
    _lock(session, report)
    part = part_checked_by(session, report, unit_id)
    if not report.can_be_approved:
        raise Conflict(NOT_SUBMITTED, code="not_submitted")
    _require_seen(session, report, seen)
    if part.approval is None:
        session.add(PartApproval(report_id=report.id, unit_id=unit_id, approved_by_id=actor_id))
        session.flush()
        lines = len(part.indicator_ids)
        _record_decision(session, actor_id, "report.part_approved", report, by=part.unit.code, lines=lines)


def part_checked_by(session: Session, report: UnitReport, unit_id: int) -> Part:
    """Return the part of a report that a unit checks. Raises NotFound if it checks none."""
    found = next((part for part in parts_of(session, report) if part.unit.id == unit_id), None)
    if found is None:
        raise NotFound(NO_PART)
    return found


def comment_on_line(session: Session, report: UnitReport, indicator_id: int, actor_id: int, text: str) -> LineComment:
    """Say something at a line. Raises Invalid, NotFound for a line that is not in the report, Conflict if frozen."""
    text = clean_text(text)[:LONGEST_COMMENT]
    if not text:
        raise Invalid(NOTHING_SAID, field="text")
    _lock(session, report)
    if session.get(Assignment, (report.id, indicator_id)) is None:
        raise NotFound(NOT_ASSIGNED)
    here = (LineComment.report_id == report.id, LineComment.indicator_id == indicator_id)
    if (session.scalar(sa.select(sa.func.count()).select_from(LineComment).where(*here)) or 0) >= MOST_COMMENTS:
        raise Invalid(ENOUGH_SAID, most=MOST_COMMENTS)
    made = LineComment(report_id=report.id, indicator_id=indicator_id, text=text, written_by_id=actor_id)
    session.add(made)
    session.flush()
    return made


def _lock(session: Session, report: UnitReport) -> None:
    lock_report(session, report)
    require_open(report.round)


def _require_seen(session: Session, report: UnitReport, seen: str | None) -> None:
    if seen is not None:
        require_seen(seen, parts_seen(report, report_lines(session, report)))


def _decide(session: Session, report: UnitReport, actor_id: int | None, state: ReportState, reason: str) -> None:
    report.state, report.return_reason = state, reason
    report.decided_at, report.decided_by_id = now(), actor_id
    session.flush()


def _record_decision(
    session: Session, actor_id: int | None, action: str, report: UnitReport, **details: object
) -> None:
    where = {"round": report.round_id, "unit": report.unit.code}
    record(session, actor_id, action, "unit_report", report.id, **where, **details)
