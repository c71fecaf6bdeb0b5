"""What the forms of covers share: colours, the tile, the block of words."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from oer.covers.lettering import LEADING, Setting, fit, is_right_to_left, width
from oer.covers.palettes import Palette

PAPER, WHITE = "#FFFDF6", "#fff"
LARGE = (78, 70, 64, 58, 54, 50, 46, 42, 39, 36, 33, 30, 27, 24)
"""Sizes on small covers, where the title is all there is to read."""
_ASCENT, _BETWEEN = 0.86, 6
_SECOND, _LEAST_SECOND = 0.62, 14
_MAIN_SHARE, _SMALLER = 0.66, 0.7
"""How much of the height the main part may take where a second one follows; how much smaller it gets for that one."""
_PARTS = re.compile(r"(?<=[!?])\s+|\s*:\s+|：")
_NUMBERED = re.compile(r"\W*\w+[\s.]*[\dIVX]+\W*")


def parts_of(title: str) -> tuple[str, str]:
    """Return the main part of a title and what follows after its colon, "!" or "?"; "Bài 1" is no main part."""
    main, _, second = _PARTS.sub("\n", title, count=1).partition("\n")
    return (main, second) if main and second and not _NUMBERED.fullmatch(main) else (title, "")


def brief(number: float) -> str:
    """Return a number with at most one decimal, and none that is 0."""
    return f"{number:.1f}".removesuffix(".0")


def area(fill: str, path: str, more: str = "") -> str:
    """Return a filled path."""
    return f'<path fill="{fill}" d="{path}"{more}/>'


def line(colour: str, thick: float, path: str, more: str = "") -> str:
    """Return the line along a path."""
    return f'<path fill="none" stroke="{colour}" stroke-width="{thick:g}" d="{path}"{more}/>'


class Block(NamedTuple):
    """A block of words as SVG, and how high it is."""

    svg: str
    height: float


def _lines(setting: Setting, left: float, top: float, room: float, colour: str) -> str:
    right_to_left = is_right_to_left(" ".join(setting.lines))
    x = left + room if right_to_left else left
    drawn = "".join(
        # The length holds it in its place where the font is missing.
        f'<text x="{brief(x)}" y="{brief(top + (_ASCENT + number * LEADING) * setting.size)}"'
        f' textLength="{brief(width(each) * setting.size)}" lengthAdjust="spacingAndGlyphs">{html.escape(each)}</text>'
        for number, each in enumerate(setting.lines)
    )
    direction = ' direction="rtl"' if right_to_left else ""
    return f'<g font-size="{setting.size}" fill="{colour}"{direction}>{drawn}</g>'


def _under(text: str, room: float, height: float, main_size: int) -> Setting | None:
    """Return the second part of a title; None where there is no room for a line of it."""
    largest = max(_LEAST_SECOND + 1, round(main_size * _SECOND))
    sizes = [size for size in (largest, largest - 2, largest - 4) if size > _LEAST_SECOND]
    return fit(text, room, height, [*sizes, _LEAST_SECOND]) if height >= _LEAST_SECOND * LEADING else None


@dataclass(frozen=True)
class Drawing:
    """What a form is drawn with. `tile` is the value of `fill` for the tile; `label` names the kind in words."""

    palette: Palette
    seed: int
    tile: str
    title: str
    label: str
    small: bool

    def words(self, left: float, top: float, room: float, height: float, colour: str, sizes: Sequence[int]) -> Block:
        """Return the title: its main part large, the part after the colon smaller; a small cover has the main part."""
        main, second = parts_of(self.title)
        if self.small or not second:
            setting = fit(main, room, height, sizes)
            return Block(_lines(setting, left, top, room, colour), setting.height)
        setting, under = self._both(main, second, room, height, sizes)
        block = Block(_lines(setting, left, top, room, colour), setting.height)
        if under is None:
            return block
        drawn = _lines(under, left, top + block.height + _BETWEEN, room, colour)
        return Block(block.svg + drawn, block.height + _BETWEEN + under.height)

    def _both(
        self, main: str, second: str, room: float, height: float, sizes: Sequence[int]
    ) -> tuple[Setting, Setting | None]:
        """Return both parts of a title; the main part is a little smaller where the second one would be cut."""
        first: tuple[Setting, Setting | None] | None = None
        for at in range(len(sizes)):
            setting = fit(main, room, height * _MAIN_SHARE, sizes[at:])
            under = _under(second, room, height - setting.height - _BETWEEN, setting.size)
            first = first or (setting, under)
            if setting.size < first[0].size * _SMALLER:
                break
            if under and not under.is_cut:
                return setting, under
        return first or (fit(main, room, height, sizes), None)

    def kind(self, left: float, base: float, room: float, colour: str) -> str:
        """Return the kind as the page says it; a small cover has no room for it."""
        if self.small or not self.label:
            return ""
        # These letters are the text font's, of which no widths are known here: about this wide, in capitals.
        held = f' textLength="{room:g}" lengthAdjust="spacingAndGlyphs"' if len(self.label) * 10 > room else ""
        return (
            f'<text x="{left:g}" y="{base:g}" font-family="sans-serif" font-weight="700" font-size="12"'
            f' letter-spacing="1.6" fill="{colour}"{held}>{html.escape(self.label.upper())}</text>'
        )
