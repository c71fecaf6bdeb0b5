"""Reports: tables that say what they are. A page, a chart and every export are made from the same one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from oer.core.clock import now
from oer.core.i18n import N_

EXCLUSIONS = (
    N_("Left out: robots and scripts (COUNTER's list and ours), double-clicks within 30 seconds, prefetching, parts"
       " of a file that do not begin it, visits of the repository's own staff."),
    N_("Counted by the COUNTER Code of Practice, release 5.1; days and months in Asia/Ho_Chi_Minh."),
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column: its name for machines, its heading (a message key), whether it holds numbers, and is for pages too."""

    name: str
    heading: str
    number: bool = False
    on_pages: bool = True


@dataclass(frozen=True)
class Hidden:
    """A number of people that is too small, or would give a small one away: shown, and nothing else of it."""

    shown: str = "<10"


Cell = str | int | float | date | None | Hidden | dict[str, str]
"""A dict is a text by language; None is no figure."""


@dataclass(frozen=True)
class Report:
    """A table with what one must know to read it. Texts are message keys, or texts by language."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[dict[str, Cell]]
    definitions: Sequence[str]
    since: date
    until: date
    filters: Sequence[tuple[str, Cell]] = ()
    exclusions: Sequence[str] = EXCLUSIONS
    provisional: bool = False
    notes: Sequence[str] = ()
    made_at: datetime = field(default_factory=now)

    def column(self, name: str) -> list[Any]:
        """Return the cells of one column."""
        return [row.get(name) for row in self.rows]
