"""Made-up totals of days of use, for benches: the same for the same chance."""

import random

from oer.usage.services.days import Row

MATERIALS = 10_000
MEASURES = ("views", "reads", "plays", "downloads", "tii", "tir", "uii", "uir")
Sums = dict[tuple[str, str, str], list[int]]
"""Measures by item, format and access method."""


def rows_of_day(chance: random.Random, keys: list[str], visits: int, views_below: int, files_below: int) -> list[Row]:
    """So many visits, most of them to the first of `keys`; a material has fewer views and files than the bounds."""
    rows: list[Row] = []
    for key in sorted({keys[min(int(chance.expovariate(1 / 2_500)), len(keys) - 1)] for _ in range(visits)}):
        views, files = chance.randrange(1, views_below), chance.randrange(files_below)
        rows.append((key, "none", "Regular", (views, 0, 0, 0, views, 0, views, 0)))
        rows.append((key, "pdf", "Regular", (0, files, 0, 0, files, files, files, files)))
        rows.append((key, "all", "Regular", (views, files, 0, 0, views + files, files, views, files)))
    return rows


def add_up(sums: Sums, rows: list[Row]) -> None:
    """Add a day's rows to those of its month."""
    for item, form, method, values in rows:
        before = sums.setdefault((item, form, method), [0] * len(MEASURES))
        sums[item, form, method] = [one + other for one, other in zip(before, values, strict=True)]
