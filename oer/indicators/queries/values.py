"""Approved values: of a round by place, of the city as a whole, of an indicator over time."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from oer.accounts.models import WARD, Unit
from oer.indicators.computation.models import WHOLE_CITY
from oer.indicators.computation.queries import residents_on
from oer.indicators.models.rounds import Evidence, Observation, ReportState, Round, UnitReport
from oer.indicators.models.sets import Indicator, IndicatorSet
from oer.indicators.plausibility import ValueWarning, scale_of, sum_warning
from oer.indicators.quantities import meaningful
from oer.vocabularies import vocabularies

ADDABLE_UNITS = frozenset({"number", "currency"})
COUNTED = (ReportState.APPROVED,)
_NO_NOTE: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class PlaceValue:
    """A unit's answer to one indicator. Plain values instead of model objects, because a round has ten thousand."""

    observation_id: int
    unit_code: str
    unit_name: dict[str, str]
    unit_kind: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    text: str
    not_available: bool
    reference_date: date | None
    source: str
    link: str
    note: dict[str, str]


@dataclass(frozen=True)
class Coverage:
    """On how many of the city's places a value stands, and on how many percent of its people, if that is known."""

    places: int
    of: int
    people: Decimal | None


@dataclass
class CityValue:
    """An indicator in a round: the value of the department that answers for the city, and the values of the places.

    `value` is the department's if there is one. Otherwise it is computed from the places: counts are added; shares are
    the sum of the numerators over the sum of the denominators; nothing else is combined, and nothing is averaged.
    """

    indicator: Indicator
    city: PlaceValue | None = None
    places: list[PlaceValue] = field(default_factory=list)
    residents: Mapping[str, Decimal] = field(default_factory=dict, repr=False)
    """The people of each place and of `WHOLE_CITY`, from the population table of the time; may be empty."""

    @property
    def counted(self) -> list[PlaceValue]:
        """The places whose answers are in the combined value; where nothing is combined, those that answered."""
        if self.indicator.unit in ADDABLE_UNITS:
            return [each for each in self.places if each.value is not None]
        if scale_of(self.indicator.unit) is not None:
            return [each for each in self.places if each.numerator is not None and each.denominator]
        return [each for each in self.places if not each.not_available]

    @property
    def coverage(self) -> Coverage | None:
        """What the value stands on; None where a department answers for the whole city, or nobody does."""
        if self.city is not None or not self.places:
            return None
        counted = [each.unit_code for each in self.counted]
        everybody = self.residents.get(WHOLE_CITY)
        people = None
        if everybody and all(code in self.residents for code in counted):
            people = meaningful(100 * sum((self.residents[code] for code in counted), Decimal(0)) / everybody)
        return Coverage(len(counted), len(vocabularies().places), people)

    @property
    def sums(self) -> tuple[Decimal | None, Decimal | None]:
        """The numerators and the denominators of the places, each added up, where the value is their share."""
        if self.from_places is None or self.indicator.unit in ADDABLE_UNITS:
            return None, None
        return (
            sum((each.numerator or Decimal(0) for each in self.counted), Decimal(0)),
            sum((each.denominator or Decimal(0) for each in self.counted), Decimal(0)),
        )

    @property
    def from_places(self) -> Decimal | None:
        """The combined value of the places; None if their values cannot be combined."""
        if self.indicator.unit in ADDABLE_UNITS:
            values = [each.value for each in self.places if each.value is not None]
            return sum(values, Decimal(0)) if values else None
        return _joint_share(self.places, self.indicator.unit)

    @property
    def value(self) -> Decimal | None:
        """The city's value."""
        return self.city.value if self.city else self.from_places

    def count_of(self, answer: str) -> int:
        """Return how many places gave this answer (`yes`, `no`)."""
        return sum(each.text == answer for each in self.places)

    @property
    def warning(self) -> ValueWarning | None:
        """A warning if the places do not add up to the city's own value."""
        if self.city is None or not self.places:
            return None
        name = "value" if self.indicator.unit in ADDABLE_UNITS else "numerator"
        parts = [getattr(place, name) for place in self.places]
        return sum_warning([part for part in parts if part is not None], getattr(self.city, name))


def _joint_share(places: list[PlaceValue], unit: str) -> Decimal | None:
    scale = scale_of(unit)
    pairs = [(each.numerator, each.denominator) for each in places if each.numerator is not None and each.denominator]
    if scale is None or not pairs or len(pairs) < sum(each.value is not None for each in places):
        return None
    below = sum((pair[1] for pair in pairs if pair[1] is not None), Decimal(0))
    above = sum((pair[0] for pair in pairs if pair[0] is not None), Decimal(0))
    return meaningful(scale * above / below)


def city_values(
    session: Session,
    round_id: int,
    states: Iterable[ReportState] = COUNTED,
    *,
    unit_id: int | None = None,
    with_notes: bool = True,
) -> list[CityValue]:
    """Return the indicators of a round with the values of reports in these states, in the order of the sets.

    `unit_id`: the values of one unit alone. Without their notes ten thousand values are read in half the time.
    """
    answered = sa.select(Observation.indicator_id).join(Observation.report).where(UnitReport.round_id == round_id)
    lines = list(session.scalars(_in_order(sa.select(Indicator)).where(Indicator.id.in_(answered))))
    where = [UnitReport.round_id == round_id, UnitReport.state.in_(list(states))]
    if unit_id is not None:
        where.append(UnitReport.unit_id == unit_id)
    return [value for _, value in _combined(session, lines, where, with_notes=with_notes)]


def values_over_rounds(session: Session, round_ids: Collection[int], set_code: str, code: str) -> dict[int, CityValue]:
    """Return one indicator's approved value in each of these rounds that has one, by round.

    The line is the same in every version of its set. A few statements, however many rounds there are.
    """
    query = sa.select(Indicator).where(IndicatorSet.code == set_code, Indicator.code == code)
    lines = list(session.scalars(_in_order(query)))
    where = [
        UnitReport.round_id.in_(round_ids),
        UnitReport.state.in_(COUNTED),
        Observation.indicator_id.in_([each.id for each in lines]),
    ]
    found: dict[int, CityValue] = {}
    for round_id, value in _combined(session, lines, where):
        found.setdefault(round_id, value)
    return found


def answered_codes(session: Session) -> dict[int, set[str]]:
    """Return by round the codes of the indicators that its approved reports answer."""
    query = (
        sa.select(UnitReport.round_id, Indicator.code)
        .join(Observation, Observation.report_id == UnitReport.id)
        .join(Indicator, Indicator.id == Observation.indicator_id)
        .where(UnitReport.state.in_(COUNTED))
        .distinct()
    )
    found: dict[int, set[str]] = {}
    for round_id, code in session.execute(query):
        found.setdefault(round_id, set()).add(code)
    return found


def _in_order(query: sa.Select[Indicator]) -> sa.Select[Indicator]:
    return query.join(Indicator.of_set).order_by(IndicatorSet.position, IndicatorSet.id, Indicator.position)


def _combined(
    session: Session, lines: Iterable[Indicator], where: Iterable[sa.ColumnElement[bool]], *, with_notes: bool = True
) -> Iterator[tuple[int, CityValue]]:
    """Give (round id, value) for each line that reports answer, in the order of the lines."""
    kept = Observation
    query = (
        sa.select(
            UnitReport.round_id, kept.indicator_id, kept.id, Unit.id, kept.value, kept.numerator, kept.denominator,
            kept.text, kept.not_available, kept.reference_date, kept.source, kept.link, Round.period_end,
            *([kept.note] if with_notes else []),
        )
        .join(UnitReport, UnitReport.id == kept.report_id)
        .join(Round, Round.id == UnitReport.round_id)
        .join(Unit, Unit.id == UnitReport.unit_id)
        .where(*where)
        .order_by(Unit.code)
    )  # fmt: skip
    by_line = {line.id: line for line in lines}
    found: dict[int, dict[int, CityValue]] = {number: {} for number in by_line}
    rows = session.execute(query).all()
    residents = residents_on(session, {row.period_end for row in rows})
    # Read once each: a round has thousands of rows of 168 units.
    units = {number: about for number, *about in session.execute(sa.select(Unit.id, Unit.code, Unit.name, Unit.kind))}
    for round_id, indicator_id, number, unit_id, *answer, period_end, note in (
        rows if with_notes else ((*row, _NO_NOTE) for row in rows)
    ):
        values: list[Any] = [number, *units[unit_id], *answer, note]
        rounds = found[indicator_id]
        if round_id not in rounds:
            rounds[round_id] = CityValue(by_line[indicator_id], residents=residents[period_end])
        _put(rounds[round_id], PlaceValue(*values))
    for rounds in found.values():
        yield from rounds.items()


def _put(value: CityValue, place: PlaceValue) -> None:
    if place.unit_kind == WARD:
        value.places.append(place)
    else:
        value.city = value.city or place


def evidence_names(session: Session, round_id: int) -> dict[int, list[str]]:
    """Return the names of the files of evidence in a round, by observation id."""
    query = (
        sa.select(Evidence.observation_id, Evidence.name)
        .join(Observation, Observation.id == Evidence.observation_id)
        .join(UnitReport, UnitReport.id == Observation.report_id)
        .where(UnitReport.round_id == round_id)
        .order_by(Evidence.id)
    )
    found: dict[int, list[str]] = {}
    for observation_id, name in session.execute(query):
        found.setdefault(observation_id, []).append(name)
    return found


@dataclass(frozen=True)
class TimeValue:
    """An approved value and its round."""

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
