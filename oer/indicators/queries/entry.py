"""A unit's report line by line: value, evidence, last period's value, warnings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload

from oer.accounts.models import WARD, Unit
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.indicators.models.rounds import (
    Assignment,
    Evidence,
    LineComment,
    Observation,
    ObservationChange,
    ReportState,
    Round,
    UnitReport,
)
from oer.indicators.models.sets import Indicator, IndicatorSet
from oer.indicators.plausibility import NO_DATE, NO_EVIDENCE, PARTS_NEEDED, ValueWarning, lacks_parts, warnings_for
from oer.indicators.queries.rounds import GroupHead, Progress

NO_FILE = N_("There is no such file.")


def find_observation(
    session: Session, report_id: int, indicator_id: int, *, to_change: bool = False
) -> Observation | None:
    """Return a line of a report, None if nothing was ever saved; `to_change` locks it and reads it again."""
    query = sa.select(Observation).where(Observation.report_id == report_id, Observation.indicator_id == indicator_id)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def find_evidence(session: Session, report: UnitReport, evidence_id: int) -> Evidence:
    """Return an evidence file of a report. Raises NotFound, also for a file of another report."""
    found = session.get(Evidence, evidence_id)
    if found is None or found.observation.report_id != report.id:
        raise NotFound(NO_FILE)
    return found


# A unit's report as its reporters see it: every line with its value, last time's value and what looks wrong.

NOT_ASSIGNED = N_("That indicator is not assigned to this report.")


@dataclass(frozen=True)
class ReportLine:
    """One line of a report. `previous` is the same unit's last approved value of an earlier period."""

    indicator: Indicator
    observation: Observation | None
    previous: Observation | None
    warnings: list[ValueWarning]

    @property
    def is_answered(self) -> bool:
        """Whether the line is answered."""
        return self.observation is not None and self.observation.is_answered

    @property
    def has_evidence(self) -> bool:
        """Whether the value has evidence (a file or link) and a date. Lines without a value need none."""
        found = self.observation
        if found is None or found.not_available:
            return found is not None
        return bool(found.evidence or found.link) and found.reference_date is not None


@dataclass
class LineGroup:
    """The lines of one focus area, or of one set."""

    head: GroupHead
    lines: list[ReportLine] = field(default_factory=list)

    @property
    def progress(self) -> Progress:
        """How many of its lines are answered."""
        return Progress(len(self.lines), sum(line.is_answered for line in self.lines))


def report_lines(session: Session, report: UnitReport) -> list[ReportLine]:
    """Return every line assigned to a report, in the order of its sets."""
    query = (
        sa.select(Indicator, Observation)
        .join(Assignment, sa.and_(Assignment.indicator_id == Indicator.id, Assignment.report_id == report.id))
        .join(Indicator.of_set)
        .outerjoin(Observation, sa.and_(Observation.indicator_id == Indicator.id, Observation.report_id == report.id))
        .options(selectinload(Observation.evidence))
        .order_by(IndicatorSet.position, IndicatorSet.id, Indicator.position)
    )
    rows = session.execute(query).all()
    before = previous_values(session, report, [indicator for indicator, _ in rows])
    of_ward = report.unit.kind == WARD
    return [_report_line(indicator, found, before.get(indicator.id), of_ward=of_ward) for indicator, found in rows]


def report_line(session: Session, report: UnitReport, indicator_id: int) -> ReportLine:
    """Return one line of a report. Raises NotFound if it is not assigned to the report."""
    if session.get(Assignment, (report.id, indicator_id)) is None:
        raise NotFound(NOT_ASSIGNED)
    indicator = session.get_one(Indicator, indicator_id)
    found = find_observation(session, report.id, indicator_id)
    before = previous_values(session, report, [indicator])
    return _report_line(indicator, found, before.get(indicator_id), of_ward=report.unit.kind == WARD)


def parts_seen(report: UnitReport, lines: Iterable[ReportLine]) -> dict[str, Any]:
    """Return what the page of a decision on a report shows, for `oer.core.seen`: its state, and each line by its id."""
    parts: dict[str, Any] = {"report": report.state}
    for line in lines:
        if found := line.observation:
            parts[str(line.indicator.id)] = [found.revision, sorted(file.id for file in found.evidence)]
    return parts


def line_groups(lines: Iterable[ReportLine]) -> list[LineGroup]:
    """Return lines by group, in their order."""
    groups: dict[str, LineGroup] = {}
    for line in lines:
        head = GroupHead(line.indicator.group_code, line.indicator.group)
        groups.setdefault(head.code, LineGroup(head)).lines.append(line)
    return list(groups.values())


def previous_values(session: Session, report: UnitReport, lines: list[Indicator]) -> dict[int, Observation]:
    """Return the unit's last approved values of earlier periods, by the id of the current line.

    Lines with the same code in different versions of a set are the same line.
    """
    now, earlier = aliased(Indicator), aliased(Indicator)
    set_now, set_earlier = aliased(IndicatorSet), aliased(IndicatorSet)
    query = (
        sa.select(now.id, Observation)
        .join(set_now, set_now.id == now.set_id)
        .join(set_earlier, set_earlier.code == set_now.code)
        .join(earlier, sa.and_(earlier.set_id == set_earlier.id, earlier.code == now.code))
        .join(Observation, Observation.indicator_id == earlier.id)
        .join(UnitReport, UnitReport.id == Observation.report_id)
        .join(Round, Round.id == UnitReport.round_id)
        .where(
            now.id.in_([line.id for line in lines]),
            UnitReport.unit_id == report.unit_id,
            UnitReport.state == ReportState.APPROVED,
            Round.period_end < report.round.period_end,
            Round.id != report.round_id,
        )
        .order_by(Round.period_end, Round.id)
        .options(contains_eager(Observation.report).contains_eager(UnitReport.round))
    )
    return dict(session.execute(query).all())


def comments_of(session: Session, report_id: int) -> dict[int, list[LineComment]]:
    """Return what was said at the lines of a report, by indicator id, the earliest first."""
    query = sa.select(LineComment).where(LineComment.report_id == report_id).order_by(LineComment.id)
    found: dict[int, list[LineComment]] = {}
    for each in session.scalars(query):
        found.setdefault(each.indicator_id, []).append(each)
    return found


# The history of answers: what stood there before each change, and since when something else does.


@dataclass(frozen=True)
class KeptAnswer:
    """An answer as it was saved once."""

    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    text: str
    not_available: bool

    @property
    def is_answered(self) -> bool:
        """Whether there was a value, a text, or the statement that there is none."""
        return self.value is not None or bool(self.text) or self.not_available


@dataclass(frozen=True)
class AnswerChange:
    """A change of an answer: from what to what, when, by whom; of a published one also why (an erratum)."""

    observation_id: int
    indicator: Indicator
    unit: Unit
    before: KeptAnswer
    after: KeptAnswer
    at: datetime
    by_id: int | None
    reason: str


def answer_changes(session: Session, *where: sa.ColumnElement[bool]) -> list[AnswerChange]:
    """Return the changes of the answers that fit (of a report, of a round), by line, the earliest first."""
    change = ObservationChange
    query = (
        sa.select(change, Observation)
        .join(Observation, Observation.id == change.observation_id)
        .join(Observation.report)
        .options(contains_eager(Observation.report), selectinload(Observation.indicator))
        .where(*where)
        .order_by(change.observation_id, change.revision)
    )
    rows = session.execute(query).all()
    return [_answer_change(*row, rows[n + 1][0] if n + 1 < len(rows) else None) for n, row in enumerate(rows)]


def errata(session: Session, round_id: int) -> list[AnswerChange]:
    """Return the corrections of a round's published values, the latest first."""
    reasoned = sa.select(ObservationChange.observation_id).where(ObservationChange.reason != "")
    found = answer_changes(session, UnitReport.round_id == round_id, Observation.id.in_(reasoned))
    return sorted((each for each in found if each.reason), key=lambda each: each.at, reverse=True)


def _answer_change(change: ObservationChange, line: Observation, following: ObservationChange | None) -> AnswerChange:
    later = following if following is not None and following.observation_id == change.observation_id else None
    return AnswerChange(
        line.id,
        line.indicator,
        line.report.unit,
        _kept_answer(change.before),
        _kept_answer(later.before if later else {name: getattr(line, name) for name in KeptAnswer.__annotations__}),
        later.changed_at if later else line.changed_at,
        later.changed_by_id if later else line.changed_by_id,
        change.reason,
    )


def _kept_answer(values: Mapping[str, Any]) -> KeptAnswer:
    numbers = {name: values.get(name) for name in ("value", "numerator", "denominator")}
    exact = {name: None if number is None else Decimal(number) for name, number in numbers.items()}
    return KeptAnswer(**exact, text=values.get("text") or "", not_available=bool(values.get("not_available")))


def _report_line(
    indicator: Indicator, found: Observation | None, previous: Observation | None, *, of_ward: bool
) -> ReportLine:
    warnings = _warnings(indicator, found, previous.value if previous else None, of_ward=of_ward)
    return ReportLine(indicator, found, previous, warnings)


def _warnings(
    indicator: Indicator, found: Observation | None, previous: Decimal | None, *, of_ward: bool
) -> list[ValueWarning]:
    if found is None or found.not_available or not found.is_answered:
        return []
    told = warnings_for(found.value, found.numerator, found.denominator, indicator.unit, previous)
    if lacks_parts(found.value, found.numerator, found.denominator, indicator.unit, of_ward=of_ward):
        told.append(ValueWarning("parts_needed", PARTS_NEEDED))
    if not (found.evidence or found.link):
        told.append(ValueWarning("no_evidence", NO_EVIDENCE))
    if found.reference_date is None:
        told.append(ValueWarning("no_date", NO_DATE))
    return told
