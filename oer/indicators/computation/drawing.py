"""A drawing of figures over time: where points stand. Series that must not be joined are drawn apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 720.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 20.0, 14.0, 34.0
TICKS = 4


@dataclass(frozen=True)
class Series:
    """Figures of one source: a name (a language map), and points of a day and a value."""

    name: dict[str, str]
    points: Sequence[tuple[date, float]]


@dataclass(frozen=True)
class Drawn:
    """A series as it is drawn: its line as SVG points, its dots."""

    name: dict[str, str]
    line: str
    dots: list[tuple[float, float]]


@dataclass(frozen=True)
class Drawing:
    """Series, marks of the value axis (height, value), years (place, year), the height of a target."""

    series: list[Drawn]
    ticks: list[tuple[float, float]]
    years: list[tuple[float, int]]
    target: float | None
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    base: float = HEIGHT - BOTTOM


def draw(series: Sequence[Series], target: float | None = None) -> Drawing | None:
    """Return the drawing of some series, from a base of zero; None where there are fewer than two points in all."""
    points = [point for each in series for point in each.points]
    if len(points) < 2:
        return None
    first, last = min(day for day, _ in points), max(day for day, _ in points)
    top = max([value for _, value in points] + ([target] if target is not None else [])) or 1.0
    bottom = min([0.0, *(value for _, value in points)])
    scale = _Scale(first.toordinal(), max(last.toordinal() - first.toordinal(), 1), bottom, (top - bottom) * 1.05)
    return Drawing(
        [_drawn(each, scale) for each in series if each.points],
        [(scale.y(value), value) for value in _ticks(bottom, top)],
        [
            (scale.x(date(year, 12, 31)), year)
            for year in range(first.year, last.year + 1)
            if date(year, 12, 31) <= last
        ],
        None if target is None else scale.y(target),
    )


@dataclass(frozen=True)
class _Scale:
    first: int
    days: int
    bottom: float
    span: float

    def x(self, day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day.toordinal() - self.first) / self.days, 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - self.bottom) / self.span, 1)


def _drawn(series: Series, scale: _Scale) -> Drawn:
    dots = [(scale.x(day), scale.y(value)) for day, value in sorted(series.points)]
    return Drawn(series.name, " ".join(f"{x},{y}" for x, y in dots), dots)


def _ticks(bottom: float, top: float) -> list[float]:
    step = (top - bottom) / TICKS
    return [bottom + step * number for number in range(TICKS + 1)]
