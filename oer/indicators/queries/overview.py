"""Where the city stands, what moved, what the repository contributes; one indicator over time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.charts import LineChart, Series, line_chart
from oer.core.clock import today
from oer.core.errors import NotFound
from oer.indicators.computation.descriptions import measure_of
from oer.indicators.computation.models import OPEN_VERSION, SeriesPoint
from oer.indicators.computation.queries import (
    NO_FIGURE,
    ShownFigure,
    figures_of_period,
    history,
    period_versions,
    series_of,
)
from oer.indicators.models.rounds import Round
from oer.indicators.models.sets import Indicator, IndicatorSet, SetKind, Target
from oer.indicators.periods import read_period
from oer.indicators.queries.rounds import all_rounds, published_rounds
from oer.indicators.queries.sets import current_sets, indicators_of
from oer.indicators.queries.values import CityValue, answered_codes, city_values, values_over_rounds

MOST_MOVES = 6
KEY_FEATURE_AREAS = frozenset({"1", "2", "3"})


@dataclass(frozen=True)
class Move:
    """An indicator's city value in two periods."""

    indicator: Indicator
    before: CityValue
    now: CityValue

    @property
    def change(self) -> Decimal:
        """The change, in the indicator's unit."""
        return (self.now.value or Decimal(0)) - (self.before.value or Decimal(0))

    @property
    def relative(self) -> Decimal:
        """The change relative to the earlier value, by which moves are ordered."""
        return abs(self.change) / abs(self.before.value) if self.before.value else abs(self.change)


@dataclass
class Area:
    """An area of the Key Features, or another set: how many of its lines have a value, and how many meet a target."""

    code: str
    name: dict[str, str]
    lines: int = 0
    valued: int = 0
    with_target: int = 0
    on_target: int = 0


@dataclass
class Overview:
    """The latest round that has approved values, compared with the one before."""

    round: Round | None = None
    before: Round | None = None
    areas: list[Area] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    values: dict[str, CityValue] = field(default_factory=dict)


def overview(session: Session, rounds: Iterable[Round] | None = None) -> Overview:
    """Return where the city stands, from the approved values of these rounds (None: all rounds), the latest first."""
    found, codes = Overview(), answered_codes(session)
    reported = [each for each in (rounds if rounds is not None else all_rounds(session)) if each.id in codes]
    if reported:
        latest, *earlier = reported
        found.round, found.values = latest, _values_by_code(session, latest)
        found.before = next((each for each in earlier if codes[each.id] & codes[latest.id]), None)
    if found.before is not None:
        found.moves = _moves(_values_by_code(session, found.before), found.values)
    found.areas = _areas(session, found.values)
    return found


def _values_by_code(session: Session, found: Round) -> dict[str, CityValue]:
    return {value.indicator.code: value for value in city_values(session, found.id, with_notes=False)}


def _moves(before: dict[str, CityValue], now: dict[str, CityValue]) -> list[Move]:
    pairs = [(before[code], now[code]) for code in now if code in before]
    both = [(old, new) for old, new in pairs if old.value is not None and new.value is not None]
    moves = [Move(new.indicator, old, new) for old, new in both if old.value != new.value]
    return sorted(moves, key=lambda move: move.relative, reverse=True)[:MOST_MOVES]


def _areas(session: Session, values: dict[str, CityValue]) -> list[Area]:
    sets = current_sets(session, [SetKind.UNESCO, SetKind.REGULATORY])
    areas: dict[str, Area] = {}
    targets = nearest_targets(session, [each.id for each in sets])
    for line in indicators_of(session, [each.id for each in sets]):
        code, name = (line.area_code, line.area) if line.area_code else (line.of_set.code, line.of_set.name)
        _count_line(areas.setdefault(code, Area(code, name)), values.get(line.code), targets.get(line.id))
    return [area for area in areas.values() if area.valued or area.code in KEY_FEATURE_AREAS]


def _count_line(area: Area, value: CityValue | None, target: Target | None) -> None:
    area.lines += 1
    if value is None:
        return
    area.valued += 1
    if target is not None and target.value is not None and value.value is not None:
        area.with_target += 1
        area.on_target += target.is_met_by(value.value)


def nearest_targets(session: Session, set_ids: list[int], unit_id: int | None = None) -> dict[int, Target]:
    """Return each line's next target: of the first year that is not over, else of the last year.

    Targets are the city's; with `unit_id` the unit's own targets replace them.
    """
    city = _nearest(session, set_ids, Target.unit_id.is_(None))
    return city if unit_id is None else city | _nearest(session, set_ids, Target.unit_id == unit_id)


def _nearest(session: Session, set_ids: list[int], whose: sa.ColumnElement[bool]) -> dict[int, Target]:
    query = (
        sa.select(Target)
        .join(Target.indicator)
        .where(Indicator.set_id.in_(set_ids), whose, Target.year.is_not(None))
        .order_by(Target.year.desc())
    )
    found: dict[int, Target] = {}
    for each in session.scalars(query):
        if each.indicator_id not in found or (each.year or 0) >= today().year:
            found[each.indicator_id] = each
    return found


@dataclass(frozen=True)
class Contribution:
    """A measure that the repository contributes to, and the computed figures that it contributes."""

    measure: Indicator
    figures: list[ShownFigure]


def contributions(session: Session, period: str | None) -> list[Contribution]:
    """Return the measures that the repository contributes to, with its figures of a period."""
    figures = figures_of_period(session, period) if period else {}
    query = (
        sa.select(Indicator)
        .join(Indicator.of_set)
        .where(IndicatorSet.superseded_at.is_(None), Indicator.feed != "none")
        .order_by(IndicatorSet.position, Indicator.position)
    )
    return [
        Contribution(line, [each for code in line.feeds_from for each in figures.get(code, []) if not each.measure])
        for line in session.scalars(query)
    ]


def period_asked(session: Session, asked: str) -> str:
    """Return the requested period, by default the latest month. Raises NotFound if it has no figures."""
    versions = period_versions(session)
    found = asked or _latest_month(versions)
    if found is None or found not in versions:
        raise NotFound(NO_FIGURE)
    return found


def latest_period(session: Session) -> str | None:
    """Return the latest month with final figures, else the latest one with provisional figures."""
    return _latest_month(period_versions(session))


def _latest_month(versions: Mapping[str, int]) -> str | None:
    months = [name for name in versions if read_period(name).kind == "month"]
    return next((name for name in months if versions[name] > OPEN_VERSION), next(iter(months), None))


# One indicator over time. Values of different sources are never joined.

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
    """Everything known about an indicator over time, and its chart."""

    values: list[RoundValue] = field(default_factory=list)
    figures: list[ShownFigure] = field(default_factory=list)
    elsewhere: list[SeriesPoint] = field(default_factory=list)
    target: Target | None = None
    chart: LineChart | None = None


def trend_of(session: Session, indicator: Indicator, *, public: bool) -> Trend:
    """Return an indicator's trend; `public`: from published rounds only."""
    found = Trend(elsewhere=series_of(session, indicator.id), target=_target(indicator))
    if indicator.of_set.kind is SetKind.COMPUTED:
        found.figures = history(session, indicator.code)
    else:
        rounds = published_rounds(session) if public else all_rounds(session)
        values = values_over_rounds(session, [each.id for each in rounds], indicator.of_set.code, indicator.code)
        found.values = [RoundValue(each, values[each.id]) for each in reversed(rounds) if each.id in values]
    aim = found.target.value if found.target else None
    found.chart = line_chart(_drawn_series(found), None if aim is None else float(aim))
    return found


def _target(indicator: Indicator) -> Target | None:
    own = [each for each in indicator.targets if each.unit_id is None and each.year and each.value is not None]
    return max(own, key=lambda each: (each.year or 0, not each.is_of_the_set), default=None)


def _drawn_series(trend: Trend) -> list[Series]:
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
    """Return an indicator's unit of measurement; of a computed one, that of its primary figure."""
    return measure_of(indicator.code, "").unit if indicator.of_set.kind is SetKind.COMPUTED else indicator.unit
