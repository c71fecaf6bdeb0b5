"""The points that a reviewer ticks beside a decision: our file, or the one that the city names in a setting."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from oer.vocabularies.terms import DATA, Scheme, scheme_of


@cache
def review_points(path: str = "") -> Scheme:
    """Return the points of a file, of ours if `path` is empty; read once for each process.

    What such a file must be is checked by `oer.setting_checks.review_points` at every start.
    """
    with (Path(path) if path else DATA / "review_points.yaml").open(encoding="utf-8") as file:
        rows: list[dict[str, Any]] = yaml.load(file, yaml.CSafeLoader)["points"]
    return scheme_of("review_point", rows)
