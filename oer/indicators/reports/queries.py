"""Requested reports, and everything that a round's report is written from."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.accounts.models import Unit
from oer.core.clock import today
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.indicators.computation.queries import ShownFigure, figures_of_period, known_periods
from oer.indicators.models.rounds import ReportState, Round
from oer.indicators.models.sets import Indicator, Target
from oer.indicators.periods import read_period
from oer.indicators.queries.overview import nearest_targets
from oer.indicators.queries.rounds import all_rounds, state_counts
from oer.indicators.queries.sets import find_set
from oer.indicators.queries.values import CityValue, city_values, evidence_names
from oer.indicators.reports.form import FormDetails
from oer.indicators.reports.models import FORM, ReportBuild, ReportFile, ReportText

EARLIER_ROUNDS = 2
NO_BUILD = N_("There is no such generated report.")


def report_builds(session: Session, round_id: int | None = None, unit_id: int | None = None) -> list[ReportBuild]:
    """Return the latest 100 requested reports, newest first; of one round and one unit if given."""
    query = sa.select(ReportBuild).options(selectinload(ReportBuild.files)).order_by(ReportBuild.id.desc())
    if round_id is not None:
        query = query.where(ReportBuild.round_id == round_id)
    if unit_id is not None:
        query = query.where(ReportBuild.unit_id == unit_id)
    return list(session.scalars(query.limit(100)))


def find_build(session: Session, build_id: int) -> ReportBuild:
    """Return a requested report. Raises NotFound."""
    found = session.get(ReportBuild, build_id)
    if found is None:
        raise NotFound(NO_BUILD)
    return found


def last_details(session: Session, unit_id: int | None) -> FormDetails:
    """Return what was given for the form of the latest report of the city, or of a unit: mostly it stays the same.

    But for number and day, which belong to one report alone.
    """
    same_unit = ReportBuild.unit_id.is_(None) if unit_id is None else ReportBuild.unit_id == unit_id
    query = sa.select(ReportBuild.facts).where(same_unit).order_by(ReportBuild.id.desc()).limit(1)
    return FormDetails.read((session.scalar(query) or {}).get(FORM, {}) | {"number": "", "day": ""})


def find_report_file(session: Session, build_id: int, language: str, format_: str) -> ReportFile:
    """Return a finished file of a report. Raises NotFound."""
    query = sa.select(ReportFile).where(
        ReportFile.build_id == build_id, ReportFile.language == language, ReportFile.format == format_
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound(NO_BUILD)
    return found


# Everything a report is made from.


@dataclass
class ReportData:
    """Everything that a round's report is made from; `unit` is None for the city's report."""

    round: Round
    unit: Unit | None
    values: list[CityValue]
    evidence: dict[int, list[str]]
    targets: dict[int, Target]
    counts: dict[ReportState, int]
    texts: dict[tuple[str, str], dict[str, str]]
    figures: dict[str, list[ShownFigure]]
    computed: dict[str, Indicator]
    period: str
    made_on: date
    earlier: list[tuple[Round, dict[tuple[str, str], CityValue]]]
    """The rounds before it with approved values, the latest first, and these by code of set and line."""


def report_data(session: Session, found: Round, unit: Unit | None) -> ReportData:
    """Read everything that a round's report needs."""
    values = city_values(session, found.id, unit_id=unit.id if unit else None)
    period = figure_period(session, found) or ""
    return ReportData(
        found,
        unit,
        values,
        evidence_names(session, found.id),
        nearest_targets(session, sorted({each.indicator.set_id for each in values}), unit.id if unit else None),
        state_counts(session, found.id),
        texts_of(session, found.id, unit.id if unit else None),
        figures_of_period(session, period) if period and unit is None else {},
        _computed_lines(session),
        period,
        today(),
        _earlier_values(session, found, unit.id if unit else None),
    )


def _earlier_values(
    session: Session, found: Round, unit_id: int | None
) -> list[tuple[Round, dict[tuple[str, str], CityValue]]]:
    """Return the rounds of the same length that ended before this one: a quarter is not compared with a year."""
    like = [r for r in all_rounds(session) if r.period_end < found.period_end and r.period.kind == found.period.kind]
    known: list[tuple[Round, dict[tuple[str, str], CityValue]]] = []
    for each in like:
        values = city_values(session, each.id, unit_id=unit_id)
        if values:
            known.append((each, {(value.indicator.of_set.code, value.indicator.code): value for value in values}))
        if len(known) == EARLIER_ROUNDS:
            break
    return known


def texts_of(session: Session, round_id: int, unit_id: int | None) -> dict[tuple[str, str], dict[str, str]]:
    """Return the text boxes of a report, by kind and chapter."""
    text = ReportText
    same_unit = text.unit_id.is_(None) if unit_id is None else text.unit_id == unit_id
    query = sa.select(text.kind, text.chapter, text.text).where(text.round_id == round_id, same_unit)
    return {(kind, chapter): words for kind, chapter, words in session.execute(query)}


def figure_period(session: Session, found: Round) -> str | None:
    """Return the period of the computed figures in a round's report: its own, else the latest that ends within it."""
    names = known_periods(session)
    if found.period.name in names:
        return found.period.name
    inside = [name for name in names if found.period_start <= read_period(name).end <= found.period_end]
    return inside[0] if inside else None


def _computed_lines(session: Session) -> dict[str, Indicator]:
    try:
        return {line.code: line for line in find_set(session, "LC").indicators}
    except NotFound:
        return {}
