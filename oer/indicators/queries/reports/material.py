"""Everything that a report is written from, read once for both languages."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.core.clock import today
from oer.core.errors import NotFound
from oer.indicators.models import Indicator, ReportState, ReportText, Round, Target
from oer.indicators.periods import read_period
from oer.indicators.queries.figures import ShownFigure, figures_of_period, known_periods
from oer.indicators.queries.overview import nearest_targets
from oer.indicators.queries.rounds import state_counts
from oer.indicators.queries.sets import find_set
from oer.indicators.queries.values import CityValue, city_values, evidence_names


@dataclass
class Material:
    """What a report of a round is written from: for the city (`unit` None), or for one unit."""

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


def gather(session: Session, found: Round, unit: Unit | None) -> Material:
    """Read everything that a round's report needs."""
    values = city_values(session, found.id, unit_id=unit.id if unit else None)
    period = figure_period(session, found) or ""
    return Material(
        found,
        unit,
        values,
        evidence_names(session, found.id),
        nearest_targets(session, sorted({each.indicator.set_id for each in values}), unit.id if unit else None),
        state_counts(session, found.id),
        texts_of(session, found.id, unit.id if unit else None),
        figures_of_period(session, period) if period and unit is None else {},
        _computed(session),
        period,
        today(),
    )


def texts_of(session: Session, round_id: int, unit_id: int | None) -> dict[tuple[str, str], dict[str, str]]:
    """Return the text boxes of a report, by kind and chapter."""
    text = ReportText
    same_unit = text.unit_id.is_(None) if unit_id is None else text.unit_id == unit_id
    query = sa.select(text.kind, text.chapter, text.text).where(text.round_id == round_id, same_unit)
    return {(kind, chapter): words for kind, chapter, words in session.execute(query)}


def figure_period(session: Session, found: Round) -> str | None:
    """Return the period of computed figures that stands beside a round: its own, else the latest that ends in it."""
    names = known_periods(session)
    if found.period.name in names:
        return found.period.name
    inside = [name for name in names if found.period_start <= read_period(name).end <= found.period_end]
    return inside[0] if inside else None


def _computed(session: Session) -> dict[str, Indicator]:
    try:
        return {line.code: line for line in find_set(session, "LC").indicators}
    except NotFound:
        return {}
