"""An indicator over time: the city's values, the computed figures, what was published elsewhere; never joined."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from oer.indicators.formulas.descriptions import measure_of
from oer.indicators.formulas.drawing import Drawing, Series, draw
from oer.indicators.models import Indicator, Round, SeriesPoint, SetKind, Target
from oer.indicators.queries.figures import ShownFigure, history
from oer.indicators.queries.published import published_rounds
from oer.indicators.queries.references import series_of
from oer.indicators.queries.rounds import all_rounds
from oer.indicators.queries.values import CityValue, city_values

CITY_SERIES = {
    "vi": "Thành phố Hồ Chí Minh (168 phường, xã, đặc khu)",
    "en": "Ho Chi Minh City (168 wards and communes)",
}


@dataclass(frozen=True)
class RoundValue:
    """The city's value in a round."""

    round: Round
    value: CityValue


@dataclass
class Trend:
    """Everything that is known of an indicator over time, and its drawing."""

    values: list[RoundValue] = field(default_factory=list)
    figures: list[ShownFigure] = field(default_factory=list)
    elsewhere: list[SeriesPoint] = field(default_factory=list)
    target: Target | None = None
    drawing: Drawing | None = None


def trend_of(session: Session, indicator: Indicator, *, public: bool) -> Trend:
    """Return an indicator's trend; `public`: from published rounds alone."""
    found = Trend(elsewhere=series_of(session, indicator.id), target=_target(indicator))
    if indicator.of_set.kind is SetKind.COMPUTED:
        found.figures = history(session, indicator.code)
    else:
        rounds = published_rounds(session) if public else all_rounds(session)
        found.values = [value for each in reversed(rounds) if (value := _value(session, each, indicator)) is not None]
    aim = found.target.value if found.target else None
    found.drawing = draw(_series(found), None if aim is None else float(aim))
    return found


def _value(session: Session, found: Round, indicator: Indicator) -> RoundValue | None:
    values = city_values(session, found.id, only=(indicator.of_set.code, indicator.code))
    return RoundValue(found, values[0]) if values else None


def _target(indicator: Indicator) -> Target | None:
    own = [each for each in indicator.targets if each.unit_id is None and each.year and each.value is not None]
    return max(own, key=lambda each: (each.year or 0, each.added_at is not None), default=None)


def _series(trend: Trend) -> list[Series]:
    city = [_point(each.round.period_end, each.value.value) for each in trend.values if each.value.value is not None]
    computed = [_point(each.period_end, each.value) for each in trend.figures if each.value is not None]
    series = [Series(CITY_SERIES, city)] if city else []
    series += [Series(CITY_SERIES, computed)] if computed else []
    names = {each.series: each.name for each in trend.elsewhere}
    for code, name in names.items():
        points = [
            _point(each.as_of, each.value) for each in trend.elsewhere if each.series == code and each.value is not None
        ]
        series.append(Series(name, points))
    return series


def _point(day: date, value: Decimal | None) -> tuple[date, float]:
    return day, float(value or 0)


def unit_of(indicator: Indicator) -> str:
    """Return an indicator's unit: of a computed one, that of its first figure."""
    return measure_of(indicator.code, "").unit if indicator.of_set.kind is SetKind.COMPUTED else indicator.unit
