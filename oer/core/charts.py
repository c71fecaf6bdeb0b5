"""Charts as geometry: where bars, lines and marks stand. A template draws them, with a table that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH, HEIGHT = 720.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 8.0, 12.0, 34.0
MOST_BARS = 62
MOST_LABELS = 8
TICKS = 4


@dataclass(frozen=True)
class Bar:
    """A bar of the chart with what it stands for."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: int
    provisional: bool


@dataclass(frozen=True)
class AxisLabel:
    """A place on an axis and what stands there."""

    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    """A chart over time: bars, or a line where there are too many for bars; marks of both axes."""

    bars: list[Bar]
    line: str
    ticks: list[tuple[float, int]]
    marks: list[AxisLabel]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    base: float = HEIGHT - BOTTOM


def bar_chart(labels: Sequence[str], values: Sequence[int], provisional: Sequence[bool] = ()) -> Chart:
    """Return the geometry of a chart of `values`, oldest first. Heights are in proportion, from a base of zero."""
    top = nice_ceiling(max(values, default=0))
    inside = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT - RIGHT) / max(len(values), 1)
    gap = min(step * 0.2, 6.0)
    bars = [
        Bar(
            round(LEFT + n * step + gap / 2, 2),
            round(HEIGHT - BOTTOM - inside * value / top, 2),
            round(step - gap, 2),
            round(inside * value / top, 2),
            label,
            value,
            bool(provisional) and provisional[n],
        )
        for n, (label, value) in enumerate(zip(labels, values, strict=True))
    ]
    line = " ".join(f"{bar.x + bar.width / 2:.2f},{bar.y:.2f}" for bar in bars) if len(bars) > MOST_BARS else ""
    ticks = [(round(HEIGHT - BOTTOM - inside * n / TICKS, 2), top * n // TICKS) for n in range(TICKS + 1)]
    return Chart(bars, line, ticks, _marks(bars))


def _marks(bars: Sequence[Bar]) -> list[AxisLabel]:
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
