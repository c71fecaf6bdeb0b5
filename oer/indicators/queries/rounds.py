"""Rounds, how far their reports have come, and which rounds are public."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager

from oer.accounts.models import Account, AccountState, Role, RoleGrant, Unit
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.indicators.models.rounds import (
    Assignment,
    LineChecker,
    Observation,
    PartApproval,
    ReportState,
    Round,
    UnitReport,
)
from oer.indicators.models.sets import Indicator

NO_ROUND = N_("There is no such reporting round.")
NO_REPORT = N_("This unit has no report in this round.")


def all_rounds(session: Session) -> list[Round]:
    """Return every round, the latest period first."""
    return list(session.scalars(sa.select(Round).order_by(Round.period_end.desc(), Round.id.desc())))


def find_round(session: Session, round_id: int) -> Round:
    """Return a round. Raises NotFound."""
    found = session.get(Round, round_id)
    if found is None:
        raise NotFound(NO_ROUND)
    return found


def find_report(session: Session, round_id: int, unit_code: str) -> UnitReport:
    """Return the report of a unit in a round. Raises NotFound."""
    found = session.scalar(
        sa.select(UnitReport).join(UnitReport.unit).where(UnitReport.round_id == round_id, Unit.code == unit_code)
    )
    if found is None:
        raise NotFound(NO_REPORT)
    return found


def reports_of(session: Session, round_id: int) -> list[UnitReport]:
    """Return the reports of a round: departments first, wards last, each kind ordered by code."""
    query = (
        sa.select(UnitReport)
        .join(UnitReport.unit)
        .options(contains_eager(UnitReport.unit))
        .where(UnitReport.round_id == round_id)
        .order_by(Unit.kind == "ward", Unit.kind, Unit.code)
    )
    return list(session.scalars(query))


def reports_for_units(session: Session, unit_ids: Collection[int] | None) -> list[UnitReport]:
    """Return the reports of these units (None: all units), open rounds and near due dates first."""
    query = sa.select(UnitReport).join(UnitReport.round).options(contains_eager(UnitReport.round))
    if unit_ids is not None:
        query = query.where(UnitReport.unit_id.in_(unit_ids))
    return list(session.scalars(query.order_by(Round.frozen_at.is_not(None), Round.due_on, UnitReport.id)))


@dataclass
class Progress:
    """How many of the assigned lines are answered."""

    assigned: int = 0
    answered: int = 0

    @property
    def is_full(self) -> bool:
        """Whether everything is answered."""
        return self.answered >= self.assigned

    def __add__(self, other: "Progress") -> "Progress":
        return Progress(self.assigned + other.assigned, self.answered + other.answered)


@dataclass
class ReportProgress:
    """A report with its progress, as a whole and by group (focus area, or set)."""

    report: UnitReport
    groups: dict[str, Progress] = field(default_factory=dict)

    @property
    def whole(self) -> Progress:
        """The progress of all groups together."""
        return sum(self.groups.values(), Progress())


def is_answered() -> sa.ColumnElement[bool]:
    """Return `Observation.is_answered` as an SQL condition."""
    return sa.or_(Observation.value.is_not(None), Observation.text != "", Observation.not_available)


def states_seen(reports: Iterable[UnitReport]) -> dict[str, str]:
    """Return what a page shows of where reports stand, for `oer.core.seen`."""
    return {report.unit.code: report.state.value for report in reports}


def progress_of(session: Session, reports: Iterable[UnitReport]) -> list[ReportProgress]:
    """Return the progress of these reports, in their order. One statement, however many there are."""
    found = {report.id: ReportProgress(report) for report in reports}
    same_line = sa.and_(
        Observation.report_id == Assignment.report_id, Observation.indicator_id == Assignment.indicator_id
    )
    query = (
        sa.select(Assignment.report_id, Indicator.group_code, sa.func.count(), sa.func.count(Observation.id))
        .join(Indicator, Indicator.id == Assignment.indicator_id)
        .outerjoin(Observation, sa.and_(same_line, is_answered()))
        .where(Assignment.report_id.in_(found))
        .group_by(Assignment.report_id, Indicator.group_code)
    )
    for report_id, group, assigned, answered in session.execute(query):
        found[report_id].groups[group] = Progress(assigned, answered)
    return list(found.values())


@dataclass(frozen=True)
class GroupHead:
    """A column of the overview: a focus area, or a set that has none."""

    code: str
    name: dict[str, str]


def groups_of_round(session: Session, round_id: int) -> list[GroupHead]:
    """Return the groups that a round asks for, in the order of its sets."""
    lines = sa.select(Indicator.group_code, Indicator.group)
    asked = sa.select(Assignment.indicator_id).join(UnitReport).where(UnitReport.round_id == round_id)
    heads: dict[str, GroupHead] = {}
    for code, name in session.execute(
        lines.where(Indicator.id.in_(asked)).order_by(Indicator.set_id, Indicator.position)
    ):
        heads.setdefault(code, GroupHead(code, name))
    return list(heads.values())


StateCounts = dict[ReportState, int]


def state_counts(session: Session, round_id: int) -> StateCounts:
    """Return how many reports of a round are in each state."""
    query = sa.select(UnitReport.state, sa.func.count()).where(UnitReport.round_id == round_id)
    return no_counts() | dict(session.execute(query.group_by(UnitReport.state)).all())


def state_counts_by_round(session: Session) -> dict[int, StateCounts]:
    """Return for every round that has reports how many of them are in each state."""
    query = sa.select(UnitReport.round_id, UnitReport.state, sa.func.count())
    found: dict[int, StateCounts] = {}
    for round_id, state, number in session.execute(query.group_by(UnitReport.round_id, UnitReport.state)):
        found.setdefault(round_id, no_counts())[state] = number
    return found


def no_counts() -> StateCounts:
    """Return the counts of a round without reports."""
    return dict.fromkeys(ReportState, 0)


def reporters_of(session: Session, unit_ids: Collection[int]) -> dict[int, list[Account]]:
    """Return the active reporters of units, by unit."""
    query = (
        sa.select(RoleGrant.unit_id, Account)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(RoleGrant.role == Role.REPORTER, RoleGrant.unit_id.in_(unit_ids), Account.state == AccountState.ACTIVE)
        .order_by(Account.id)
    )
    found: dict[int, list[Account]] = {}
    for unit_id, account in session.execute(query):
        if unit_id is not None:
            found.setdefault(unit_id, []).append(account)
    return found


def reports_to_remind(session: Session, today: date, days: Collection[int]) -> list[UnitReport]:
    """Return the unsubmitted reports of open rounds that are due in any of `days` days (negative: were due)."""
    due = [date.fromordinal(today.toordinal() + number) for number in days]
    query = (
        sa.select(UnitReport)
        .join(UnitReport.round)
        .where(
            Round.frozen_at.is_(None),
            Round.due_on.in_(due),
            UnitReport.state.in_([ReportState.OPEN, ReportState.RETURNED]),
        )
    )
    return list(session.scalars(query))


# Units that check lines of others' reports before the city approves them.


@dataclass(frozen=True)
class Part:
    """The lines of a report that a unit checks, and its approval, if it has approved them."""

    unit: Unit
    indicator_ids: frozenset[int]
    approval: PartApproval | None


def _checked_lines() -> sa.Select[int, int, int]:
    """Give (report, checking unit, indicator) for each assigned line that another unit checks."""
    of_round = sa.and_(LineChecker.round_id == UnitReport.round_id, LineChecker.indicator_id == Assignment.indicator_id)
    return (
        sa.select(UnitReport.id, LineChecker.unit_id, LineChecker.indicator_id)
        .join(Assignment, Assignment.report_id == UnitReport.id)
        .join(LineChecker, of_round)
        .where(LineChecker.unit_id != UnitReport.unit_id)
    )


def parts_of(session: Session, report: UnitReport) -> list[Part]:
    """Return who checks which lines of a report, by the unit's code."""
    lines: dict[int, set[int]] = {}
    for _, unit_id, indicator_id in session.execute(_checked_lines().where(UnitReport.id == report.id)):
        lines.setdefault(unit_id, set()).add(indicator_id)
    if not lines:
        return []
    approval = sa.and_(PartApproval.unit_id == Unit.id, PartApproval.report_id == report.id)
    units = sa.select(Unit, PartApproval).outerjoin(PartApproval, approval).where(Unit.id.in_(lines))
    return [Part(unit, frozenset(lines[unit.id]), kept) for unit, kept in session.execute(units.order_by(Unit.code))]


def reports_to_check(session: Session, unit_ids: Collection[int] | None) -> list[tuple[UnitReport, Unit]]:
    """Return the submitted reports that these units (None: all units) are to check, the longest waiting first."""
    checked = _checked_lines().subquery()
    approval = sa.and_(PartApproval.unit_id == checked.c.unit_id, PartApproval.report_id == checked.c.id)
    pairs = (
        sa.select(checked.c.id, checked.c.unit_id)
        .outerjoin(PartApproval, approval)
        .where(PartApproval.report_id.is_(None))
        .distinct()
        .subquery()
    )
    checking = aliased(Unit)
    query = (
        sa.select(UnitReport, checking)
        .join(pairs, pairs.c.id == UnitReport.id)
        .join(checking, checking.id == pairs.c.unit_id)
        .join(UnitReport.round)
        .options(contains_eager(UnitReport.round))
        .where(UnitReport.state == ReportState.SUBMITTED, Round.frozen_at.is_(None))
        .order_by(UnitReport.submitted_at, UnitReport.id)
    )
    if unit_ids is not None:
        query = query.where(pairs.c.unit_id.in_(unit_ids))
    return [(report, unit) for report, unit in session.execute(query)]


def checkers_of(session: Session, round_id: int) -> dict[int, Unit]:
    """Return who checks each line of a round, by indicator id; lines that only the city checks are missing."""
    query = sa.select(LineChecker.indicator_id, Unit).join(Unit, Unit.id == LineChecker.unit_id)
    return dict(session.execute(query.where(LineChecker.round_id == round_id)).all())


def lines_asked(session: Session, round_id: int) -> dict[int, int]:
    """Return by indicator id how many units report it in a round."""
    query = sa.select(Assignment.indicator_id, sa.func.count()).join(UnitReport)
    return dict(session.execute(query.where(UnitReport.round_id == round_id).group_by(Assignment.indicator_id)).all())


# Public rounds.


def published_rounds(session: Session) -> list[Round]:
    """Return the published rounds, the latest period first."""
    query = sa.select(Round).where(Round.published_at.is_not(None))
    return list(session.scalars(query.order_by(Round.period_end.desc(), Round.id.desc())))


def published_round(session: Session, round_id: int) -> Round:
    """Return a published round. Raises NotFound, also for rounds that are not published."""
    found = session.get(Round, round_id)
    if found is None or not found.is_public:
        raise NotFound(NO_ROUND)
    return found
