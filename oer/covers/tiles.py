"""Nine cement tiles, 40 by 40 (cubes: 40 by 70): two paths each, drawn on a ground."""

from typing import NamedTuple

from oer.covers.palettes import Palette


class Tile(NamedTuple):
    """A tile: its larger and its smaller shapes, how high it is, whether the subject's own colour lies under them."""

    large: str
    small: str
    on_ground: bool = True
    height: int = 40


def _cubes() -> tuple[str, str]:
    left = right = ""
    for x, y in ((0, 0), (-20, 35), (20, 35), (-20, -35), (20, -35)):
        left += f"M{x} {12 + y}l20 11v24L{x} {35 + y}z"
        right += f"M{x + 40} {12 + y}v23l-20 12V{23 + y}z"
    return left, right


TILES = (
    Tile(
        "M20 20Q20 5 3 3 5 20 20 20 35 20 37 3 20 5 20 20 20 35 37 37 35 20 20 20 5 20 3 37 20 35 20 20Z",
        "M0 14l6 6-6 6zM40 14v12l-6-6zM14 0h12l-6 6zM14 40l6-6 6 6z",
    ),
    Tile(
        "M20 1l5 14 14 5-14 5-5 14-5-14L1 20l14-5z",
        "M0 0h10A10 10 0 0 1 0 10zM40 0v10A10 10 0 0 1 30 0zM40 40H30a10 10 0 0 1 10-10zM0 40V30a10 10 0 0 1 10 10z",
    ),
    Tile(
        "M0 0h20A20 20 0 0 1 0 20zM40 40H20a20 20 0 0 1 20-20z",
        "M0 0h10A10 10 0 0 1 0 10zM40 40H30a10 10 0 0 1 10-10zM30 4a6 6 0 1 1-.1 0zM10 24a6 6 0 1 1-.1 0z",
    ),
    Tile("M20 0L40 20 20 40 0 20z", "M20 9l11 11-11 11L9 20z", on_ground=False),
    Tile(*_cubes(), on_ground=False, height=70),
    Tile("M12 0h16l12 12v16L28 40H12L0 28V12z", "M20 6l4 10 10 4-10 4-4 10-4-10-10-4 10-4z", on_ground=False),
    Tile(
        "M0 20a20 20 0 0 1 40 0zM-20 40a20 20 0 0 1 40 0zM20 40a20 20 0 0 1 40 0z",
        "M10 20a10 10 0 0 1 20 0zM-10 40a10 10 0 0 1 20 0zM30 40a10 10 0 0 1 20 0z",
        on_ground=False,
    ),
    Tile("M0 0l20 20H0zM20 0v20L40 0zM40 40L20 20h20zM20 40V20L0 40z", "M20 12l8 8-8 8-8-8z", on_ground=False),
    Tile(
        "M20 20V6a14 14 0 0 0-14 14zM20 20h14A14 14 0 0 0 20 6zM20 20v14a14 14 0 0 0 14-14zM20 20H6a14 14 0 0 0 14 14z",
        "M0 0h7L0 7zM40 0v7l-7-7zM40 40h-7l7-7zM0 40v-7l7 7zM20 14l6 6-6 6-6-6z",
    ),
)
SCALES = (0.8, 1, 1.25)


def pattern(name: str, seed: int, palette: Palette, scale: float | None) -> str:
    """Return the `<pattern>` of a tile; `seed` chooses which, in which colours and, without a `scale`, how large."""
    tile = TILES[seed % len(TILES)]
    scale = SCALES[(seed >> 12) % len(SCALES)] if scale is None else scale
    if (seed >> 8) % 2:
        under, large, small = palette.light, palette.ground, palette.deep
    elif tile.on_ground:
        under, large, small = palette.ground, palette.light, palette.deep
    else:
        under, large, small = palette.deep, palette.ground, palette.light
    transform = "" if scale == 1 else f' patternTransform="scale({scale:g})"'
    return (
        f'<pattern id="{name}" width="40" height="{tile.height}" patternUnits="userSpaceOnUse"{transform}>'
        f'<path fill="{under}" d="M0 0h40v{tile.height}H0z"/><path fill="{large}" d="{tile.large}"/>'
        f'<path fill="{small}" d="{tile.small}"/></pattern>'
    )
