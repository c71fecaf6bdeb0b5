"""A course as a shelf of spines: as thick as they take time, in the colour of their subject, each as high as it is."""

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import NamedTuple
from zlib import crc32

from oer.covers.drawing import area, brief
from oer.covers.palettes import palette_of

FACING = 5
"""So many parts or fewer all face out: they need no spines."""
ON_A_SHELF = 20
_BOARD, _BELOW = 64, 12
_LEAST_HIGH, _HIGHEST = 40, 62
_LEAST_THICK, _THICKEST, _GAP = 12, 60, 2
_USUAL_MINUTES = 30.0


class Volume(NamedTuple):
    """A part of a course as its spine shows it; `subject` is any code of the vocabulary, "" for none."""

    public_id: str
    subject: str
    minutes: float | None


def thickness(minutes: float | None) -> float:
    """Return how thick the spine of a part is: by the root of its time, so that a day does not dwarf a quarter."""
    return min(max(2.8 * sqrt(minutes or _USUAL_MINUTES), _LEAST_THICK), _THICKEST)


def shelf_with(volumes: Sequence[Volume], here: int) -> tuple[Sequence[Volume], int]:
    """Return the part of a long course around one of its volumes that has room on a shelf, and its place there."""
    begin = max(0, min(here - ON_A_SHELF // 3, len(volumes) - ON_A_SHELF))
    return volumes[begin : begin + ON_A_SHELF], here - begin


class Marks(NamedTuple):
    """Which volumes are finished, and which is next. `done` is None where a script marks what the browser remembers."""

    done: frozenset[str] | None
    next: str = ""


@lru_cache(maxsize=500)
def draw_spines(volumes: tuple[Volume, ...], here: int | None = None, marks: Marks | None = None) -> str:
    """Return spines on a board as an SVG element for a page; below it an arrow at the one that is `here`, or marks."""
    drawn, x = "", 0.0
    for place, volume in enumerate(volumes):
        thick = thickness(volume.minutes)
        middle = x + thick / 2
        drawn += _spine(volume, x, thick)
        if place == here:
            drawn += _arrow(middle)
        elif marks is not None:
            drawn += _mark(volume.public_id, middle, marks)
        x += thick + _GAP
    wide, high = brief(max(x - _GAP, 1)), _BOARD if here is None and marks is None else _BOARD + _BELOW
    return (
        f'<svg class="spines" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
        f' preserveAspectRatio="xMinYMax meet" aria-hidden="true" focusable="false">{drawn}</svg>'
    )


def _arrow(middle: float) -> str:
    return f'<path class="here" d="M{brief(middle - 5)} {_BOARD + 10}l5-7 5 7z"/>'


def _mark(public_id: str, middle: float, marks: Marks) -> str:
    if marks.done is None:  # shelf.js draws the same as is drawn here
        return f'<path data-of="{public_id}" data-middle="{brief(middle)}"/>'
    if public_id in marks.done:
        return f'<path class="done" d="M{brief(middle - 4)} {_BOARD + 7}l3 3 5-6"/>'
    return _arrow(middle) if public_id == marks.next else ""


def _spine(volume: Volume, x: float, thick: float) -> str:
    ground, deep, light, _ = palette_of(volume.subject.partition(".")[0])
    seed = crc32(volume.public_id.encode())
    high = _LEAST_HIGH + seed % (_HIGHEST - _LEAST_HIGH + 1)
    top, left, wide = _BOARD - high, brief(x), brief(thick)
    spine = area(ground, f"M{left} {top}h{wide}v{high}h-{wide}z")
    match (seed >> 8) % 3:
        case 0:  # two bands
            return spine + area(light, f"M{left} {top + 6}h{wide}v2h-{wide}zM{left} {_BOARD - 10}h{wide}v2h-{wide}z")
        case 1:  # a label
            inner = brief(thick - 6)
            return spine + area(light, f"M{brief(x + 3)} {top + 7}h{inner}v13h-{inner}z")
        case _:  # a band with a stone
            stone = f"M{brief(x + thick / 2)} {_BOARD - 17}l3 3-3 3-3-3z"
            return spine + area(light, f"M{left} {_BOARD - 18}h{wide}v8h-{wide}z") + area(deep, stone)
