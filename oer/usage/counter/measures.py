"""The figures of a day: plain counts of what people did, and COUNTER's four (CoP 5.1, 3.3 and 7.3)."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import NamedTuple

from oer.usage.counter.acts import INVESTIGATIONS, SEARCH, Act

ALL_FORMATS = "all"
NO_FORMAT = "none"


class UsageKey(NamedTuple):
    """What a row of totals is about."""

    item: str
    format: str
    """`all`, or the file's format; `none` for the page about the item, `zip` for everything in one."""
    method: str


@dataclass(slots=True)
class Measures:
    """Counts after the double-click filter. Views, reads, plays and downloads are parts of `tii` and `tir`."""

    views: int = 0
    reads: int = 0
    plays: int = 0
    downloads: int = 0
    tii: int = 0
    tir: int = 0
    uii: int = 0
    uir: int = 0

    def add(self, other: "Measures") -> None:
        """Add another day's or item's figures: sessions never cross a day or an item, so uniques add like the rest."""
        for field in fields(other):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


_OWN_MEASURE = {"view": "views", "read": "reads", "play": "plays", "download": "downloads"}


def measure(acts: Iterable[Act]) -> dict[UsageKey, Measures]:
    """Return the figures of one day's retained acts, by item and access method: for each format and for all together.

    Uniques are counted after the double-click filter, so that no unique exceeds its total (local rule).
    """
    figures: dict[UsageKey, Measures] = {}
    sessions: set[tuple[UsageKey, str, bool]] = set()
    for act in acts:
        if act.kind == SEARCH:
            continue
        for format_ in (ALL_FORMATS, act.format or NO_FORMAT):
            key = UsageKey(act.item, format_, act.method)
            _count(figures.setdefault(key, Measures()), key, act, sessions)
    return figures


def _count(row: Measures, key: UsageKey, act: Act, sessions: set[tuple[UsageKey, str, bool]]) -> None:
    own = _OWN_MEASURE.get(act.kind)
    if own:
        setattr(row, own, getattr(row, own) + 1)
    row.tii += 1
    row.uii += _is_new(sessions, (key, act.session, False))
    if act.kind not in INVESTIGATIONS:
        row.tir += 1
        row.uir += _is_new(sessions, (key, act.session, True))


def _is_new(seen: set[tuple[UsageKey, str, bool]], mark: tuple[UsageKey, str, bool]) -> bool:
    if mark in seen:
        return False
    seen.add(mark)
    return True
