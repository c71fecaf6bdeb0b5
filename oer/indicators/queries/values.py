"""Approved values: a round's by place, the city's out of them, an indicator's over time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload

from oer.accounts.models import WARD, Unit
from oer.indicators.formulas.checks import Warned, scale_of, sum_warning
from oer.indicators.models import Indicator, IndicatorSet, Observation, ReportState, Round, UnitReport

ADDABLE_UNITS = frozenset({"number", "currency"})
COUNTED = (ReportState.APPROVED,)


@dataclass(frozen=True)
class PlaceValue:
    """A unit's value of one indicator."""

    unit: Unit
    observation: Observation


@dataclass
class CityValue:
    """An indicator in a round: the value of the department that answers for the city, and what the places reported.

    `value` is the department's where there is one, else worked out from the places: counts are added, shares are the
    sums of their numerators over those of their denominators, and nothing else is ever averaged.
    """

    indicator: Indicator
    city: PlaceValue | None = None
    places: list[PlaceValue] = field(default_factory=list)

    @property
    def from_places(self) -> Decimal | None:
        """What the places give together, None where they cannot be put together."""
        found = [place.observation for place in self.places]
        if self.indicator.unit in ADDABLE_UNITS:
            values = [each.value for each in found if each.value is not None]
            return sum(values, Decimal(0)) if values else None
        return _joint_share(found, self.indicator.unit)

    @property
    def value(self) -> Decimal | None:
        """The city's value."""
        return self.city.observation.value if self.city else self.from_places

    @property
    def warning(self) -> Warned | None:
        """A warning where the places do not add up to the city's own figure."""
        if self.city is None or not self.places:
            return None
        own = self.city.observation
        name = "value" if self.indicator.unit in ADDABLE_UNITS else "numerator"
        parts = [getattr(place.observation, name) for place in self.places]
        return sum_warning([part for part in parts if part is not None], getattr(own, name))


def _joint_share(found: list[Observation], unit: str) -> Decimal | None:
    scale = scale_of(unit)
    pairs = [(each.numerator, each.denominator) for each in found if each.numerator is not None and each.denominator]
    if scale is None or not pairs or len(pairs) < sum(each.value is not None for each in found):
        return None
    below = sum((pair[1] for pair in pairs if pair[1] is not None), Decimal(0))
    above = sum((pair[0] for pair in pairs if pair[0] is not None), Decimal(0))
    return round(scale * above / below, 6)


def city_values(
    session: Session, round_id: int, states: Iterable[ReportState] = COUNTED, *, with_evidence: bool = False
) -> list[CityValue]:
    """Return every indicator of a round with the values of reports in these states, in the order of the sets."""
    query = (
        sa.select(Observation)
        .join(Observation.report)
        .join(UnitReport.unit)
        .join(UnitReport.round)
        .join(Observation.indicator)
        .join(Indicator.of_set)
        .options(
            contains_eager(Observation.report).contains_eager(UnitReport.unit),
            contains_eager(Observation.report).contains_eager(UnitReport.round),
            contains_eager(Observation.indicator).contains_eager(Indicator.of_set),
        )
        .where(UnitReport.round_id == round_id, UnitReport.state.in_(list(states)))
        .order_by(IndicatorSet.position, IndicatorSet.id, Indicator.position, Unit.code)
    )
    if with_evidence:
        query = query.options(selectinload(Observation.evidence))
    found: dict[int, CityValue] = {}
    for each in session.scalars(query):
        _put(found.setdefault(each.indicator_id, CityValue(each.indicator)), PlaceValue(each.report.unit, each))
    return list(found.values())


def _put(value: CityValue, place: PlaceValue) -> None:
    if place.unit.kind == WARD:
        value.places.append(place)
    else:
        value.city = value.city or place


@dataclass(frozen=True)
class TimeValue:
    """An approved value of an earlier or the present round."""

    round: Round
    observation: Observation


def over_time(session: Session, indicator: Indicator, unit_id: int, *, public: bool = False) -> list[TimeValue]:
    """Return a unit's approved values of an indicator over all versions of its set, by period; `public`: published."""
    same, of_set = aliased(Indicator), aliased(IndicatorSet)
    query = (
        sa.select(Round, Observation)
        .join(UnitReport, UnitReport.round_id == Round.id)
        .join(Observation, Observation.report_id == UnitReport.id)
        .join(same, same.id == Observation.indicator_id)
        .join(of_set, of_set.id == same.set_id)
        .where(
            same.code == indicator.code,
            of_set.code == indicator.of_set.code,
            UnitReport.unit_id == unit_id,
            UnitReport.state == ReportState.APPROVED,
        )
        .order_by(Round.period_end, Round.id)
    )
    if public:
        query = query.where(Round.published_at.is_not(None))
    return [TimeValue(found, observation) for found, observation in session.execute(query)]
