"""The twenty computed indicators over a period: from totals, months of people and snapshots, never from events."""

from oer.indicators.queries.computed.shapes import Cell, Computation, Rows
from oer.indicators.queries.computed.table import COMPUTED_CODES, compute

__all__ = ["COMPUTED_CODES", "Cell", "Computation", "Rows", "compute"]
