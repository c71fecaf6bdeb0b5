"""A round through its states: opened, due date changed, frozen, published."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.core.audit import record
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.core.seen import require_seen
from oer.core.text import clean_text
from oer.indicators.models.rounds import (
    EDITABLE,
    Assignment,
    LineChecker,
    Observation,
    ReportState,
    Round,
    RoundSet,
    UnitReport,
)
from oer.indicators.models.sets import Indicator
from oer.indicators.periods import Period
from oer.indicators.queries.rounds import reports_of, states_seen
from oer.indicators.services.notifications import notify_reporters

NO_TITLE = N_("Enter a title in Vietnamese.")
WRONG_PERIOD = N_("The period must end after it begins.")
DUE_TOO_EARLY = N_("The due date cannot be before the period begins.")
NOTHING_ASSIGNED = N_("Assign at least one indicator to at least one unit.")
NOT_ENTERABLE = N_("No value can be entered for %(line)s: it is not in force in this period.")
FROZEN = N_("This round is frozen: it can no longer be changed.")
NOT_FROZEN = N_("Freeze the round before its values are published.")
REASON_NEEDED = N_("Say why the round is opened again: its reporters are told.")
STILL_OPEN = N_("This round is open.")
PUBLISHED = N_(
    "The values of this round are published. Correct a value on its own, with a reason: an erratum is published."
)
UNKNOWN_UNIT = N_("One of the units chosen does not exist.")

Assignments = Mapping[int, Collection[int]]
"""By unit id: the ids of the indicators that the unit has to report on."""


def open_round(
    session: Session,
    actor_id: int | None,
    *,
    title: dict[str, str],
    period: Period,
    due_on: date,
    assignments: Assignments,
    note: str = "",
) -> Round:
    """Open a round and notify the reporters of every unit that has something to report.

    Raises Invalid, naming the field, for a missing title, a wrong period or due date, an indicator that is not in force
    in the period, and if nothing is assigned to anybody.
    """
    _check(title, period, due_on)
    indicators = _indicators(session, assignments, period)
    made = Round(title=title, period_start=period.start, period_end=period.end, due_on=due_on, note=note)
    session.add(made)
    session.flush()
    session.add_all(
        RoundSet(round_id=made.id, set_id=set_id) for set_id in sorted({each.set_id for each in indicators})
    )
    reports = _add_reports(session, made, assignments)
    details = {"period": period.name, "due_on": due_on.isoformat(), "units": len(reports), "lines": len(indicators)}
    record(session, actor_id, "round.opened", "reporting_round", made.id, **details)
    notify_reporters(session, reports, "indicators_round_opened")
    return made


def _check(title: dict[str, str], period: Period, due_on: date) -> None:
    if not title.get("vi", "").strip():
        raise Invalid(NO_TITLE, field="title_vi")
    if period.end < period.start:
        raise Invalid(WRONG_PERIOD, field="period_end")
    if due_on < period.start:
        raise Invalid(DUE_TOO_EARLY, field="due_on")


def _indicators(session: Session, assignments: Assignments, period: Period) -> list[Indicator]:
    assigned = {each for lines in assignments.values() for each in lines}
    if not assigned:
        raise Invalid(NOTHING_ASSIGNED, field="assignments")
    found = list(session.scalars(sa.select(Indicator).where(Indicator.id.in_(assigned))))
    for each in found:
        if not each.is_enterable(period.start, period.end):
            raise Invalid(NOT_ENTERABLE, field="period_end", code="not_enterable", line=each.code)
    return found


def _add_reports(session: Session, made: Round, assignments: Assignments) -> list[UnitReport]:
    units = [unit_id for unit_id, lines in assignments.items() if lines]
    if session.scalar(sa.select(sa.func.count()).select_from(Unit).where(Unit.id.in_(units))) != len(units):
        raise Invalid(UNKNOWN_UNIT, field="assignments")
    session.execute(sa.insert(UnitReport), [{"round_id": made.id, "unit_id": unit_id} for unit_id in units])
    ours = sa.select(UnitReport).where(UnitReport.round_id == made.id, UnitReport.unit_id.in_(units))
    reports = list(session.scalars(ours))
    session.execute(
        sa.insert(Assignment),
        [{"report_id": each.id, "indicator_id": line} for each in reports for line in set(assignments[each.unit_id])],
    )
    return reports


@dataclass
class Reassigned:
    """How many lines of units were assigned or taken back, and how many were left: handed in, or answered already."""

    changed: int = 0
    left: int = 0


def assign_lines(
    session: Session, actor_id: int | None, found: Round, indicator_ids: Collection[int], unit_ids: Collection[int]
) -> Reassigned:
    """Have units report these lines, too, in an open round; whoever reports nothing yet is told by mail.

    A report that is handed in is left as it is. Raises Conflict if the round is frozen, Invalid.
    """
    session.refresh(found, with_for_update={"of": Round})
    require_open(found)
    lines = _indicators(session, dict.fromkeys(unit_ids, indicator_ids), found.period)
    reports = {each.unit_id: each for each in reports_of(session, found.id)}
    new = {each: indicator_ids for each in unit_ids if each not in reports}
    fresh = _add_reports(session, found, new) if new else []
    reports |= {each.unit_id: each for each in fresh}
    known = _assigned(session, [reports[unit_id].id for unit_id in unit_ids])
    outcome, rows = Reassigned(), []
    for report in (reports[unit_id] for unit_id in sorted(unit_ids)):
        missing = [line.id for line in lines if (report.id, line.id) not in known]
        if report.state in EDITABLE:
            rows += [{"report_id": report.id, "indicator_id": number} for number in missing]
        else:
            outcome.left += len(missing)
    if rows:
        session.execute(sa.insert(Assignment), rows)
    outcome.changed = len(rows) + len(fresh) * len(lines)
    known_sets = set(session.scalars(sa.select(RoundSet.set_id).where(RoundSet.round_id == found.id)))
    session.add_all(RoundSet(round_id=found.id, set_id=each) for each in {line.set_id for line in lines} - known_sets)
    session.flush()
    _record_reassigned(session, actor_id, found, added=outcome.changed)
    notify_reporters(session, fresh, "indicators_round_opened")
    return outcome


def take_back_lines(
    session: Session, actor_id: int | None, found: Round, indicator_ids: Collection[int], unit_ids: Collection[int]
) -> Reassigned:
    """Have units report these lines no more. What is answered or handed in already is left as it is.

    A report without any line is gone. Raises Conflict if the round is frozen.
    """
    session.refresh(found, with_for_update={"of": Round})
    require_open(found)
    reports = [each for each in reports_of(session, found.id) if each.unit_id in set(unit_ids)]
    editable = {each.id for each in reports if each.state in EDITABLE}
    asked = {pair for pair in _assigned(session, [each.id for each in reports]) if pair[1] in set(indicator_ids)}
    seen = sa.select(Observation.report_id, Observation.indicator_id).where(Observation.report_id.in_(editable))
    entered = {(report_id, line) for report_id, line in session.execute(seen)}
    gone = {pair for pair in asked if pair[0] in editable and pair not in entered}
    for report_id in sorted({report_id for report_id, _ in gone}):
        lines = [line for of, line in gone if of == report_id]
        theirs = (Assignment.report_id == report_id, Assignment.indicator_id.in_(lines))
        session.execute(sa.delete(Assignment).where(*theirs))
    left = {report_id for report_id, _ in _assigned(session, [each.id for each in reports])}
    for report in reports:
        if report.id in editable and report.id not in left:
            session.delete(report)
    session.flush()
    _record_reassigned(session, actor_id, found, removed=len(gone))
    return Reassigned(len(gone), len(asked) - len(gone))


def _assigned(session: Session, report_ids: Collection[int]) -> set[tuple[int, int]]:
    query = sa.select(Assignment.report_id, Assignment.indicator_id).where(Assignment.report_id.in_(report_ids))
    return {(report_id, line) for report_id, line in session.execute(query)}


def _record_reassigned(session: Session, actor_id: int | None, found: Round, **details: object) -> None:
    record(session, actor_id, "round.assignments", "reporting_round", found.id, **details)


def set_checker(
    session: Session, actor_id: int | None, found: Round, indicator_ids: Collection[int], unit: Unit | None
) -> None:
    """Have a unit check these lines of all other units' reports before the city approves them; None: the city alone.

    Raises Conflict if the round is frozen.
    """
    session.refresh(found, with_for_update={"of": Round})
    require_open(found)
    here = (LineChecker.round_id == found.id, LineChecker.indicator_id.in_(indicator_ids))
    session.execute(sa.delete(LineChecker).where(*here))
    if unit is not None:
        rows = [{"round_id": found.id, "indicator_id": each, "unit_id": unit.id} for each in sorted(set(indicator_ids))]
        session.execute(sa.insert(LineChecker), rows)
    session.flush()
    details = {"lines": len(indicator_ids), "unit": unit.code if unit else ""}
    record(session, actor_id, "round.checkers", "reporting_round", found.id, **details)


def require_open(found: Round) -> None:
    """Raise Conflict if a round is frozen."""
    if not found.is_open:
        raise Conflict(FROZEN, code="frozen")


def lock_report(session: Session, report: UnitReport) -> None:
    """Read a report and its round anew and hold both until the transaction ends.

    Whoever freezes, opens or publishes the round waits meanwhile, and then decides on what has become of the report.
    The round comes first, as there: two that wait for each other would be an error.
    """
    session.refresh(report.round, with_for_update={"of": Round, "read": True})
    session.refresh(report, with_for_update={"of": UnitReport})


def change_due_date(session: Session, actor_id: int | None, found: Round, due_on: date) -> None:
    """Change the due date. Raises Conflict if the round is frozen, Invalid if the date is too early."""
    session.refresh(found, with_for_update={"of": Round})
    require_open(found)
    if due_on < found.period_start:
        raise Invalid(DUE_TOO_EARLY, field="due_on")
    before, found.due_on = found.due_on, due_on
    session.flush()
    record(session, actor_id, "round.due_date", "reporting_round", found.id, due_on=[str(before), str(due_on)])


def freeze_round(session: Session, actor_id: int | None, found: Round, seen: str | None = None) -> None:
    """Freeze a round: approved reports stand, all others count as not reported. All reporters are told.

    `seen` is what the page that asked showed (`states_seen`). Raises Conflict if the round is frozen, ChangedMeanwhile.
    """
    session.refresh(found, with_for_update={"of": Round})
    require_open(found)
    reports = reports_of(session, found.id)
    require_seen(seen, states_seen(reports))
    found.frozen_at = now()
    session.flush()
    left_out = sum(each.state is not ReportState.APPROVED for each in reports)
    record(session, actor_id, "round.frozen", "reporting_round", found.id, reports=len(reports), left_out=left_out)
    notify_reporters(session, reports, "indicators_frozen")


def reopen_round(session: Session, actor_id: int | None, found: Round, reason: str) -> None:
    """Open a frozen round again, and tell its reporters why.

    Raises Invalid without a reason, Conflict if it is open or published: published values are corrected one by one.
    """
    reason = clean_text(reason)
    if not reason:
        raise Invalid(REASON_NEEDED, field="reason")
    session.refresh(found, with_for_update={"of": Round})
    if found.is_open:
        raise Conflict(STILL_OPEN, code="open")
    if found.is_public:
        raise Conflict(PUBLISHED, code="published")
    found.frozen_at = None
    session.flush()
    record(session, actor_id, "round.reopened", "reporting_round", found.id, reason=reason)
    notify_reporters(session, reports_of(session, found.id), "indicators_reopened", reason=reason)


def publish_round(session: Session, actor_id: int | None, found: Round) -> None:
    """Publish the approved values of a frozen round. Raises Conflict if it is not frozen."""
    session.refresh(found, with_for_update={"of": Round})  # somebody may just be opening it again
    if found.is_open:
        raise Conflict(NOT_FROZEN, code="not_frozen")
    if not found.is_public:
        found.published_at = now()
        session.flush()
        record(session, actor_id, "round.published", "reporting_round", found.id)
