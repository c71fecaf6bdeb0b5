"""What a computation gives: figures, and the rows that they were worked out from."""

import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from oer.indicators.formulas import Result
from oer.indicators.formulas.results import FigureState
from oer.statistics.queries.small_numbers import Shown

WHOLE = ""
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Cell:
    """One figure: the whole, or one member of a dimension; `measure` names a second figure beside the first."""

    result: Result
    dimension: str = WHOLE
    member: str = ""
    measure: str = ""


@dataclass(frozen=True)
class Rows:
    """Rows of one table that figures stand on, in a fixed order."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass
class Computation:
    """All figures of one indicator for one period."""

    cells: list[Cell] = field(default_factory=list)
    sources: list[Rows] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        """How many rows the figures stand on."""
        return sum(len(each.rows) for each in self.sources)

    def digest(self) -> str:
        """Return the SHA-256 of the rows: the same totals give the same one, whatever machine they lie on."""
        tables = [[each.table, each.columns, sorted(each.rows, key=str)] for each in self.sources]
        return hashlib.sha256(json.dumps(tables, default=_plain, ensure_ascii=False).encode()).hexdigest()

    def whole(self, measure: str = "") -> Result | None:
        """Return the figure of the whole."""
        return next((each.result for each in self.cells if each.dimension == WHOLE and each.measure == measure), None)


def _plain(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def nothing(why: str) -> Computation:
    """Return that there is no data yet, and why."""
    return Computation([Cell(Result.nothing(why))])


STATES = {Shown.SMALL: FigureState.HIDDEN, Shown.WITHHELD: FigureState.WITHHELD}


def as_shown(result: Result, shown: Shown) -> Result:
    """Return a figure about people as it may be shown, by the same rule as every page of figures."""
    return result if shown is Shown.PLAIN else result.unshown(STATES[shown])
