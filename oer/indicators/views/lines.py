"""A line of a report as its template sees it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from oer.indicators.forms.entry import EntryForm
from oer.indicators.models import Observation
from oer.indicators.queries.entry import Cell


@dataclass
class LineView:
    """A line with its form. `theirs` is what somebody else saved meanwhile, `differing` where it is another."""

    cell: Cell
    form: EntryForm
    is_open: bool = False
    just_saved: bool = False
    theirs: Observation | None = None
    differing: list[str] = field(default_factory=list)


def line_views(cells: Iterable[Cell]) -> list[LineView]:
    """Return lines with their forms as they were saved."""
    return [LineView(cell, EntryForm.of(cell)) for cell in cells]
