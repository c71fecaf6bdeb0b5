"""The colours of the subjects, by the code of the top-level subject."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

_PALETTES = Path(__file__).parent / "data" / "palettes.yaml"
ANY = "any"


class Palette(NamedTuple):
    """Four colours: `ink` can be read on `ground`, `deep` on `light`."""

    ground: str
    deep: str
    light: str
    ink: str


@cache
def palettes() -> dict[str, Palette]:
    """Return the palettes by subject; that of `ANY` is for what has none."""
    with _PALETTES.open(encoding="utf-8") as file:
        return {code: Palette(**colours) for code, colours in yaml.load(file, yaml.CSafeLoader)["palettes"].items()}


def palette_of(subject: str) -> Palette:
    """Return the palette of a top-level subject, or of none."""
    return palettes().get(subject) or palettes()[ANY]
