"""Rounds: opened, changed, frozen, published."""

from collections.abc import Collection, Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.core.audit import record
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.indicators.models.rounds import Assignment, Round, RoundSet, UnitReport
from oer.indicators.models.sets import Indicator
from oer.indicators.periods import Period
from oer.indicators.queries.sets import enterable
from oer.indicators.services.notifications import notify_reporters

NO_TITLE = N_("Enter a title in Vietnamese.")
WRONG_PERIOD = N_("The period must end after it begins.")
DUE_TOO_EARLY = N_("The due date cannot lie before the period begins.")
NOBODY_OWES = N_("Choose at least one unit that owes at least one indicator.")
NOT_ENTERABLE = N_("No value can be entered for %(line)s in this period: it is not in force for it.")
FROZEN = N_("This round is frozen: nothing in it changes any more.")
NOT_FROZEN = N_("Freeze the round before its values are published.")
UNKNOWN_UNIT = N_("One of the units chosen does not exist.")

Owed = Mapping[int, Collection[int]]
"""By a unit's number: the numbers of the indicators that it owes."""


def open_round(
    session: Session,
    actor_id: int | None,
    *,
    title: dict[str, str],
    period: Period,
    due_on: date,
    owed: Owed,
    note: str = "",
) -> Round:
    """Open a round and tell the reporters of every unit that owes something.

    Raises Invalid, naming the field, for a missing title, a wrong period or due date, an indicator that is not in
    force for the period, and where nobody owes anything.
    """
    _check(title, period, due_on)
    indicators = _indicators(session, owed, period)
    made = Round(title=title, period_start=period.start, period_end=period.end, due_on=due_on, note=note)
    session.add(made)
    session.flush()
    session.add_all(
        RoundSet(round_id=made.id, set_id=set_id) for set_id in sorted({each.set_id for each in indicators})
    )
    reports = _add_reports(session, made, owed)
    told = {"period": period.name, "due_on": due_on.isoformat(), "units": len(reports), "lines": len(indicators)}
    record(session, actor_id, "round.opened", "reporting_round", made.id, **told)
    notify_reporters(session, reports, "indicators_round_opened")
    return made


def _check(title: dict[str, str], period: Period, due_on: date) -> None:
    if not title.get("vi", "").strip():
        raise Invalid(NO_TITLE, field="title_vi")
    if period.end < period.start:
        raise Invalid(WRONG_PERIOD, field="period_end")
    if due_on < period.start:
        raise Invalid(DUE_TOO_EARLY, field="due_on")


def _indicators(session: Session, owed: Owed, period: Period) -> list[Indicator]:
    wanted = {each for lines in owed.values() for each in lines}
    if not wanted:
        raise Invalid(NOBODY_OWES, field="owed")
    found = list(session.scalars(sa.select(Indicator).where(Indicator.id.in_(wanted))))
    open_ones = {each.id for each in enterable(found, period.start, period.end)}
    for each in found:
        if each.id not in open_ones:
            raise Invalid(NOT_ENTERABLE, field="period_end", code="not_enterable", line=each.code)
    return found


def _add_reports(session: Session, made: Round, owed: Owed) -> list[UnitReport]:
    units = [unit_id for unit_id, lines in owed.items() if lines]
    if session.scalar(sa.select(sa.func.count()).select_from(Unit).where(Unit.id.in_(units))) != len(units):
        raise Invalid(UNKNOWN_UNIT, field="owed")
    session.execute(sa.insert(UnitReport), [{"round_id": made.id, "unit_id": unit_id} for unit_id in units])
    reports = list(session.scalars(sa.select(UnitReport).where(UnitReport.round_id == made.id)))
    duties = [{"report_id": each.id, "indicator_id": line} for each in reports for line in set(owed[each.unit_id])]
    session.execute(sa.insert(Assignment), duties)
    return reports


def require_open(found: Round) -> None:
    """Raise Conflict where a round is frozen."""
    if found.frozen_at is not None:
        raise Conflict(FROZEN, code="frozen")


def change_due_date(session: Session, actor_id: int | None, found: Round, due_on: date) -> None:
    """Set another due date. Raises Conflict where the round is frozen, Invalid where the date lies too early."""
    require_open(found)
    if due_on < found.period_start:
        raise Invalid(DUE_TOO_EARLY, field="due_on")
    before, found.due_on = found.due_on, due_on
    session.flush()
    record(session, actor_id, "round.due_date", "reporting_round", found.id, due_on=[str(before), str(due_on)])


def freeze_round(session: Session, actor_id: int | None, found: Round) -> None:
    """Freeze a round: what is approved stands, what is not stays unreported. Raises Conflict where it is frozen."""
    require_open(found)
    found.frozen_at = now()
    session.flush()
    record(session, actor_id, "round.frozen", "reporting_round", found.id)


def publish_round(session: Session, actor_id: int | None, found: Round) -> None:
    """Show the approved values of a frozen round to everybody. Raises Conflict where it is not frozen."""
    if found.frozen_at is None:
        raise Conflict(NOT_FROZEN, code="not_frozen")
    if found.published_at is None:
        found.published_at = now()
        session.flush()
        record(session, actor_id, "round.published", "reporting_round", found.id)
