"""A person's data as a table, for those who would rather open it in a spreadsheet than in JSON."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from oer.core.spreadsheets import harmless


def as_csv(told: dict[str, Any]) -> str:
    """Return exported data as CSV: one row for each value, with the path that leads to it.

    A text that a spreadsheet would run as a formula has an apostrophe before it.
    """
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["where", "value"])
    for path, value in _leaves(told, ""):
        writer.writerow([harmless(path), harmless(value) if isinstance(value, str) else value])
    return lines.getvalue()


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _leaves(inner, f"{path}[{number}]")
    else:
        yield path, value
