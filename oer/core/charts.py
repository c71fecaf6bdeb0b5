"""Charts as geometry: where bars, lines, ticks and labels stand. Templates draw them as SVG.

Every chart starts at zero, and stands beside a table with the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

WIDTH, HEIGHT = 720.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 20.0, 14.0, 34.0
MOST_BARS = 62
MOST_LABELS = 8
TICKS = 4
_INSIDE_WIDTH, _INSIDE_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM


@dataclass(frozen=True, kw_only=True)
class _Chart:
    """The size of a chart and of the area in which its figures are drawn."""

    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    base: float = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Bar:
    """A bar with the label and the value that it stands for."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: int
    provisional: bool


@dataclass(frozen=True)
class AxisLabel:
    """A label below the time axis, and its place on it."""

    at: float
    label: str


@dataclass(frozen=True)
class BarChart(_Chart):
    """Values over time: bars, or one line (SVG points) where there are too many for bars. Ticks are (height, value)."""

    bars: list[Bar]
    line: str
    ticks: list[tuple[float, int]]
    labels: list[AxisLabel]


def bar_chart(labels: Sequence[str], values: Sequence[int], provisional: Sequence[bool] = ()) -> BarChart:
    """Return the chart of `values`, oldest first, each with its label; `provisional` marks values that may change."""
    top = nice_ceiling(max(values, default=0))
    step = _INSIDE_WIDTH / max(len(values), 1)
    gap = min(step * 0.2, 6.0)
    bars = [
        Bar(
            round(LEFT + n * step + gap / 2, 2),
            round(HEIGHT - BOTTOM - _INSIDE_HEIGHT * value / top, 2),
            round(step - gap, 2),
            round(_INSIDE_HEIGHT * value / top, 2),
            label,
            value,
            bool(provisional) and provisional[n],
        )
        for n, (label, value) in enumerate(zip(labels, values, strict=True))
    ]
    line = " ".join(f"{bar.x + bar.width / 2:.2f},{bar.y:.2f}" for bar in bars) if len(bars) > MOST_BARS else ""
    ticks = [(round(HEIGHT - BOTTOM - _INSIDE_HEIGHT * n / TICKS, 2), top * n // TICKS) for n in range(TICKS + 1)]
    return BarChart(bars, line, ticks, _labels_below(bars))


def _labels_below(bars: Sequence[Bar]) -> list[AxisLabel]:
    every = max(1, ceil(len(bars) / MOST_LABELS))
    return [AxisLabel(round(bar.x + bar.width / 2, 2), bar.label) for n, bar in enumerate(bars) if n % every == 0]


def nice_ceiling(highest: int) -> int:
    """Return the smallest round number, with round quarters, that is not below `highest`; 4 at least."""
    if highest <= TICKS:
        return TICKS
    scale = int(10 ** floor(log10(highest)))
    for factor in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10):
        candidate = round(factor * scale)
        if candidate >= highest and candidate % TICKS == 0:
            return candidate
    return ceil(highest / (TICKS * scale)) * TICKS * scale


@dataclass(frozen=True)
class Series:
    """Figures of one source: its name by language, and its values by day. Different sources are never joined."""

    name: dict[str, str]
    points: Sequence[tuple[date, float]]


@dataclass(frozen=True)
class PlottedSeries:
    """A series as it is drawn: its line as SVG points, and its dots."""

    name: dict[str, str]
    line: str
    dots: list[tuple[float, float]]


@dataclass(frozen=True)
class LineChart(_Chart):
    """Series over time. Ticks are (height, value), years (place, year); `target` is the height of a target's line."""

    series: list[PlottedSeries]
    ticks: list[tuple[float, float]]
    years: list[tuple[float, int]]
    target: float | None


def line_chart(series: Sequence[Series], target: float | None = None) -> LineChart | None:
    """Return the chart of some series; None where they have fewer than two points in all."""
    points = [point for each in series for point in each.points]
    if len(points) < 2:
        return None
    first, last = min(day for day, _ in points), max(day for day, _ in points)
    bottom = min([0.0, *(value for _, value in points)])
    top = max([0.0, *(value for _, value in points)] + ([target] if target is not None else []))
    if top == bottom:  # nothing but zeros
        top = 1.0
    scale = _Scale(first.toordinal(), max(last.toordinal() - first.toordinal(), 1), bottom, (top - bottom) * 1.05)
    year_ends = [date(year, 12, 31) for year in range(first.year, last.year + 1)]
    return LineChart(
        [_plotted(each, scale) for each in series if each.points],
        [(scale.y(value), value) for value in (bottom + (top - bottom) * n / TICKS for n in range(TICKS + 1))],
        [(scale.x(day), day.year) for day in year_ends if day <= last],
        None if target is None else scale.y(target),
    )


@dataclass(frozen=True)
class _Scale:
    first: int
    days: int
    bottom: float
    span: float

    def x(self, day: date) -> float:
        return round(LEFT + _INSIDE_WIDTH * (day.toordinal() - self.first) / self.days, 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - _INSIDE_HEIGHT * (value - self.bottom) / self.span, 1)


def _plotted(series: Series, scale: _Scale) -> PlottedSeries:
    dots = [(scale.x(day), scale.y(value)) for day, value in sorted(series.points)]
    return PlottedSeries(series.name, " ".join(f"{x},{y}" for x, y in dots), dots)
